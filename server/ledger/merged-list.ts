/** Lists that each partition keeps by time, read as one, the oldest first, a page at a time. */
import type { LedgerContext } from "./context.ts";

/** So many in one partition can have been made in one millisecond; a page may end among them. */
const IN_ONE_MILLISECOND = 64;

/** An entry of a partition's list. */
export interface TimedEntry {
  at: number;
  id: string;
}

/**
 * Merges the lists of all partitions.
 *
 * @param keyOf the sorted set of a partition: ids by time, ms.
 * @param last where the page before ended.
 */
export async function readMerged(
  { store, partitions }: Pick<LedgerContext, "store" | "partitions">,
  keyOf: (partition: number) => string,
  { last, count }: { last: TimedEntry | undefined; count: number },
): Promise<TimedEntry[]> {
  const from = last?.at ?? "-inf";
  const lists = await Promise.all(
    Array.from({ length: partitions }, (_, partition) =>
      store.zrangebyscore(
        keyOf(partition),
        from,
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

function readEntries(list: readonly string[]): TimedEntry[] {
  const entries: TimedEntry[] = [];
  for (let index = 0; index < list.length; index += 2)
    entries.push({ id: list[index] as string, at: Number(list[index + 1]) });
  return entries;
}

function byAge(one: TimedEntry, other: TimedEntry): number {
  return one.at - other.at || (one.id < other.id ? -1 : Number(one.id > other.id));
}

/** Where a page ends, as `?after=` takes it. */
export function cursorOf({ at, id }: TimedEntry): string {
  return `${at}:${id}`;
}

export function readCursor(cursor: string): TimedEntry {
  const [at, id = ""] = cursor.split(":");
  return { at: Number(at), id };
}
