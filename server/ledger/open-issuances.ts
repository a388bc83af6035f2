/**
 * The index of each party's issuances that have not ended. The payer's entries are kept by the scripts; the
 * issuer's, in another partition, are a hint: written before the issuance, pruned here. The issuances
 * themselves are the truth.
 */
import type { OpenIssuance, State } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import { homeOf, type LedgerContext } from "./context.ts";
import { issuanceKeys, openMember, partitionKeys, partitionOfIssuance, requestKey } from "./keys.ts";
import { type IssuanceRecord, loadRecord } from "./record.ts";

/** An entry without an issuance is pruned only when no request can be on its way to make it any more. */
const ORPHAN_AFTER_MS = 24 * 3600 * 1000;
/** How many issuances one script takes out of an index, so that it stays short. */
const PRUNED_AT_ONCE = 100;

export interface OpenPage {
  open: OpenIssuance[];
  more: boolean;
}

/** What names an issuance in its issuer's index. */
type Indexed = Pick<IssuanceRecord, "issuanceId" | "issuer" | "indexedAt" | "state">;

/** How an issuance stands, as far as a list needs it. */
type Standing = Pick<IssuanceRecord, "version" | "state" | "issuer">;

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
      open.push(...(await this.#resolveEntries(party, entries)));
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
   * pruned again when it is read.
   */
  async pruneEnded(): Promise<void> {
    const byPartition = groupBy(this.#ended.splice(0), ({ issuer }) => homeOf(this.#context, issuer));
    await Promise.all(
      [...byPartition].map(([partition, records]) => this.#pruneInBatches(partition, records)),
    );
  }

  async #pruneInBatches(partition: number, records: readonly Indexed[]): Promise<void> {
    const batches = Array.from({ length: Math.ceil(records.length / PRUNED_AT_ONCE) }, (_, batch) => {
      const from = batch * PRUNED_AT_ONCE;
      return this.#prune(partition, records.slice(from, from + PRUNED_AT_ONCE));
    });
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

  /** The issuances of entries that have not ended; prunes the entries of those that have. */
  async #resolveEntries(party: string, entries: readonly Entry[]): Promise<OpenIssuance[]> {
    const standings = await this.#readStandings(entries);
    const open: OpenIssuance[] = [];
    const ended: Indexed[] = [];
    for (const [index, { issuanceId, indexedAt }] of entries.entries()) {
      const standing = standings[index];
      if (standing && !hasEnded(standing.state)) {
        const { version, state, issuer } = standing;
        open.push({ issuanceId, version, state, role: issuer === party ? "issuer" : "payer" });
      } else if (standing || Number(indexedAt) < Date.now() - ORPHAN_AFTER_MS) {
        ended.push({ issuanceId, indexedAt, issuer: party, state: standing?.state ?? "expired" });
      }
    }
    await this.#pruneInBatches(homeOf(this.#context, party), ended);
    return open;
  }

  /** How the issuances of entries stand, in their order: one script for all that are sure to be on one server. */
  async #readStandings(entries: readonly Entry[]): Promise<(Standing | undefined)[]> {
    const { isSpread } = this.#context;
    const groups = groupBy([...entries.keys()], (index) =>
      isSpread ? partitionOfIssuance((entries[index] as Entry).issuanceId) : 0,
    );
    const standings: (Standing | undefined)[] = [];
    await Promise.all(
      [...groups.values()].map(async (indexes) => {
        const keys = indexes.map((index) => issuanceKeys((entries[index] as Entry).issuanceId)[0]);
        const reply = await this.#context.scripts.run("read-open", keys, []);
        for (const [position, index] of indexes.entries()) {
          const [version, state, issuer] = reply.slice(3 * position) as [string, State | "", string];
          standings[index] = state === "" ? undefined : { version: Number(version), state, issuer };
        }
      }),
    );
    return standings;
  }

  async #indexedAt(party: string, issuanceId: string): Promise<string | undefined> {
    const record = await loadRecord(this.#context.store, issuanceId);
    return record && (record.issuer === party || record.payer === party) ? record.indexedAt : undefined;
  }
}

/** As `Map.groupBy`, which Node 20 does not have. */
function groupBy<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
