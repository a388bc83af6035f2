/**
 * The index of each party's issuances that have not ended. The payer's entries are kept by the scripts; the
 * issuer's, in another partition, are a hint: written before the issuance, pruned here. The issuances
 * themselves are the truth.
 */
import type { OpenIssuance } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import { isUnavailable } from "../redis/availability.ts";
import { homeOf, type LedgerContext } from "./context.ts";
import { type Indexed, IssuerIndex, type Pruned } from "./issuer-index.ts";
import { type OpenEntry, openMember, parseOpenMember, partitionKeys, rangeOf } from "./keys.ts";
import { type IssuanceRecord, loadRecord, newestEvent } from "./record.ts";
import type { Mark } from "./replication-barrier.ts";
import { readStandings, type Standing } from "./standings.ts";

/** How many are remembered whose issuers' servers do not answer; the rest is found when the indexes are walked. */
const MOST_NOTED = 100_000;
/** How many are read at once before they are pruned, so that no script is long. */
const LOOKED_AT_ONCE = 100;
/** How many of an issuer's are looked at to find room for one more. */
const LOOKED_AT_FOR_ROOM = 25;

export interface OpenPage {
  open: OpenIssuance[];
  more: boolean;
}

export interface OpenQuery {
  party: string;
  before?: string | undefined;
  limit: number;
}

/** The newest part of a party's index, and how far the journal of its partition went when it was read. */
export interface FirstOpen {
  mark: Mark;
  entries: OpenEntry[];
}

/** A page as it was read, and what it leaves out. */
interface FoundPage {
  page: OpenPage;
  /** How far the journal of the party's partition went as each part of the index was read. */
  marks: Mark[];
  /** Entries of issuances that are not open. */
  surplus: Pruned[];
}

export class OpenIssuances {
  readonly #context: LedgerContext;
  readonly #index: IssuerIndex;
  /** Issuances that have ended and whose issuers' indexes, in other partitions, still name them. */
  readonly #ended: Indexed[] = [];
  /** Those of them that are being taken out just now, and when that is done. */
  #inHand: readonly Indexed[] = [];
  #pruning: Promise<void> = Promise.resolve();
  /** The one that begins when that has ended. */
  #nextPruning: Promise<void> | undefined;

  constructor(context: LedgerContext) {
    this.#context = context;
    this.#index = new IssuerIndex(context);
  }

  /**
   * A page of at most `limit` of a party's issuances, newest first, older than `before` when that is given. Those
   * whose payers' server does not answer are left out, so that one server that is away hides no others.
   *
   * @returns undefined when `before` is not an issuance of the party.
   * @throws UnconfirmedError when something may be left out since it was issued, and too few replicas have that.
   */
  async list(query: OpenQuery): Promise<OpenPage | undefined> {
    const found = await this.#read(query);
    if (found) await this.#settle(found);
    return found?.page;
  }

  /**
   * The newest page, but what can't be told for sure now is left out, and there is more then.
   *
   * @param first what was read of the index, one entry more than the page has where there are as many.
   * @returns the page, and whether something was left out since it has ended.
   */
  async listAtHand(
    query: Omit<OpenQuery, "before">,
    first: FirstOpen,
  ): Promise<{ page: OpenPage; leftOut: boolean }> {
    let page: OpenPage = { open: [], more: true };
    let leftOut = true;
    try {
      const found = await this.#read(query, first);
      if (!found) return { page, leftOut };
      page = found.page;
      leftOut = found.surplus.length > 0;
      await this.#settle(found);
      return { page, leftOut };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return { page: { ...page, more: true }, leftOut };
    }
  }

  async #read({ party, before, limit }: OpenQuery, first?: FirstOpen): Promise<FoundPage | undefined> {
    let end = `(${party};`;
    if (before !== undefined) {
      const indexedAt = await this.#indexedAt(party, before);
      if (indexedAt === undefined) return undefined;
      end = `(${openMember({ party, indexedAt, issuanceId: before })}`;
    }
    const open: OpenIssuance[] = [];
    const found: FoundPage = { page: { open, more: false }, marks: [], surplus: [] };
    for (let part = first; ; part = undefined) {
      // One more than is wanted tells whether there are more.
      const { mark, entries } = part ?? (await this.#readEntries(party, end, limit + 1));
      found.marks.push(mark);
      open.push(...(await this.#resolveEntries(party, entries, found.surplus)));
      if (open.length > limit) {
        found.page = { open: open.slice(0, limit), more: true };
        return found;
      }
      const last = entries.at(-1);
      if (entries.length <= limit || !last) return found;
      end = `(${openMember(last)}`;
    }
  }

  /**
   * What a page leaves out has ended, as far as its reader can tell: what was issued is left out for good, and for
   * anybody to see, once replicas have it. The payer's entries went with the journal up to the mark.
   */
  async #settle({ marks, surplus }: FoundPage): Promise<void> {
    const { barrier } = this.#context;
    if (barrier) {
      const issued = surplus.flatMap(({ issued: event }) => event ?? []);
      const all = [
        ...marks.map((mark) => barrier.confirmUpTo(mark)),
        ...issued.map((event) => barrier.confirm(event)),
      ];
      await Promise.all(all);
    }
    // The index is only a hint: what can't be put right now is found when the indexes are walked.
    if (surplus.length > 0) await this.#index.prune(surplus, () => undefined);
  }

  /** An issuance has ended: its issuer's entry goes with the next pruning. */
  noteEnded({ issuanceId, issuer, indexedAt }: IssuanceRecord): void {
    this.#ended.push({ issuanceId, issuer, indexedAt });
  }

  /** A request was refused after its entry was written: it leaves nothing. What fails is found when the indexes are walked. */
  async withdraw(entry: Indexed): Promise<void> {
    await this.#index.prune([{ ...entry, reason: "refused" }], () => undefined);
  }

  /**
   * True when there may be room for one more of an issuer than there was: of what it has requested some may have ended, and
   * be in its index yet.
   */
  async makeRoom(issuer: string): Promise<boolean> {
    const hadEnded = [...this.#inHand, ...this.#ended].some((each) => each.issuer === issuer);
    await this.pruneEnded();
    const { store } = this.#context;
    const key = partitionKeys.open(homeOf(this.#context, issuer));
    const range = rangeOf(issuer);
    // Any of them may be over, so that all have their turn.
    const skip = Math.floor(
      Math.random() * ((await store.zlexcount(key, ...range)) - LOOKED_AT_FOR_ROOM + 1),
    );
    const members = await store.zrangebylex(key, ...range, "LIMIT", Math.max(0, skip), LOOKED_AT_FOR_ROOM);
    const entries = members.map(parseOpenMember);
    const standings = await readStandings(
      this.#context,
      entries.map(({ issuanceId }) => issuanceId),
    );
    const over = entries.flatMap((entry, index) => {
      const standing = standings[index];
      return standing === "away" ? [] : (toPrune(entry, standing) ?? []);
    });
    await this.#index.prune(over, () => undefined);
    return over.length > 0 || hadEnded;
  }

  /**
   * Takes issuances that have ended out of their issuers' indexes. It may be late or never happen: an index is
   * pruned again when it is read. What could not be done now waits for the next time, and holds up nothing else.
   * What an earlier call has in hand is done too when this one answers.
   *
   * @param failed is told of each error.
   */
  pruneEnded(failed: (error: unknown) => void = () => undefined): Promise<void> {
    // Whoever comes while one waits for its turn shares it: none waits for more than two, however long a server takes.
    this.#nextPruning ??= this.#pruneAfter(this.#pruning, failed);
    return this.#nextPruning;
  }

  async #pruneAfter(earlier: Promise<void>, failed: (error: unknown) => void): Promise<void> {
    await earlier.catch(() => undefined);
    this.#pruning = this.#pruneNoted(failed);
    this.#nextPruning = undefined;
    await this.#pruning;
  }

  async #pruneNoted(failed: (error: unknown) => void): Promise<void> {
    const noted = this.#ended.splice(0);
    this.#inHand = noted;
    try {
      await this.#prune(noted, failed);
    } finally {
      this.#inHand = [];
    }
  }

  async #prune(noted: readonly Indexed[], failed: (error: unknown) => void): Promise<void> {
    const over: Pruned[] = [];
    const failedOf = (batch: readonly Indexed[], error: unknown) => {
      failed(error);
      this.#noteAgain(batch);
    };
    for (let first = 0; first < noted.length; first += LOOKED_AT_ONCE) {
      const batch = noted.slice(first, first + LOOKED_AT_ONCE);
      const found = await this.#findOver(batch).catch((error: unknown) => failedOf(batch, error));
      over.push(...(found ?? []));
    }
    await this.#index.prune(over, failedOf);
  }

  /**
   * The store may have gone back in time since: what goes on there keeps its entry, and makes no voucher; what was issued
   * anew is a voucher of another time.
   */
  async #findOver(noted: readonly Indexed[]): Promise<Pruned[]> {
    const ids = noted.map(({ issuanceId }) => issuanceId);
    const standings = await readStandings(this.#context, ids);
    this.#noteAgain(noted.filter((_, index) => standings[index] === "away"));
    return noted.flatMap(({ issuer: party, indexedAt, issuanceId }, index) => {
      const standing = standings[index];
      if (!standing || standing === "away" || !hasEnded(standing.state)) return [];
      return toPrune({ party, indexedAt, issuanceId }, standing) ?? [];
    });
  }

  #noteAgain(entries: readonly Indexed[]): void {
    this.#ended.push(...entries.slice(0, Math.max(0, MOST_NOTED - this.#ended.length)));
  }

  async #readEntries(party: string, end: string, count: number): Promise<FirstOpen> {
    const partition = homeOf(this.#context, party);
    const [entry = "", ...members] = await this.#context.scripts.run(
      "list-open",
      [partitionKeys.open(partition), partitionKeys.journal(partition)],
      [end, `[${party}:`, count],
    );
    return { mark: { partition, entry }, entries: members.map(parseOpenMember) };
  }

  /** The issuances of entries that have not ended; puts right the entries of the others, or adds them to `surplus`. */
  async #resolveEntries(
    party: string,
    entries: readonly OpenEntry[],
    surplus: Pruned[],
  ): Promise<OpenIssuance[]> {
    const standings = await readStandings(
      this.#context,
      entries.map(({ issuanceId }) => issuanceId),
    );
    const open: OpenIssuance[] = [];
    const missing: Indexed[] = [];
    for (const [index, entry] of entries.entries()) {
      const standing = standings[index];
      if (standing === "away") continue;
      const pruned = toPrune(entry, standing);
      if (pruned) surplus.push(pruned);
      if (!standing || hasEnded(standing.state)) continue;
      const { issuanceId, version, state, issuer } = standing;
      if (pruned?.reason === "stray") missing.push(standing);
      else open.push({ issuanceId, version, state, role: issuer === party ? "issuer" : "payer" });
    }
    if (missing.length > 0) await this.#index.restore(missing, () => undefined);
    return open;
  }

  async #indexedAt(party: string, issuanceId: string): Promise<string | undefined> {
    const record = await loadRecord(this.#context.store, issuanceId);
    return record && (record.issuer === party || record.payer === party) ? record.indexedAt : undefined;
  }
}

/** An entry that names no open issuance, and why; undefined when it does. */
export function toPrune(entry: OpenEntry, standing: Standing | undefined): Pruned | undefined {
  const reason = reasonToPrune(entry, standing);
  if (!reason) return undefined;
  const { party, indexedAt, issuanceId } = entry;
  const isPayers = standing !== undefined && standing.issuer !== party;
  const pruned: Pruned = { issuanceId, issuer: party, indexedAt, reason, isPayers };
  if (standing?.state === "issued") {
    pruned.issued = newestEvent(standing);
    pruned.issuedAt = standing.endedAt;
  }
  return pruned;
}

function reasonToPrune(entry: OpenEntry, record: Standing | undefined): Pruned["reason"] | undefined {
  if (!record) return "missing";
  if (hasEnded(record.state)) {
    // The request belongs to the issuer's entry alone.
    if (entry.party !== record.issuer) return "stray";
    return record.state === "issued" ? "issued" : "ended";
  }
  // The index went back in time and was written anew: the entry that the issuance knows is the right one.
  return entry.indexedAt === record.indexedAt ? undefined : "stray";
}
