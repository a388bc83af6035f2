/**
 * The index of each party's vouchers: of those that live, and of those that have ended. The issuing script enters the
 * payer's, the others are in other partitions: the issuer's comes out of its index of issuances, the beneficiary's
 * with the telling. The vouchers themselves are the truth: what an index says too late is put right when it is read.
 */
import type { ListedVoucher, VoucherRole, VoucherState } from "@tallystick/protocol";
import { hasVoucherEnded, issuanceIdOf, VOUCHER_ROLES } from "@tallystick/protocol";
import { UnavailableError } from "../redis/errors.ts";
import { homeOf, type LedgerContext } from "./context.ts";
import { groupBy } from "./group-by.ts";
import {
  bookKey,
  type OpenEntry,
  openMember,
  parseOpenMember,
  partitionKeys,
  partitionOfIssuance,
  voucherKey,
} from "./keys.ts";
import type { Confirmable } from "./replication-barrier.ts";
import { runInBook } from "./run-in-book.ts";
import { untouchedMember } from "./untouched.ts";
import { recordOf } from "./voucher-record.ts";
import { readVoucherStandings, type VoucherStanding } from "./voucher-standings.ts";

/** How many are remembered whose parties' servers do not answer; the rest is found when the index is read. */
const MOST_NOTED = 100_000;
/** How many entries one script changes, so that it stays short. */
const AT_ONCE = 100;
/** A page looks at about so many entries at the most: of a party's thousands few may be as wanted. */
const MOST_LOOKED_AT = 300;

/** Which vouchers a list is of. */
export interface VoucherQuery {
  party: string;
  /** Only those in which the party has this role. */
  role?: VoucherRole | undefined;
  /** Only those in this state; those that live when absent. */
  state?: VoucherState | undefined;
  /** The last voucher of the page before, or its `next`. */
  before?: string | undefined;
  /** The same, where it is known when that was issued. */
  beforeAt?: { voucherId: string; issuedAt: number } | undefined;
  limit: number;
}

export interface VoucherPage {
  vouchers: ListedVoucher[];
  more: boolean;
  /** Where the next page begins, as `before` takes it; there when there is more. */
  next?: string;
}

/** A page as it was read, and when each of its vouchers, and the one where the next begins, was issued. */
export interface DatedVoucherPage extends VoucherPage {
  issuedAt: ReadonlyMap<string, number>;
}

type IndexState = "live" | "ended";
/** An entry of a party's index, and in which it belongs. */
interface Entry {
  party: string;
  voucherId: string;
  issuedAt: number;
  /**
   * `new`: among those that live, unless it is known that it has ended; `gone`: there is no such voucher, or it is of another
   * time, since the store went back.
   */
  state: IndexState | "new" | "gone";
  /** Its member of the beneficiary's index of untouched vouchers; empty or absent where it is in none. */
  untouched?: string;
}

export class VoucherIndex {
  readonly #context: LedgerContext;
  /** Vouchers that have ended, and are among those that live in some of their parties' indexes. */
  readonly #ended: string[] = [];

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /**
   * A page of a party's vouchers, newest first. Those whose payers' server does not answer are left out. It looks at a few
   * hundred entries at the most, so that it may have fewer than are wanted, or none, though there are more.
   *
   * @param first what was read of the newest of those that live, one entry more than the page has where there are as many.
   * @returns undefined when `before` is not a voucher of the party.
   * @throws UnavailableError when nothing can be told of what comes next.
   */
  async list(query: VoucherQuery, first?: readonly OpenEntry[]): Promise<VoucherPage | undefined> {
    const found = await this.listDated(query, first);
    if (!found) return undefined;
    const { issuedAt: _, ...page } = found;
    return page;
  }

  /** The same, with when they were issued. */
  async listDated(
    { party, role, state, before, beforeAt, limit }: VoucherQuery,
    first?: readonly OpenEntry[],
  ): Promise<DatedVoucherPage | undefined> {
    const index: IndexState = state && hasVoucherEnded(state) ? "ended" : "live";
    const isWanted = (each: VoucherStanding) =>
      hasVoucherEnded(each.state) === (index === "ended") && (!state || state === each.state);
    let end = beforeAt ? `(${memberOf({ party, ...beforeAt })}` : `(${party};`;
    if (before !== undefined) {
      const found = await this.#endBefore(party, before);
      if (found === undefined) return undefined;
      end = found;
    }
    const vouchers: ListedVoucher[] = [];
    const issuedAt = new Map<string, number>();
    let seen: string | undefined;
    let part = first;
    for (let looked = 0; ; part = undefined) {
      // One more than is wanted tells whether there are more.
      const entries: readonly OpenEntry[] = part ?? (await this.#readEntries(index, party, end, limit + 1));
      for (const each of await this.#readVouchers(index, entries, role)) {
        const [acting] = rolesOf(each, party).filter((one) => !role || one === role);
        issuedAt.set(each.voucherId, each.issuedAt);
        if (isWanted(each) && acting) {
          if (vouchers.length === limit)
            return { vouchers, more: true, ...(seen && { next: seen }), issuedAt };
          const { voucherId, version, state: actual } = each;
          vouchers.push({ voucherId, version, state: actual, role: acting });
        }
        seen = each.voucherId;
      }
      looked += entries.length;
      const last = entries.at(-1);
      if (entries.length <= limit || !last) return { vouchers, more: false, issuedAt };
      if (looked >= MOST_LOOKED_AT) {
        if (seen === undefined) throw new UnavailableError("the next of the party's vouchers can't be read");
        return { vouchers, more: true, next: seen, issuedAt };
      }
      end = `(${openMember(last)}`;
    }
  }

  /** Where a page ends that is older than a voucher; undefined when that is not one of the party's. */
  async #endBefore(party: string, voucherId: string): Promise<string | undefined> {
    const [found] = await readVoucherStandings(this.#context, [voucherId]);
    if (found === "away") throw new UnavailableError(`the server that has ${voucherId} does not answer`);
    return found && rolesOf(found, party).length > 0 ? `(${memberOf({ party, ...found })}` : undefined;
  }

  /**
   * A page of one partition's entries, of all its parties, by party and time of issue. A voucher has an entry of each of
   * its parties; its payer's is in its own partition.
   *
   * @param page.after the `next` of the page before.
   */
  async entries(
    index: IndexState,
    { partition, after, limit }: { partition: number; after?: string | undefined; limit: number },
  ): Promise<{ entries: { party: string; voucherId: string }[]; next?: string }> {
    const key = keyOf(index, partition);
    const { store, book } = this.#context;
    book.check(key);
    const from = after === undefined ? "-" : `(${after}`;
    const members = await store.zrangebylex(key, from, "+", "LIMIT", 0, limit);
    const last = members.at(-1);
    const entries = members
      .map(parseOpenMember)
      .map(({ party, issuanceId: voucherId }) => ({ party, voucherId }));
    return { entries, ...(last !== undefined && members.length === limit && { next: last }) };
  }

  /** A voucher has a beneficiary, whose partition may be another than the payer's. */
  async enter(voucher: Omit<VoucherStanding, "version" | "digest" | "payer">): Promise<void> {
    const { voucherId, issuedAt, beneficiary: party } = voucher;
    const entry: Entry = { party, voucherId, issuedAt, state: "new", untouched: untouchedMember(voucher) };
    await this.#write([entry], (_, error) => {
      throw error;
    });
  }

  /** A voucher has ended: its parties' entries move with the next round. */
  noteEnded(voucherId: string): void {
    this.#noteEnded([voucherId]);
  }

  #noteEnded(voucherIds: Iterable<string>): void {
    this.#ended.push(...[...voucherIds].slice(0, Math.max(0, MOST_NOTED - this.#ended.length)));
  }

  /**
   * Moves the entries of what has ended. It may be late or never happen: an index is put right when it is read, and when it
   * is walked. What could not be done now waits for the next time. The store may have gone back in time since: what lives
   * there stays.
   *
   * @param failed is told of each error.
   */
  async moveEnded(failed: (error: unknown) => void = () => undefined): Promise<void> {
    const noted = [...new Set(this.#ended.splice(0))];
    for (let first = 0; first < noted.length; first += AT_ONCE) {
      const ids = noted.slice(first, first + AT_ONCE);
      const all = await readVoucherStandings(this.#context, ids);
      this.#noteEnded(ids.filter((_, index) => all[index] === "away"));
      const entries = all.flatMap((found) =>
        found && found !== "away" && hasVoucherEnded(found.state) ? entriesOf(found, "ended") : [],
      );
      await this.#putRight(entries, (batch, error) => {
        failed(error);
        this.#noteEnded(new Set(batch.map(({ voucherId }) => voucherId)));
      });
    }
  }

  /**
   * Puts right what entries of a partition's index show: what the other parties' servers have lost or taken for ended, since
   * one of them went back in time, is entered again; what has ended is found as well by parties whose own servers have
   * lost it. What is there already is no write.
   *
   * @param failed is told of the errors of other partitions.
   */
  async repair(
    index: IndexState,
    partition: number,
    walked: readonly OpenEntry[],
    failed: (error: unknown) => void,
  ): Promise<void> {
    const all = await readVoucherStandings(this.#context, walked.map(voucherOf));
    const entries = walked.flatMap((entry, at): Entry[] => {
      const found = all[at];
      if (found === "away") return [];
      if (!found || !isOf(entry, found)) return [goneOf(entry)];
      const state = hasVoucherEnded(found.state) ? "ended" : "live";
      // The others' entries are put right from the payer's partition alone, which is the voucher's own.
      const isHome = homeOf(this.#context, found.payer) === partition;
      return isHome || state !== index ? entriesOf(found, state) : [];
    });
    await this.#putRight(entries, (_, error) => failed(error));
  }

  /**
   * Writes entries as their vouchers were found to be. Should the store have gone back in time since, what lives again would
   * be among those that have ended, where nobody looks for it: so it is looked at once more.
   */
  async #putRight(
    entries: readonly Entry[],
    failed: (batch: Entry[], error: unknown) => void,
  ): Promise<void> {
    await this.#write(entries, failed);
    const ended = new Set(entries.flatMap(({ voucherId, state }) => (state === "ended" ? [voucherId] : [])));
    if (ended.size === 0) return;
    const again = await readVoucherStandings(this.#context, [...ended]);
    const lives = again.flatMap((found) =>
      found && found !== "away" && !hasVoucherEnded(found.state) ? entriesOf(found, "live") : [],
    );
    await this.#write(lives, failed);
  }

  /** One script for the entries of one partition: partitions fail apart from each other. */
  async #write(entries: readonly Entry[], failed: (batch: Entry[], error: unknown) => void): Promise<void> {
    const byPartition = groupBy(entries, ({ party }) => homeOf(this.#context, party));
    const batches = [...byPartition].flatMap(([partition, all]) =>
      Array.from({ length: Math.ceil(all.length / AT_ONCE) }, async (_, index) => {
        const batch = all.slice(index * AT_ONCE, (index + 1) * AT_ONCE);
        const { untouched } = partitionKeys;
        const indexes = [keyOf("live", partition), keyOf("ended", partition), untouched(partition)];
        const keys = [...indexes, bookKey(partition)];
        const own = [...new Set(batch.map(({ voucherId }) => voucherId))].filter(
          (id) => partitionOfIssuance(issuanceIdOf(id)) === partition,
        );
        keys.push(...own.map((id) => voucherKey(issuanceIdOf(id))));
        const rows = batch.flatMap((entry) => {
          const place = own.indexOf(entry.voucherId);
          return [memberOf(entry), entry.state, place < 0 ? "" : place + 1, entry.untouched ?? ""];
        });
        await runInBook(this.#context, "index-vouchers", keys, [this.#context.book.id, ...rows]).catch(
          (error: unknown) => failed(batch, error),
        );
      }),
    );
    await Promise.all(batches);
  }

  async #readEntries(index: IndexState, party: string, end: string, count: number): Promise<OpenEntry[]> {
    const key = keyOf(index, homeOf(this.#context, party));
    const { store, book } = this.#context;
    book.check(key);
    const members = await store.zrevrangebylex(key, end, `[${party}:`, "LIMIT", 0, count);
    return members.map(parseOpenMember);
  }

  /**
   * The vouchers of entries; puts right the entries of those that belong elsewhere. Where replicas are waited for
   * (MIN_REPLICAS) they have those by then of which anything is shown.
   *
   * @param role that the party has in those that are shown.
   */
  async #readVouchers(
    index: IndexState,
    entries: readonly OpenEntry[],
    role: VoucherRole | undefined,
  ): Promise<VoucherStanding[]> {
    const all = await readVoucherStandings(this.#context, entries.map(voucherOf));
    const found: VoucherStanding[] = [];
    const shown: Confirmable[] = [];
    const wrong: Entry[] = [];
    for (const [at, entry] of entries.entries()) {
      const standing = all[at];
      if (standing === "away") continue;
      if (!standing || !isOf(entry, standing)) {
        wrong.push(goneOf(entry));
        continue;
      }
      found.push(standing);
      const isShown = !role || standing[role] === entry.party;
      // What is left out since it has ended, or has moved on, shows as much as what is told.
      if (isShown) shown.push(recordOf(standing));
      const right = hasVoucherEnded(standing.state) ? "ended" : "live";
      const { voucherId, issuedAt } = standing;
      if (isShown && right !== index) wrong.push({ party: entry.party, voucherId, issuedAt, state: right });
    }
    await Promise.all(shown.map((each) => this.#context.barrier?.confirm(each)));
    await this.#putRight(wrong, () => undefined);
    return found;
  }
}

/** The roles that a party has in a voucher, in the order in which it acts. */
function rolesOf(voucher: Pick<VoucherStanding, VoucherRole>, party: string): VoucherRole[] {
  return VOUCHER_ROLES.filter((role) => voucher[role] === party);
}

function keyOf(index: IndexState, partition: number): string {
  return index === "live" ? partitionKeys.liveVouchers(partition) : partitionKeys.endedVouchers(partition);
}

function memberOf({ party, voucherId, issuedAt }: Omit<Entry, "state">): string {
  return openMember({ party, indexedAt: issuedAt, issuanceId: voucherId });
}

function voucherOf({ issuanceId: voucherId }: OpenEntry): string {
  return voucherId;
}

/** The entries of all parties of a voucher. */
function entriesOf(voucher: VoucherStanding, state: IndexState): Entry[] {
  const { voucherId, issuedAt, issuer, payer, beneficiary } = voucher;
  return [...new Set([issuer, payer, beneficiary])].map((party) => {
    const entry: Entry = { party, voucherId, issuedAt, state };
    if (party === beneficiary) entry.untouched = untouchedMember(voucher);
    return entry;
  });
}

/** Whether an entry is a voucher's. One of another time was made before the store went back, and it was issued anew. */
function isOf({ indexedAt }: OpenEntry, { issuedAt }: VoucherStanding): boolean {
  return Number(indexedAt) === issuedAt;
}

/** The entry of a voucher that is not there. Should the store's data be brought back, the walk enters it again. */
function goneOf({ party, indexedAt, issuanceId: voucherId }: OpenEntry): Entry {
  return { party, voucherId, issuedAt: Number(indexedAt), state: "gone" };
}
