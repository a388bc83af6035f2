/**
 * A store that went back in time, after a failover or a restore, has less than it had acknowledged. A terminal
 * that was told more shows it; the issuance is fenced then, so that nothing goes forward on top of what is
 * missing, until an operator decides.
 */
import type {
  ErrorCode,
  Fence,
  FenceDecide,
  FencePage,
  IssuanceEvent,
  Snapshot,
  State,
} from "@tallystick/protocol";
import { issuanceIdOf, isVoucherId } from "@tallystick/protocol";
import type { Claim, Compared } from "./claim.ts";
import { type LedgerContext, leavesAfter } from "./context.ts";
import { FenceQuota } from "./fence-quota.ts";
import {
  bookKey,
  issuanceKeys,
  missingKey,
  partitionKeys,
  partitionOfIssuance,
  voucherKeys,
  writeKey,
} from "./keys.ts";
import { type PageQuery, readMergedPage } from "./merged-list.ts";
import { readMissing } from "./missing.ts";
import { RECORD_LENGTH, readEvent, readHash, readRecord, snapshotOf } from "./record.ts";
import { readShown, type ShownEvent } from "./refusal.ts";
import { runInBook } from "./run-in-book.ts";
import { VoucherFences } from "./voucher-fences.ts";
import { freshWriteId, writeDigest } from "./write-ids.ts";

/** What came of a claim. */
export type Fenced =
  | {
      kind: "new";
      /** The version that the store has. */
      stored: number;
      /** The party's quota had room, so that an operator finds it in the list. */
      isListed: boolean;
      /** The other side, when that is another party. */
      other?: string;
    }
  /** It was fenced before, or an operator has decided about it. */
  | { kind: "known" }
  | { kind: "not_ahead" };

/** What an operator's decision came to; with the event and the state that it led out of when it ended the issuance. */
export type Decided =
  | { kind: "done"; snapshot: Snapshot; event?: IssuanceEvent; from?: State; repeated?: boolean }
  /** The case of one that is missing is closed. */
  | { kind: "missing" }
  | { kind: "refused"; code: ErrorCode; state: string; issued?: ShownEvent };

/** Which fences a page is of. */
export interface FenceQuery extends PageQuery {
  /** Only what this party has shown, or takes part in. */
  party?: string | undefined;
}

export class Fences {
  readonly #context: LedgerContext;
  readonly #quota: FenceQuota;
  /** Those of vouchers. */
  readonly vouchers: VoucherFences;

  constructor(context: LedgerContext) {
    this.#context = context;
    this.#quota = new FenceQuota(context, async (id) => (await this.find(id)) !== undefined);
    this.vouchers = new VoucherFences(context, this.#quota);
  }

  /** Fences an issuance whose terminal knows more than the store; nothing when the store has caught up. */
  async fence(issuanceId: string, claim: Claim): Promise<Fenced> {
    const { party, version, digest = "" } = claim;
    const [issuance, , , journal] = issuanceKeys(issuanceId);
    const reserved = await this.#quota.reserve(party, issuanceId);
    const isListed = reserved !== "full";
    const [kind, stored, state, other] = await this.#context.scripts.run(
      "fence-issuance",
      [issuance, journal, fencesOf(issuanceId)],
      [issuanceId, party, version, digest, isListed ? 1 : ""],
    );
    const isFenced = kind === "done" && state !== "decided";
    if (reserved === "new" && !isFenced) await this.#quota.release(party, issuanceId);
    if (kind !== "done") return { kind: "not_ahead" };
    if (state !== "new") return { kind: "known" };
    return { kind: "new", stored: Number(stored), isListed, ...(other && { other }) };
  }

  /** What the store has of an issuance or a voucher, against what a terminal was told of it. */
  async compare(issuanceId: string, { party, version, digest = "" }: Claim): Promise<Compared> {
    if (isVoucherId(issuanceId)) return this.vouchers.compare(issuanceId, { party, version, digest });
    if (!this.#isOfThisBook(issuanceId)) return "not_found";
    const [issuance] = issuanceKeys(issuanceId);
    const reply = await this.#context.scripts.run("check-known", [issuance], [party, version, digest]);
    return reply[0] === "rejected" ? "not_found" : (reply[0] as Compared);
  }

  /**
   * A terminal was told of an issuance or a voucher that is gone as a whole: it waits for an operator, where the party's quota
   * has room.
   *
   * @returns `new` when it was not known to be missing.
   */
  async noteMissing(
    issuanceId: string,
    { party, version, digest = "" }: Claim,
  ): Promise<"new" | "known" | "full"> {
    if (!this.#isOfThisBook(issuanceId)) return "known";
    const reserved = await this.#quota.reserve(party, issuanceId);
    if (reserved === "full") return "full";
    const [record, journal] = recordAndJournalOf(issuanceId);
    const [kind, state] = await runInBook(
      this.#context,
      "note-missing",
      [record, missingKey(issuanceId), journal, fencesOf(issuanceId), bookKey(partitionOf(issuanceId))],
      [issuanceId, party, version, digest, this.#context.book.id],
    );
    if (reserved === "new" && (kind !== "done" || state === "decided"))
      await this.#quota.release(party, issuanceId);
    return kind === "done" && state === "new" ? "new" : "known";
  }

  /**
   * What was shown is not the party's, which is not to be told from what nobody has: as much is done about the one as about
   * the other, so that nobody learns from the time it takes that there is one.
   */
  async seemMissing(id: string, { party }: Pick<Claim, "party">): Promise<void> {
    if (!this.#isOfThisBook(id)) return;
    const reserved = await this.#quota.reserve(party, id);
    if (reserved === "new") await this.#quota.release(party, id);
  }

  /**
   * Lets an issuance go on from what the store has, or cancels it. What was decided so already is answered as done; what was
   * refused left nothing, and may pass later.
   *
   * @param writeId the intent's id: what was done under it is answered the same for 24 hours, and decides nothing about a
   *   later fence.
   */
  async decide(
    issuanceId: string,
    body: FenceDecide,
    writeId = freshWriteId(this.#context.author),
  ): Promise<Decided> {
    const { scripts, waitMs, retentionMs } = this.#context;
    const reply = await scripts.run(
      "decide-fence",
      [
        ...issuanceKeys(issuanceId),
        partitionKeys.proposed(partitionOfIssuance(issuanceId)),
        fencesOf(issuanceId),
        missingKey(issuanceId),
        writeKey(partitionOfIssuance(issuanceId), writeId),
      ],
      [
        issuanceId,
        body.decision,
        body.reason ?? "",
        waitMs,
        leavesAfter(this.#context),
        writeDigest(issuanceId, body),
        retentionMs,
      ],
    );
    if (reply[0] === "missing") {
      await this.#quota.release(reply[1] as string, issuanceId);
      return { kind: "missing" };
    }
    const repeated = reply[0] === "again";
    if (reply[0] !== "done" && !repeated) {
      const [, code, state = "", issued] = reply as [string, ErrorCode, string?, string?];
      return { kind: "refused", code, state, ...(issued && { issued: readShown(issued) }) };
    }
    const record = readRecord(issuanceId, reply, 3);
    const by = reply[3 + RECORD_LENGTH];
    if (by) await this.#quota.release(by === "issuer" ? record.issuer : record.payer, issuanceId);
    const snapshot = snapshotOf(record);
    const line = reply[1] ?? "";
    if (line === "") return { kind: "done", snapshot, repeated };
    const from = reply[2] as State;
    return { kind: "done", snapshot, event: readEvent(record, record.version, line), from, repeated };
  }

  /** A page of what waits for an operator, the oldest first. */
  async list({ party, ...page }: FenceQuery): Promise<FencePage> {
    const find = async ({ id }: { id: string }) => {
      const fence = await this.find(id);
      return fence && (party === undefined || concerns(fence, party)) ? fence : undefined;
    };
    const list = { keyOf: partitionKeys.fences, find };
    const { found, ...rest } = await readMergedPage(this.#context, list, page);
    return { fences: found, ...rest };
  }

  /**
   * The fence of an issuance or a voucher, listed or not, or that it is missing; undefined when nothing waits for an
   * operator.
   */
  async find(issuanceId: string): Promise<Fence | undefined> {
    if (isVoucherId(issuanceId)) return this.vouchers.find(issuanceId);
    const [issuance] = issuanceKeys(issuanceId);
    const { store } = this.#context;
    const [[o, s, q], missing] = await Promise.all([
      store.hmget(issuance, "o", "s", "q"),
      store.get(missingKey(issuanceId)),
    ]);
    const stored = o && s && q?.startsWith("fenced|") ? readHash(issuanceId, { o, s, q }) : undefined;
    if (!stored) return readMissing(issuanceId, missing);
    const [, version, digest, by, at] = stored.fence.split("|");
    return {
      issuanceId,
      by: by as Fence["by"],
      version: Number(version),
      ...(digest && { digest }),
      at: Number(at),
      issuance: snapshotOf(stored.record),
    };
  }

  /** Whatever else an id may name, no issuance of this book ever had it. */
  #isOfThisBook(issuanceId: string): boolean {
    return partitionOf(issuanceId) < this.#context.partitions;
  }
}

/** The partition of an issuance or a voucher. */
function partitionOf(id: string): number {
  return partitionOfIssuance(isVoucherId(id) ? issuanceIdOf(id) : id);
}

function fencesOf(id: string): string {
  return partitionKeys.fences(partitionOf(id));
}

function recordAndJournalOf(id: string): [string, string] {
  if (isVoucherId(id)) {
    const { voucher, journal } = voucherKeys(id);
    return [voucher, journal];
  }
  const [issuance, , , journal] = issuanceKeys(id);
  return [issuance, journal];
}

function concerns({ by, issuance, voucher }: Fence, party: string): boolean {
  if (voucher) return [voucher.issuer, voucher.payer, voucher.beneficiary].includes(party);
  return issuance ? issuance.issuer === party || issuance.payer === party : by === party;
}
