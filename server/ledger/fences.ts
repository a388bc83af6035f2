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
import type { LedgerContext } from "./context.ts";
import { FenceList, type FenceQuery } from "./fence-list.ts";
import { FenceQuota } from "./fence-quota.ts";
import { issuanceKeys, partitionKeys, partitionOfIssuance } from "./keys.ts";
import { RECORD_LENGTH, readEvent, readHash, readRecord, snapshotOf } from "./record.ts";

/** What a terminal says that it was told. */
export interface Claim {
  party: string;
  version: number;
  digest?: string | undefined;
}

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
  | { kind: "done"; snapshot: Snapshot; event?: IssuanceEvent; from?: State }
  | { kind: "refused"; code: ErrorCode; state: string };

export class Fences {
  readonly #context: LedgerContext;
  readonly #quota: FenceQuota;
  readonly #list: FenceList;

  constructor(context: LedgerContext) {
    this.#context = context;
    this.#quota = new FenceQuota(context, async (id) => (await this.find(id)) !== undefined);
    this.#list = new FenceList(context, (id) => this.find(id));
  }

  /** Fences an issuance whose terminal knows more than the store; nothing when the store has caught up. */
  async fence(issuanceId: string, claim: Claim): Promise<Fenced> {
    const { party, version, digest = "" } = claim;
    const [issuance, , , journal] = issuanceKeys(issuanceId);
    const isListed = await this.#quota.reserve(party, issuanceId);
    const [kind, stored, state, other] = await this.#context.scripts.run(
      "fence-issuance",
      [issuance, journal, fencesOf(issuanceId)],
      [issuanceId, party, version, digest, isListed ? 1 : ""],
    );
    const isFenced = kind === "done" && state !== "decided";
    if (isListed && !isFenced) await this.#quota.release(party, issuanceId);
    if (kind !== "done") return { kind: "not_ahead" };
    if (state !== "new") return { kind: "known" };
    return { kind: "new", stored: Number(stored), isListed, ...(other && { other }) };
  }

  /** Lets an issuance go on from what the store has, or cancels it. The same again is answered the same. */
  async decide(issuanceId: string, { decision, reason }: FenceDecide): Promise<Decided> {
    const { scripts, waitMs, retentionMs } = this.#context;
    const reply = await scripts.run(
      "decide-fence",
      [...issuanceKeys(issuanceId), fencesOf(issuanceId)],
      [issuanceId, decision, reason ?? "", waitMs, retentionMs],
    );
    if (reply[0] !== "done") return { kind: "refused", code: reply[1] as ErrorCode, state: reply[2] ?? "" };
    const record = readRecord(issuanceId, reply, 3);
    const by = reply[3 + RECORD_LENGTH];
    if (by) await this.#quota.release(by === "issuer" ? record.issuer : record.payer, issuanceId);
    const snapshot = snapshotOf(record);
    const line = reply[1] ?? "";
    if (line === "") return { kind: "done", snapshot };
    const from = reply[2] as State;
    return { kind: "done", snapshot, event: readEvent(record, record.version, line), from };
  }

  /** A page of what waits for an operator, the oldest first. */
  list(query: FenceQuery): Promise<FencePage> {
    return this.#list.page(query);
  }

  /** The fence of an issuance, listed or not; undefined when there is none, or it was decided about. */
  async find(issuanceId: string): Promise<Fence | undefined> {
    const [issuance] = issuanceKeys(issuanceId);
    const [o, s, q] = await this.#context.store.hmget(issuance, "o", "s", "q");
    const stored = o && s && q?.startsWith("fenced|") ? readHash(issuanceId, { o, s, q }) : undefined;
    if (!stored) return undefined;
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
}

function fencesOf(issuanceId: string): string {
  return partitionKeys.fences(partitionOfIssuance(issuanceId));
}
