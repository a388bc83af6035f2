/**
 * Walks the indexes of open issuances and of vouchers, a few entries at a time, and puts right what nobody else would: an
 * entry that its server has lost, since that server alone went back in time; and one that a hub left behind when it
 * died. Both sides of an issuance are looked at from the payer's partition and from the issuer's.
 */
import { hasEnded } from "@tallystick/protocol";
import type { LedgerContext } from "./context.ts";
import { type Indexed, IssuerIndex, type Pruned } from "./issuer-index.ts";
import { type OpenEntry, parseOpenMember, partitionKeys } from "./keys.ts";
import { toPrune } from "./open-issuances.ts";
import { readStandings } from "./standings.ts";
import type { Untouched } from "./untouched.ts";
import type { VoucherIndex } from "./voucher-index.ts";

/** How many partitions are looked at in one round, and how many entries of each: it costs little however much is open. */
const SLOW = { partitions: 4, entries: 25 };
/** The same while something may have been lost just now. */
const FAST = { partitions: 32, entries: 100 };
/** The indexes of a partition, in the order in which they are walked. */
const LISTS = ["open", "live", "ended", "untouched"] as const;

type List = (typeof LISTS)[number];

/** How far a partition has been walked: in which of its indexes, and after which entry. */
interface Place {
  list: number;
  after: string;
}

export class IndexRepair {
  readonly #context: LedgerContext;
  readonly #index: IssuerIndex;
  readonly #vouchers: VoucherIndex;
  readonly #untouched: Untouched;
  /** The partition whose turn it is. */
  #next = 0;
  /** How far each partition has been walked. */
  readonly #walked = new Map<number, Place>();
  /** Those that are walked in haste, from their start. */
  readonly #hasty = new Set<number>();

  constructor(context: LedgerContext, vouchers: VoucherIndex, untouched: Untouched) {
    this.#context = context;
    this.#index = new IssuerIndex(context);
    this.#vouchers = vouchers;
    this.#untouched = untouched;
    // Nobody knows what happened before.
    this.hurry();
  }

  /** A server may have gone back in time just now: all is walked once, and fast. */
  hurry(): void {
    this.#walked.clear();
    for (let partition = 0; partition < this.#context.partitions; partition++) this.#hasty.add(partition);
  }

  /** The partitions to look at in this round. Each is a step by itself, since they fail apart from each other. */
  nextPartitions(): number[] {
    if (this.#hasty.size > 0) return [...this.#hasty].slice(0, FAST.partitions);
    const { partitions } = this.#context;
    const count = Math.min(SLOW.partitions, partitions);
    const chosen = Array.from({ length: count }, (_, index) => (this.#next + index) % partitions);
    this.#next = (this.#next + count) % partitions;
    return chosen;
  }

  /**
   * The next step of a partition's walk, which begins again when it is through.
   *
   * @param failed is told of the errors of other partitions, in which its issuances and vouchers or their parties are.
   * @returns how many entries of open issuances were missing.
   */
  async step(partition: number, failed: (error: unknown) => void): Promise<number> {
    const isHasty = this.#hasty.delete(partition);
    const { entries: limit } = isHasty ? FAST : SLOW;
    let { list, after }: Place = this.#walked.get(partition) ?? { list: 0, after: "-" };
    let restored = 0;
    try {
      // Read together, since most of the time there is little in any of them.
      const pages = await this.#pages(partition, { list, after }, limit);
      for (let left = limit; left > 0 && list < LISTS.length; ) {
        const page = pages[list] as string[];
        const members = page.slice(0, left);
        restored += await this.#walk(list, partition, members, failed);
        left -= members.length;
        [list, after] =
          page.length < limit && members.length === page.length
            ? [list + 1, "-"]
            : [list, `(${members.at(-1)}`];
      }
      if (list < LISTS.length) this.#walked.set(partition, { list, after });
      else this.#walked.delete(partition);
      // Where one was lost there may be more.
      if (restored > 0) this.hurry();
      return restored;
    } finally {
      // It goes on after the others have had their turn.
      if (isHasty && list < LISTS.length) this.#hasty.add(partition);
    }
  }

  /** The first entries of each index from a place on; of those before it, none. */
  #pages(partition: number, { list, after }: Place, limit: number): Promise<string[][]> {
    const { store } = this.#context;
    return Promise.all(
      LISTS.map(async (index, number) => {
        if (number < list) return [];
        const from = number === list ? after : "-";
        return store.zrangebylex(keyOf(index, partition), from, "+", "LIMIT", 0, limit);
      }),
    );
  }

  /** Looks at entries of one index, and says how many of open issuances were missing. */
  async #walk(
    list: number,
    partition: number,
    members: readonly string[],
    failed: (error: unknown) => void,
  ): Promise<number> {
    const index = LISTS[list] as List;
    const entries = members.map(parseOpenMember);
    if (index === "open") return this.#compare(entries, failed);
    if (index === "untouched") await this.#untouched.dropWrong(members);
    else await this.#vouchers.repair(index, partition, entries, failed);
    return 0;
  }

  /** Holds entries against their issuances. */
  async #compare(entries: readonly OpenEntry[], failed: (error: unknown) => void): Promise<number> {
    const ids = entries.map(({ issuanceId }) => issuanceId);
    const standings = await readStandings(this.#context, ids);
    const missing: Indexed[] = [];
    const surplus: Pruned[] = [];
    for (const [index, entry] of entries.entries()) {
      const standing = standings[index];
      if (standing === "away") continue;
      const pruned = toPrune(entry, standing);
      if (pruned) surplus.push(pruned);
      // The payer's own entry is written with the issuance. Whether the issuer's is there is asked where it belongs.
      const isOpen = standing && !hasEnded(standing.state);
      if (isOpen && (pruned?.reason === "stray" || entry.party === standing.payer)) missing.push(standing);
    }
    // What is right comes first, so that a request is never without an entry in between.
    const restored = await this.#index.restore(missing, failed);
    await this.#index.prune(surplus, (_, error) => failed(error));
    return restored;
  }
}

function keyOf(index: List, partition: number): string {
  const { open, liveVouchers, endedVouchers, untouched } = partitionKeys;
  const keys = { open, live: liveVouchers, ended: endedVouchers, untouched };
  return keys[index](partition);
}
