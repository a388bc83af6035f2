/** All that waits for an operator since the store went back in time, the oldest first, a page at a time. */
import type { Fence, FencePage } from "@tallystick/protocol";
import { isUnavailable } from "../redis/availability.ts";
import type { LedgerContext } from "./context.ts";
import { partitionKeys, partitionOfIssuance } from "./keys.ts";

/** A page looks at this many at the most, so that one of a party that has few of them does not take long. */
const MOST_LOOKED_AT = 1000;
/** So many in one partition can have been made in one millisecond; a page may end among them. */
const IN_ONE_MILLISECOND = 64;

export interface FenceQuery {
  /** Only what this party has shown, or takes part in. */
  party?: string | undefined;
  /** The `next` of the page before. */
  after?: string | undefined;
  limit: number;
}

/** An entry of a partition's list. */
interface Entry {
  at: number;
  id: string;
}

export class FenceList {
  readonly #context: LedgerContext;
  readonly #find: (issuanceId: string) => Promise<Fence | undefined>;

  constructor(context: LedgerContext, find: (issuanceId: string) => Promise<Fence | undefined>) {
    this.#context = context;
    this.#find = find;
  }

  /**
   * A page; it may have fewer than asked for, and others follow it all the same. It says of how many partitions it
   * lacks what is there, since they do not answer or are not this book's now.
   *
   * @throws the client's error when none answers.
   */
  async page({ party, after, limit }: FenceQuery): Promise<FencePage> {
    const fences: Fence[] = [];
    const away = new Set<number>();
    const end = (next?: string): FencePage => ({
      fences,
      ...(next !== undefined && { next }),
      ...(away.size > 0 && { degraded: away.size }),
    });
    let last = after === undefined ? undefined : readCursor(after);
    for (let looked = 0; looked < MOST_LOOKED_AT; ) {
      // One more than is wanted tells whether there are more.
      const entries = await this.#entriesAfter(last, limit + 1, away);
      const found = await Promise.all(entries.map(({ id }) => this.#findApart(id, away)));
      for (const [index, entry] of entries.entries()) {
        if (fences.length === limit) return end(cursorOf(last as Entry));
        last = entry;
        const fence = found[index];
        if (fence && (party === undefined || concerns(fence, party))) fences.push(fence);
      }
      if (entries.length <= limit) return end();
      looked += entries.length;
    }
    return end(cursorOf(last as Entry));
  }

  /** Merges the lists of all partitions that answer, and adds the others to `away`. */
  async #entriesAfter(last: Entry | undefined, count: number, away: Set<number>): Promise<Entry[]> {
    const { partitions } = this.#context;
    let failure: unknown;
    const read = async (partition: number): Promise<Entry[]> => {
      if (away.has(partition)) return [];
      try {
        return await this.#readPartition(partition, { last, count });
      } catch (error) {
        if (!isUnavailable(error)) throw error;
        away.add(partition);
        failure = error;
        return [];
      }
    };
    const lists = await Promise.all(Array.from({ length: partitions }, (_, partition) => read(partition)));
    if (away.size === partitions) throw failure;
    return lists
      .flat()
      .filter((entry) => last === undefined || byAge(last, entry) < 0)
      .sort(byAge)
      .slice(0, count);
  }

  async #readPartition(
    partition: number,
    { last, count }: { last: Entry | undefined; count: number },
  ): Promise<Entry[]> {
    const { store, book } = this.#context;
    const key = partitionKeys.fences(partition);
    book.check(key);
    const most = count + IN_ONE_MILLISECOND;
    return readEntries(
      await store.zrangebyscore(key, last?.at ?? "-inf", "+inf", "WITHSCORES", "LIMIT", 0, most),
    );
  }

  /** A fence whose server has gone away meanwhile is left out like those that were never read. */
  async #findApart(issuanceId: string, away: Set<number>): Promise<Fence | undefined> {
    try {
      return await this.#find(issuanceId);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      away.add(partitionOfIssuance(issuanceId));
      return undefined;
    }
  }
}

function readEntries(list: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  for (let index = 0; index < list.length; index += 2)
    entries.push({ id: list[index] as string, at: Number(list[index + 1]) });
  return entries;
}

function byAge(one: Entry, other: Entry): number {
  return one.at - other.at || (one.id < other.id ? -1 : Number(one.id > other.id));
}

function cursorOf({ at, id }: Entry): string {
  return `${at}:${id}`;
}

function readCursor(cursor: string): Entry {
  const [at, id = ""] = cursor.split(":");
  return { at: Number(at), id };
}

function concerns({ by, issuance, voucher }: Fence, party: string): boolean {
  if (voucher) return [voucher.issuer, voucher.payer, voucher.beneficiary].includes(party);
  return issuance ? issuance.issuer === party || issuance.payer === party : by === party;
}
