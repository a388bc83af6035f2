/**
 * The index of each party's issuances that have not ended. The payer's entries are kept by the scripts; the
 * issuer's, in another partition, are a hint: written before the issuance, pruned here. The issuances
 * themselves are the truth.
 */
import type { OpenIssuance } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import { homeOf, type LedgerContext } from "./context.ts";
import { openMember, partitionKeys, requestKey } from "./keys.ts";
import { type IssuanceRecord, loadRecord } from "./record.ts";

/** An entry without an issuance is pruned only when no request can be on its way to make it any more. */
const ORPHAN_AFTER_MS = 24 * 3600 * 1000;
/** How many issuances one script takes out of an index, so that it stays short. */
const PRUNED_AT_ONCE = 100;
/** How many are remembered whose issuers' servers do not answer; the rest is found when the indexes are walked. */
const MOST_NOTED = 100_000;

export interface OpenPage {
  open: OpenIssuance[];
  more: boolean;
}

/** What names an issuance in its issuer's index. */
type Indexed = Pick<IssuanceRecord, "issuanceId" | "issuer" | "indexedAt" | "state">;

interface Entry {
  issuanceId: string;
  indexedAt: string;
}

export class OpenIssuances {
  readonly #context: LedgerContext;
  /** Issuances that have ended and whose issuers' indexes, in other partitions, still name them. */
  readonly #ended: Indexed[] = [];

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /**
   * A page of at most `limit` of a party's issuances, newest first, older than `before` when that is given.
   *
   * @returns undefined when `before` is not an issuance of the party.
   */
  async list(options: {
    party: string;
    before?: string | undefined;
    limit: number;
  }): Promise<OpenPage | undefined> {
    const { party, before, limit } = options;
    let end = `(${party};`;
    if (before !== undefined) {
      const indexedAt = await this.#indexedAt(party, before);
      if (indexedAt === undefined) return undefined;
      end = `(${openMember({ party, indexedAt, issuanceId: before })}`;
    }
    const open: OpenIssuance[] = [];
    for (;;) {
      // One more than is wanted tells whether there are more.
      const entries = await this.#readEntries(party, end, limit + 1);
      const found = await Promise.all(entries.map((entry) => this.#resolveEntry(party, entry)));
      open.push(...found.filter((issuance) => issuance !== undefined));
      if (open.length > limit) return { open: open.slice(0, limit), more: true };
      const last = entries.at(-1);
      if (entries.length <= limit || !last) return { open, more: false };
      end = `(${openMember({ party, ...last })}`;
    }
  }

  /** An issuance has ended: its issuer's entry goes with the next pruning. */
  noteEnded(record: IssuanceRecord): void {
    this.#ended.push(record);
  }

  /**
   * Takes issuances that have ended out of their issuers' indexes. It may be late or never happen: an index is
   * pruned again when it is read. What could not be done now waits for the next time, and holds up nothing else.
   *
   * @param failed is told of each error.
   */
  async pruneEnded(failed: (error: unknown) => void = () => undefined): Promise<void> {
    const byPartition = new Map<number, Indexed[]>();
    for (const record of this.#ended.splice(0)) {
      const partition = homeOf(this.#context, record.issuer);
      const records = byPartition.get(partition);
      if (records) records.push(record);
      else byPartition.set(partition, [record]);
    }
    const prune = async (partition: number, records: Indexed[]) => {
      try {
        await this.#prune(partition, records);
      } catch (error) {
        failed(error);
        this.#ended.push(...records.slice(0, Math.max(0, MOST_NOTED - this.#ended.length)));
      }
    };
    const batches = [...byPartition].flatMap(([partition, records]) =>
      Array.from({ length: Math.ceil(records.length / PRUNED_AT_ONCE) }, (_, batch) => {
        const from = batch * PRUNED_AT_ONCE;
        return prune(partition, records.slice(from, from + PRUNED_AT_ONCE));
      }),
    );
    await Promise.all(batches);
  }

  /** All of the records' issuers are of one partition. */
  async #prune(partition: number, records: readonly Indexed[]): Promise<void> {
    const { scripts, retentionMs } = this.#context;
    const requests = records.map(({ issuanceId }) => requestKey(partition, issuanceId));
    const entries = records.flatMap(({ issuer, indexedAt, issuanceId, state }) => [
      openMember({ party: issuer, indexedAt, issuanceId }),
      state === "issued" ? "" : retentionMs,
    ]);
    await scripts.run("prune-requests", [partitionKeys.open(partition), ...requests], entries);
  }

  async #readEntries(party: string, end: string, count: number): Promise<Entry[]> {
    const key = partitionKeys.open(homeOf(this.#context, party));
    const { store } = this.#context;
    const members = await store.zrevrangebylex(key, end, `[${party}:`, "LIMIT", 0, count);
    return members.map((member) => {
      const [, indexedAt = "", issuanceId = ""] = member.split(":");
      return { indexedAt, issuanceId };
    });
  }

  /** The issuance of an entry; prunes the entry when the issuance has ended. */
  async #resolveEntry(party: string, entry: Entry): Promise<OpenIssuance | undefined> {
    const { issuanceId, indexedAt } = entry;
    const record = await loadRecord(this.#context.store, issuanceId);
    if (record && !hasEnded(record.state)) {
      const { version, state, issuer } = record;
      return { issuanceId, version, state, role: issuer === party ? "issuer" : "payer" };
    }
    const isOrphaned = !record && Number(indexedAt) < Date.now() - ORPHAN_AFTER_MS;
    if (record || isOrphaned)
      await this.#prune(homeOf(this.#context, party), [
        { issuanceId, indexedAt, issuer: party, state: record?.state ?? "expired" },
      ]);
    return undefined;
  }

  async #indexedAt(party: string, issuanceId: string): Promise<string | undefined> {
    const record = await loadRecord(this.#context.store, issuanceId);
    return record && (record.issuer === party || record.payer === party) ? record.indexedAt : undefined;
  }
}
