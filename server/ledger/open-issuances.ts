/**
 * The index of each party's issuances that have not ended. The payer's entries are kept by the scripts; the
 * issuer's, in another partition, are a hint: written before the issuance, pruned here. The issuances
 * themselves are the truth.
 */
import type { OpenIssuance } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import { homeOf, type LedgerContext } from "./context.ts";
import { type Indexed, IssuerIndex, type Pruned } from "./issuer-index.ts";
import { type OpenEntry, openMember, parseOpenMember, partitionKeys } from "./keys.ts";
import { type IssuanceRecord, loadRecord } from "./record.ts";
import { readStandings, type Standing } from "./standings.ts";

/** How many are remembered whose issuers' servers do not answer; the rest is found when the indexes are walked. */
const MOST_NOTED = 100_000;

export interface OpenPage {
  open: OpenIssuance[];
  more: boolean;
}

export class OpenIssuances {
  readonly #context: LedgerContext;
  readonly #index: IssuerIndex;
  /** Issuances that have ended and whose issuers' indexes, in other partitions, still name them. */
  readonly #ended: Pruned[] = [];

  constructor(context: LedgerContext) {
    this.#context = context;
    this.#index = new IssuerIndex(context);
  }

  /**
   * A page of at most `limit` of a party's issuances, newest first, older than `before` when that is given. Those
   * whose payers' server does not answer are left out, so that one server that is away hides no others.
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
      end = `(${openMember(last)}`;
    }
  }

  /** An issuance has ended: its issuer's entry goes with the next pruning. */
  noteEnded({ issuanceId, issuer, indexedAt, state, endedAt }: IssuanceRecord): void {
    const reason = state === "issued" ? "issued" : "ended";
    this.#ended.push({ issuanceId, issuer, indexedAt, reason, issuedAt: endedAt });
  }

  /** A request was refused after its entry was written: it leaves nothing. What fails is found when the indexes are walked. */
  async withdraw(entry: Indexed): Promise<void> {
    await this.#index.prune([{ ...entry, reason: "refused" }], () => undefined);
  }

  /**
   * Takes issuances that have ended out of their issuers' indexes. It may be late or never happen: an index is
   * pruned again when it is read. What could not be done now waits for the next time, and holds up nothing else.
   *
   * @param failed is told of each error.
   */
  async pruneEnded(failed: (error: unknown) => void = () => undefined): Promise<void> {
    await this.#index.prune(this.#ended.splice(0), (batch, error) => {
      failed(error);
      this.#ended.push(...batch.slice(0, Math.max(0, MOST_NOTED - this.#ended.length)));
    });
  }

  async #readEntries(party: string, end: string, count: number): Promise<OpenEntry[]> {
    const key = partitionKeys.open(homeOf(this.#context, party));
    const { store, book } = this.#context;
    book.check(key);
    const members = await store.zrevrangebylex(key, end, `[${party}:`, "LIMIT", 0, count);
    return members.map(parseOpenMember);
  }

  /** The issuances of entries that have not ended; puts right the entries of the others. */
  async #resolveEntries(party: string, entries: readonly OpenEntry[]): Promise<OpenIssuance[]> {
    const standings = await readStandings(
      this.#context,
      entries.map(({ issuanceId }) => issuanceId),
    );
    const open: OpenIssuance[] = [];
    const missing: Indexed[] = [];
    const surplus: Pruned[] = [];
    for (const [index, entry] of entries.entries()) {
      const standing = standings[index];
      if (standing === "away") continue;
      const reason = reasonToPrune(entry, standing);
      if (reason)
        surplus.push({ ...entry, issuer: party, reason, ...(standing && { issuedAt: standing.endedAt }) });
      if (!standing || hasEnded(standing.state)) continue;
      const { issuanceId, version, state, issuer } = standing;
      if (reason === "stray") missing.push(standing);
      else open.push({ issuanceId, version, state, role: issuer === party ? "issuer" : "payer" });
    }
    // The index is only a hint: what can't be put right now is found when the indexes are walked.
    if (missing.length > 0) await this.#index.restore(missing, () => undefined);
    if (surplus.length > 0) await this.#index.prune(surplus, () => undefined);
    return open;
  }

  async #indexedAt(party: string, issuanceId: string): Promise<string | undefined> {
    const record = await loadRecord(this.#context.store, issuanceId);
    return record && (record.issuer === party || record.payer === party) ? record.indexedAt : undefined;
  }
}

/** Why an entry names no open issuance; undefined when it does. */
export function reasonToPrune(entry: OpenEntry, record: Standing | undefined): Pruned["reason"] | undefined {
  if (!record) return "missing";
  if (hasEnded(record.state)) {
    // The request belongs to the issuer's entry alone.
    if (entry.party !== record.issuer) return "stray";
    return record.state === "issued" ? "issued" : "ended";
  }
  // The index went back in time and was written anew: the entry that the issuance knows is the right one.
  return entry.indexedAt === record.indexedAt ? undefined : "stray";
}
