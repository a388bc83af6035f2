/**
 * The index of each party's vouchers: of those that live, and of those that have ended. The issuing script enters the
 * payer's, the others are in other partitions: the issuer's comes out of its index of issuances, the beneficiary's
 * with the telling. The vouchers themselves are the truth: what an index says too late is put right when it is read.
 */
import type { ListedVoucher, VoucherRole, VoucherState } from "@tallystick/protocol";
import { hasVoucherEnded, issuanceIdOf, VOUCHER_ROLES } from "@tallystick/protocol";
import { isUnavailable } from "../redis/availability.ts";
import { UnavailableError } from "../redis/errors.ts";
import { homeOf, type LedgerContext } from "./context.ts";
import { groupBy } from "./group-by.ts";
import { bookKey, type OpenEntry, openMember, parseOpenMember, partitionKeys, voucherKey } from "./keys.ts";
import { unpack } from "./packing.ts";
import type { Confirmable } from "./replication-barrier.ts";
import { runInBook } from "./run-in-book.ts";
import { readTerms, type VoucherTerms } from "./voucher-record.ts";

/** How many are remembered whose parties' servers do not answer; the rest is found when the index is read. */
const MOST_NOTED = 100_000;
/** How many entries one script changes, so that it stays short. */
const AT_ONCE = 100;
/** How many are looked at in one step of the walk through a partition. */
const WALKED_AT_ONCE = 25;

/** Which vouchers a list is of. */
export interface VoucherQuery {
  party: string;
  /** Only those in which the party has this role. */
  role?: VoucherRole | undefined;
  /** Only those in this state; those that live when absent. */
  state?: VoucherState | undefined;
  /** The last voucher of the page before. */
  before?: string | undefined;
  limit: number;
}

export interface VoucherPage {
  vouchers: ListedVoucher[];
  more: boolean;
}

/** A voucher's terms and state, as far as a list needs them. */
interface Found {
  terms: VoucherTerms;
  version: number;
  state: VoucherState;
  newest: Confirmable;
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
}

export class VoucherIndex {
  readonly #context: LedgerContext;
  /** Vouchers that have ended, and are among those that live in some of their parties' indexes. */
  readonly #ended: string[] = [];
  /** How far each partition has been walked. */
  readonly #walked = new Map<number, string>();

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /**
   * A page of a party's vouchers, newest first. Those whose payers' server does not answer are left out.
   *
   * @returns undefined when `before` is not a voucher of the party.
   */
  async list({ party, role, state, before, limit }: VoucherQuery): Promise<VoucherPage | undefined> {
    const index: IndexState = state && hasVoucherEnded(state) ? "ended" : "live";
    let end = `(${party};`;
    if (before !== undefined) {
      const found = await this.#read(before);
      if (found === "away") throw new UnavailableError(`the server that has ${before} does not answer`);
      if (!found || rolesOf(found.terms, party).length === 0) return undefined;
      end = `(${memberOf({ party, voucherId: before, issuedAt: found.terms.issuedAt })}`;
    }
    const vouchers: ListedVoucher[] = [];
    for (;;) {
      // One more than is wanted tells whether there are more.
      const entries = await this.#readEntries(index, party, end, limit + 1);
      const found = await this.#resolve(index, party, entries);
      // That a voucher is there at all is told when replicas have it.
      await Promise.all(found.map((each) => this.#context.barrier?.confirm(each.newest)));
      for (const { terms, version, state: actual } of found) {
        const roles = rolesOf(terms, party);
        const isWanted = (!role || roles.includes(role)) && (!state || state === actual);
        const [first] = role ? [role] : roles;
        if (isWanted && first)
          vouchers.push({ voucherId: terms.voucherId, version, state: actual, role: first });
      }
      if (vouchers.length > limit) return { vouchers: vouchers.slice(0, limit), more: true };
      const last = entries.at(-1);
      if (entries.length <= limit || !last) return { vouchers, more: false };
      end = `(${openMember(last)}`;
    }
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

  /** A party whose partition is another than the payer's has a voucher. */
  async enter(
    party: string,
    { voucherId, issuedAt }: { voucherId: string; issuedAt: number },
  ): Promise<void> {
    await this.#write([{ party, voucherId, issuedAt, state: "new" }], (_, error) => {
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
   * Moves the entries of what has ended. It may be late or never happen: an index is put right when it is read. What
   * could not be done now waits for the next time. The store may have gone back in time since: what lives there stays.
   *
   * @param failed is told of each error.
   */
  async moveEnded(failed: (error: unknown) => void = () => undefined): Promise<void> {
    const noted = [...new Set(this.#ended.splice(0))];
    for (let first = 0; first < noted.length; first += AT_ONCE) {
      const ids = noted.slice(first, first + AT_ONCE);
      const all = await Promise.all(ids.map((id) => this.#read(id)));
      this.#noteEnded(ids.filter((_, index) => all[index] === "away"));
      const entries = all.flatMap((found) =>
        found && found !== "away" && hasVoucherEnded(found.state) ? entriesOf(found, "ended") : [],
      );
      await this.#write(entries, (batch, error) => {
        failed(error);
        this.#noteEnded(new Set(batch.map(({ voucherId }) => voucherId)));
      });
    }
  }

  /**
   * The next step of a walk through a partition's vouchers, which begins again when it is through: what the other
   * parties' servers have lost or taken for ended, since one of them went back in time, is entered again. What is there already is no write.
   *
   * @param failed is told of the errors of other partitions.
   */
  async repair(partition: number, failed: (error: unknown) => void): Promise<void> {
    const key = partitionKeys.liveVouchers(partition);
    const after = this.#walked.get(partition) ?? "-";
    const members = await this.#context.store.zrangebylex(key, after, "+", "LIMIT", 0, WALKED_AT_ONCE);
    if (members.length < WALKED_AT_ONCE) this.#walked.delete(partition);
    else this.#walked.set(partition, `(${members.at(-1)}`);
    const all = await Promise.all(members.map((member) => this.#read(parseOpenMember(member).issuanceId)));
    const entries = all.flatMap((found, at): Entry[] => {
      const entry = parseOpenMember(members[at] as string);
      if (found === "away") return [];
      if (!found || !isOf(entry, found)) return [goneOf(entry)];
      if (hasVoucherEnded(found.state)) return entriesOf(found, "ended");
      // From the payer's partition alone, which is the voucher's own.
      const isHome = homeOf(this.#context, found.terms.payer) === partition;
      return isHome ? entriesOf(found, "live") : [];
    });
    await this.#write(entries, (_, error) => failed(error));
  }

  /** One script for the entries of one partition: partitions fail apart from each other. */
  async #write(entries: readonly Entry[], failed: (batch: Entry[], error: unknown) => void): Promise<void> {
    const byPartition = groupBy(entries, ({ party }) => homeOf(this.#context, party));
    const batches = [...byPartition].flatMap(([partition, all]) =>
      Array.from({ length: Math.ceil(all.length / AT_ONCE) }, async (_, index) => {
        const batch = all.slice(index * AT_ONCE, (index + 1) * AT_ONCE);
        const keys = [keyOf("live", partition), keyOf("ended", partition), bookKey(partition)];
        const rows = batch.flatMap((entry) => [memberOf(entry), entry.state]);
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

  /** The vouchers of entries that belong in an index; puts right the entries of the others. */
  async #resolve(index: IndexState, party: string, entries: readonly OpenEntry[]): Promise<Found[]> {
    const all = await Promise.all(entries.map(({ issuanceId: voucherId }) => this.#read(voucherId)));
    const right: Found[] = [];
    const wrong: Entry[] = [];
    for (const [at, found] of all.entries()) {
      const entry = entries[at] as OpenEntry;
      if (found === "away") continue;
      if (!found || !isOf(entry, found)) {
        wrong.push(goneOf(entry));
        continue;
      }
      const { voucherId, issuedAt } = found.terms;
      const isEnded = hasVoucherEnded(found.state);
      if (isEnded === (index === "ended")) right.push(found);
      else wrong.push({ party, voucherId, issuedAt, state: isEnded ? "ended" : "live" });
    }
    if (wrong.length > 0) await this.#write(wrong, () => undefined);
    return right;
  }

  async #read(voucherId: string): Promise<Found | "away" | undefined> {
    const key = voucherKey(issuanceIdOf(voucherId));
    const { store, book } = this.#context;
    try {
      book.check(key);
      const [packed, standing] = await store.hmget(key, "o", "s");
      const terms = packed ? readTerms(voucherId, packed) : undefined;
      if (!terms || !standing) {
        // An entry is taken out of what is none, and must not be where the payer's partition has lost everything.
        await book.confirm(key);
        return undefined;
      }
      const [number, state, digest = ""] = unpack(standing);
      const version = Number(number);
      return { terms, version, state: state as VoucherState, newest: { key, version, digest } };
    } catch (error) {
      if (isUnavailable(error)) return "away";
      throw error;
    }
  }
}

/** The roles that a party has in a voucher, in the order in which it acts. */
export function rolesOf(
  voucher: { issuer: string; payer: string; beneficiary: string },
  party: string,
): VoucherRole[] {
  return VOUCHER_ROLES.filter((role) => voucher[role] === party);
}

function keyOf(index: IndexState, partition: number): string {
  return index === "live" ? partitionKeys.liveVouchers(partition) : partitionKeys.endedVouchers(partition);
}

function memberOf({ party, voucherId, issuedAt }: Omit<Entry, "state">): string {
  return openMember({ party, indexedAt: issuedAt, issuanceId: voucherId });
}

/** The entries of all parties of a voucher. */
function entriesOf({ terms }: Found, state: IndexState): Entry[] {
  const { voucherId, issuedAt, issuer, payer, beneficiary } = terms;
  return [...new Set([issuer, payer, beneficiary])].map((party) => ({ party, voucherId, issuedAt, state }));
}

/** Whether an entry is a voucher's. One of another time was made before the store went back, and it was issued anew. */
function isOf({ indexedAt }: OpenEntry, { terms }: Found): boolean {
  return Number(indexedAt) === terms.issuedAt;
}

/** The entry of a voucher that is not there. Should the store's data be brought back, the walk enters it again. */
function goneOf({ party, indexedAt, issuanceId: voucherId }: OpenEntry): Entry {
  return { party, voucherId, issuedAt: Number(indexedAt), state: "gone" };
}
