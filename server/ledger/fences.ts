/**
 * A store that went back in time, after a failover or a restore, has less than it had acknowledged. A terminal
 * that was told more shows it; the issuance is fenced then, so that nothing is done on top of what is
 * missing, until an operator decides.
 */
import type {
  ErrorCode,
  Fence,
  FenceDecide,
  FenceList,
  IssuanceEvent,
  Snapshot,
  State,
} from "@tallystick/protocol";
import type { LedgerContext } from "./context.ts";
import { issuanceKeys, partitionKeys, partitionOfIssuance, writeKey } from "./keys.ts";
import { loadRecord, readEvent, readRecord, snapshotOf } from "./record.ts";
import { freshWriteId, writeDigest } from "./write-ids.ts";

/** How many fences are listed; so many at once are one fault of the store, not a thousand. */
const MOST_LISTED = 1000;

/** What a terminal says that it was told. */
export interface Claim {
  party: string;
  version: number;
  digest?: string | undefined;
}

/** `new`: fenced just now; `known`: it was before, or an operator has decided about it. */
export type Fenced = "new" | "known" | "not_ahead";

/** What an operator's decision came to; with the event and the state that it led out of when it ended the issuance. */
export type Decided =
  | { kind: "done"; snapshot: Snapshot; event?: IssuanceEvent; from?: State; repeated?: boolean }
  | { kind: "refused"; code: ErrorCode; state: string };

export class Fences {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /** Fences an issuance whose terminal knows more than the store; nothing when the store has caught up. */
  async fence(issuanceId: string, claim: Claim): Promise<Fenced> {
    const [issuance, deadlines, , journal] = issuanceKeys(issuanceId);
    const reply = await this.#context.scripts.run(
      "fence-issuance",
      [issuance, deadlines, journal, fencesOf(issuanceId)],
      [issuanceId, claim.party, claim.version, claim.digest ?? ""],
    );
    if (reply[0] !== "done") return "not_ahead";
    return reply[2] === "new" ? "new" : "known";
  }

  /**
   * Lets an issuance go on from what the store has, or cancels it. The same again is answered the same.
   *
   * @param writeId the intent's id: what comes again under it decides nothing about a later fence.
   */
  async decide(issuanceId: string, body: FenceDecide, writeId = freshWriteId()): Promise<Decided> {
    const { scripts, waitMs, retentionMs } = this.#context;
    const reply = await scripts.run(
      "decide-fence",
      [...issuanceKeys(issuanceId), fencesOf(issuanceId), writeKey(partitionOfIssuance(issuanceId), writeId)],
      [issuanceId, body.decision, body.reason ?? "", waitMs, retentionMs, writeDigest(issuanceId, body)],
    );
    const repeated = reply[0] === "again";
    if (reply[0] !== "done" && !repeated)
      return { kind: "refused", code: reply[1] as ErrorCode, state: reply[2] ?? "" };
    const record = readRecord(issuanceId, reply, 3);
    const snapshot = snapshotOf(record);
    const line = reply[1] ?? "";
    if (line === "") return { kind: "done", snapshot, repeated };
    const from = reply[2] as State;
    return { kind: "done", snapshot, event: readEvent(record, record.version, line), from, repeated };
  }

  /** All that wait for an operator, the oldest first. */
  async list(): Promise<FenceList> {
    const { store, partitions } = this.#context;
    const all = await Promise.all(
      Array.from({ length: partitions }, (_, partition) =>
        store.zrange(partitionKeys.fences(partition), "0", String(MOST_LISTED)),
      ),
    );
    const ids = all.flat();
    const found = await Promise.all(ids.slice(0, MOST_LISTED).map((id) => this.#read(id)));
    const fences = found.filter((one) => one !== undefined).sort((a, b) => a.at - b.at);
    return { fences, more: ids.length > MOST_LISTED };
  }

  /** A fence; undefined when it was decided about meanwhile. */
  async #read(issuanceId: string): Promise<Fence | undefined> {
    const { store } = this.#context;
    const [issuance] = issuanceKeys(issuanceId);
    const [record, field] = await Promise.all([loadRecord(store, issuanceId), store.hget(issuance, "q")]);
    const [status, version, digest, by, at] = field?.split("|") ?? [];
    if (!record || status !== "fenced") return undefined;
    return {
      issuanceId,
      by: by as Fence["by"],
      version: Number(version),
      ...(digest && { digest }),
      at: Number(at),
      issuance: snapshotOf(record),
    };
  }
}

function fencesOf(issuanceId: string): string {
  return partitionKeys.fences(partitionOfIssuance(issuanceId));
}
