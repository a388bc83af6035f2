/**
 * What is in the book, counted a little at a time: issuances and vouchers by state, what is frozen, what waits for an
 * operator. A walk through the whole book is never made in one go: each round looks at so many entries, and what is told is
 * how the last walk found it.
 */
import { hasEnded, hasVoucherEnded, issuanceIdOf, type State, type VoucherState } from "@tallystick/protocol";
import type { LedgerContext } from "./context.ts";
import { issuanceKeys, parseOpenMember, partitionKeys, partitionOfIssuance, voucherKey } from "./keys.ts";
import { unpack } from "./packing.ts";
import { readHash } from "./record.ts";

/** How many entries of indexes one round looks at, about. */
const ENTRIES_AT_ONCE = 500;
/** How many entries are read together. */
const PAGE = 100;
/** How many partitions one round looks at, at the most. */
const PARTITIONS_AT_ONCE = 32;

/** What waits in a partition. */
export interface Waiting {
  fences: number;
  settlementsOpen: number;
  settlementsFailed: number;
}

/** What a walk through the book has found. */
export interface Counted {
  /** When it ended, ms on this hub's clock. */
  at: number;
  issuances: ReadonlyMap<State, number>;
  vouchers: ReadonlyMap<VoucherState, number>;
  /** By currency, minor units. */
  frozen: ReadonlyMap<string, number>;
}

/** A walk that is under way. */
interface Walk {
  partition: number;
  list: "open" | "live";
  /** The last entry that was looked at. */
  after: string;
  issuances: Map<State, number>;
  vouchers: Map<VoucherState, number>;
  frozen: Map<string, number>;
}

const start = (): Walk => ({
  partition: 0,
  list: "open",
  after: "-",
  issuances: new Map(),
  vouchers: new Map(),
  frozen: new Map(),
});

function add<K>(counts: Map<K, number>, key: K, amount: number): void {
  counts.set(key, (counts.get(key) ?? 0) + amount);
}

/** What a sum is called that has not been paid out. */
const CLEARING = "clearing:";

export class Census {
  readonly #context: LedgerContext;
  readonly #waiting = new Map<number, Waiting>();
  /** The partition whose lists of what waits are looked at next. */
  #next = 0;
  /** By partition, what its clearing has. */
  readonly #clearing = new Map<number, ReadonlyMap<string, number>>();
  /** Somebody wants to know what is in clearing, which costs a reading of each partition. */
  isWatched = false;
  #walk = start();
  #counted: Counted | undefined;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /** How the last walk found the book; undefined before its first end, and where another hub walks. */
  get counted(): Counted | undefined {
    return this.#counted;
  }

  /** What waits in all partitions that have been looked at; undefined where another hub looks. */
  get waiting(): Waiting | undefined {
    if (this.#waiting.size === 0) return undefined;
    const sum = { fences: 0, settlementsOpen: 0, settlementsFailed: 0 };
    for (const { fences, settlementsOpen, settlementsFailed } of this.#waiting.values()) {
      sum.fences += fences;
      sum.settlementsOpen += settlementsOpen;
      sum.settlementsFailed += settlementsFailed;
    }
    return sum;
  }

  /** What has left payers' accounts and is not paid out, by currency, minor units; of the partitions looked at so far. */
  get clearing(): ReadonlyMap<string, number> {
    const sum = new Map<string, number>();
    for (const partition of this.#clearing.values())
      for (const [currency, amount] of partition) add(sum, currency, amount);
    return sum;
  }

  /** Another hub counts from now on. */
  forget(): void {
    this.#waiting.clear();
    this.#clearing.clear();
    this.#walk = start();
    this.#counted = undefined;
  }

  /**
   * Looks at the next entries.
   *
   * @param failed is told of the errors of partitions that do not answer; they are passed over.
   * @param options.goesOn is asked between any two of them, since each may be waited for.
   */
  async step(
    failed: (error: unknown) => void,
    { goesOn = () => true }: { goesOn?: () => boolean } = {},
  ): Promise<void> {
    await this.#lookAtWaiting(failed);
    const next = nextOf(this.#walk.partition, this.#context.partitions);
    const filled = await this.#count(next, [partitionKeys.open, partitionKeys.liveVouchers], failed);
    let partitions = 0;
    for (let entries = 0; entries < ENTRIES_AT_ONCE && partitions < PARTITIONS_AT_ONCE && goesOn(); ) {
      const walk = this.#walk;
      const [open, live] = filled.get(walk.partition) ?? [];
      // What was empty just now is not read. One that could not be counted is, and says why.
      const isEmpty = (walk.list === "open" ? open : live) === 0;
      const read = isEmpty
        ? 0
        : await this.#readPage(walk).catch((error: unknown) => {
            failed(error);
            return 0;
          });
      // Another hub has begun to count meanwhile.
      if (walk !== this.#walk) return;
      entries += read;
      if (read === PAGE) continue;
      walk.after = "-";
      if (walk.list === "open") {
        walk.list = "live";
        continue;
      }
      walk.list = "open";
      walk.partition += 1;
      partitions += 1;
      if (walk.partition < this.#context.partitions) continue;
      this.#counted = { ...walk, at: Date.now() };
      this.#walk = start();
      return;
    }
  }

  async #lookAtWaiting(failed: (error: unknown) => void): Promise<void> {
    const { partitions } = this.#context;
    const chosen = nextOf(this.#next, partitions);
    this.#next = (this.#next + chosen.length) % partitions;
    const { fences, openSettlements, failedSettlements } = partitionKeys;
    const found = await this.#count(chosen, [fences, openSettlements, failedSettlements], failed);
    for (const [partition, [waits = 0, open = 0, lost = 0]] of found)
      this.#waiting.set(partition, { fences: waits, settlementsOpen: open, settlementsFailed: lost });
    if (!this.isWatched) return;
    await Promise.all([...found.keys()].map((partition) => this.#readClearing(partition).catch(failed)));
  }

  async #readClearing(partition: number): Promise<void> {
    const sums = await this.#context.store.hgetall(partitionKeys.sums(partition));
    const clearing = Object.entries(sums).filter(([name]) => name.startsWith(CLEARING));
    this.#clearing.set(
      partition,
      new Map(clearing.map(([name, amount]) => [name.slice(CLEARING.length), Number(amount)])),
    );
  }

  /** How long some lists of partitions are, in one script for each server; those that can't be told are left out. */
  async #count(
    chosen: readonly number[],
    lists: readonly ((partition: number) => string)[],
    failed: (error: unknown) => void,
  ): Promise<Map<number, number[]>> {
    const { isSpread, scripts, book } = this.#context;
    const found = new Map<number, number[]>();
    const count = async (group: readonly number[]) => {
      const keys = group.flatMap((partition) => lists.map((keyOf) => keyOf(partition)));
      const [, ...counts] = await scripts.run("count-entries", keys, [], {});
      for (const [index, partition] of group.entries()) {
        const own = counts.slice(index * lists.length, (index + 1) * lists.length);
        if (own.includes("")) failed(new Error(`a list of partition ${partition} is none`));
        else found.set(partition, own.map(Number));
      }
    };
    const served = chosen.filter((partition) => {
      try {
        book.check(partitionKeys.fences(partition));
        return true;
      } catch (error) {
        failed(error);
        return false;
      }
    });
    const groups = isSpread ? served.map((partition) => [partition]) : [served];
    await Promise.all(groups.map((group) => group.length > 0 && count(group).catch(failed)));
    return found;
  }

  /** Counts the next entries of a list; answers how many there were. */
  async #readPage(walk: Walk): Promise<number> {
    const { store, book } = this.#context;
    const { partition, list } = walk;
    const key = list === "open" ? partitionKeys.open(partition) : partitionKeys.liveVouchers(partition);
    book.check(key);
    const members = await store.zrangebylex(key, walk.after, "+", "LIMIT", 0, PAGE);
    const entries = members.map(parseOpenMember);
    await Promise.all(
      entries.map(({ party, issuanceId: id }) =>
        list === "open" ? this.#countIssuance(walk, party, id) : this.#countVoucher(walk, party, id),
      ),
    );
    const last = members.at(-1);
    if (last !== undefined) walk.after = `(${last}`;
    return members.length;
  }

  /** Each is counted once, by its payer's entry. */
  async #countIssuance(walk: Walk, party: string, issuanceId: string): Promise<void> {
    if (partitionOfIssuance(issuanceId) !== walk.partition) return;
    const [o, s] = await this.#context.store.hmget(issuanceKeys(issuanceId)[0], "o", "s");
    const record = o && s ? readHash(issuanceId, { o, s })?.record : undefined;
    if (record?.payer === party && !hasEnded(record.state)) add(walk.issuances, record.state, 1);
  }

  async #countVoucher(walk: Walk, party: string, voucherId: string): Promise<void> {
    const issuanceId = issuanceIdOf(voucherId);
    if (partitionOfIssuance(issuanceId) !== walk.partition) return;
    const [o, s] = await this.#context.store.hmget(voucherKey(issuanceId), "o", "s");
    if (!o || !s) return;
    const [, payer, , , currency = ""] = unpack(o);
    const [, state, , , , pending, remaining] = unpack(s);
    if (payer !== party || hasVoucherEnded(state as VoucherState)) return;
    add(walk.vouchers, state as VoucherState, 1);
    add(walk.frozen, currency, Number(pending) + Number(remaining));
  }
}

/** The partitions that one round looks at, from one on. */
function nextOf(first: number, partitions: number): number[] {
  const count = Math.min(PARTITIONS_AT_ONCE, partitions);
  return Array.from({ length: count }, (_, index) => (first + index) % partitions);
}
