/** All that waits for an operator since the store went back in time, the oldest first, a page at a time. */
import type { Fence, FencePage } from "@tallystick/protocol";
import type { LedgerContext } from "./context.ts";
import { partitionKeys } from "./keys.ts";

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

  /** A page; it may have fewer than asked for, and others follow it all the same. */
  async page({ party, after, limit }: FenceQuery): Promise<FencePage> {
    const fences: Fence[] = [];
    let last = after === undefined ? undefined : readCursor(after);
    for (let looked = 0; looked < MOST_LOOKED_AT; ) {
      // One more than is wanted tells whether there are more.
      const entries = await this.#entriesAfter(last, limit + 1);
      const found = await Promise.all(entries.map(({ id }) => this.#find(id)));
      for (const [index, entry] of entries.entries()) {
        if (fences.length === limit) return { fences, next: cursorOf(last as Entry) };
        last = entry;
        const fence = found[index];
        if (fence && (party === undefined || concerns(fence, party))) fences.push(fence);
      }
      if (entries.length <= limit) return { fences };
      looked += entries.length;
    }
    return { fences, next: cursorOf(last as Entry) };
  }

  /** Merges the lists of all partitions. */
  async #entriesAfter(last: Entry | undefined, count: number): Promise<Entry[]> {
    const { store, partitions } = this.#context;
    const lists = await Promise.all(
      Array.from({ length: partitions }, (_, partition) =>
        store.zrangebyscore(
          partitionKeys.fences(partition),
          last?.at ?? "-inf",
          "+inf",
          "WITHSCORES",
          "LIMIT",
          0,
          count + IN_ONE_MILLISECOND,
        ),
      ),
    );
    return lists
      .flatMap(readEntries)
      .filter((entry) => last === undefined || byAge(last, entry) < 0)
      .sort(byAge)
      .slice(0, count);
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
