/** Lists that each partition keeps by time, read as one, the oldest first, a page at a time. */
import { isUnavailable } from "../redis/availability.ts";
import type { LedgerContext } from "./context.ts";

/** A page looks at this many at the most, so that one of which few are wanted does not take long. */
const MOST_LOOKED_AT = 1000;
/** So many in one partition can have been made in one millisecond; a page may end among them. */
const IN_ONE_MILLISECOND = 64;

export interface PageQuery {
  /** The `next` of the page before. */
  after?: string | undefined;
  limit: number;
}

export interface MergedPage<T> {
  found: T[];
  /** Goes into `after`, when there may be more. */
  next?: string;
  /** Of how many partitions it lacks what is there, since they do not answer or are not this book's now. */
  degraded?: number;
}

/** An entry of a partition's list. */
export interface TimedEntry {
  partition: number;
  /** ms. */
  at: number;
  id: string;
}

interface MergedList<T> {
  /** The sorted set of a partition: ids by time, ms. */
  keyOf: (partition: number) => string;
  /** What an entry names; undefined when it is none, or not wanted. */
  find: (entry: TimedEntry) => Promise<T | undefined>;
}

/**
 * A page; it may have fewer than asked for, and others follow it all the same.
 *
 * @throws the client's error when no partition answers.
 */
export async function readMergedPage<T extends object>(
  context: LedgerContext,
  { keyOf, find }: MergedList<T>,
  { after, limit }: PageQuery,
): Promise<MergedPage<T>> {
  const found: T[] = [];
  const away = new Away();
  const end = (next?: Place): MergedPage<T> => ({
    found,
    ...(next && { next: cursorOf(next) }),
    ...(away.partitions.size > 0 && { degraded: away.partitions.size }),
  });
  let last = after === undefined ? undefined : readCursor(after);
  for (let looked = 0; looked < MOST_LOOKED_AT; ) {
    // One more than is wanted tells whether there are more.
    const entries = await entriesAfter(context, keyOf, { last, count: limit + 1 }, away);
    // What has gone away since the entries were read is left out like what was never read.
    const each = await Promise.all(
      entries.map((entry) => away.unless(entry.partition, () => find(entry), undefined)),
    );
    for (const [index, entry] of entries.entries()) {
      if (found.length === limit) return end(last);
      last = entry;
      const one = each[index];
      if (one) found.push(one);
    }
    if (entries.length <= limit) return end();
    looked += entries.length;
  }
  return end(last);
}

/** The partitions that do not answer, or are not this book's now. */
class Away {
  readonly partitions = new Set<number>();
  /** Of the last of them. */
  error: unknown;

  /** What a partition answers; another thing when it does not. */
  async unless<T>(partition: number, read: () => Promise<T>, instead: T): Promise<T> {
    if (this.partitions.has(partition)) return instead;
    try {
      return await read();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.partitions.add(partition);
      this.error = error;
      return instead;
    }
  }
}

/** Where a page ends. */
type Place = Pick<TimedEntry, "at" | "id">;

/** Merges the lists of all partitions that answer. */
async function entriesAfter(
  { partitions, store, book }: LedgerContext,
  keyOf: (partition: number) => string,
  { last, count }: { last: Place | undefined; count: number },
  away: Away,
): Promise<TimedEntry[]> {
  const read = async (partition: number): Promise<TimedEntry[]> => {
    const key = keyOf(partition);
    book.check(key);
    const [from, most] = [last?.at ?? "-inf", count + IN_ONE_MILLISECOND];
    const list = await store.zrangebyscore(key, from, "+inf", "WITHSCORES", "LIMIT", 0, most);
    return readEntries(partition, list);
  };
  const lists = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => away.unless(partition, () => read(partition), [])),
  );
  if (away.partitions.size === partitions) throw away.error;
  return lists
    .flat()
    .filter((entry) => last === undefined || byAge(last, entry) < 0)
    .sort(byAge)
    .slice(0, count);
}

function readEntries(partition: number, list: readonly string[]): TimedEntry[] {
  const entries: TimedEntry[] = [];
  for (let index = 0; index < list.length; index += 2)
    entries.push({ partition, id: list[index] as string, at: Number(list[index + 1]) });
  return entries;
}

function byAge(one: Place, other: Place): number {
  return one.at - other.at || (one.id < other.id ? -1 : Number(one.id > other.id));
}

function cursorOf({ at, id }: Place): string {
  return `${at}:${id}`;
}

function readCursor(cursor: string): Place {
  const [at, id = ""] = cursor.split(":");
  return { at: Number(at), id };
}
