/**
 * Reads records of many partitions by their ids, with one script for all that are sure to be on one server. Servers, and
 * partitions, fail apart from each other.
 */
import { isUnavailable } from "../redis/availability.ts";
import type { LedgerContext } from "./context.ts";
import { groupBy } from "./group-by.ts";
import { partitionOfKey } from "./keys.ts";

/** `away`: the server that has it does not answer, or its partition has lost the book; undefined: there is none. */
export type Found<T> = T | "away" | undefined;

export interface SpreadReading<T> {
  /** Tells so many values of each key, in order. */
  script: string;
  length: number;
  keyOf: (id: string) => string;
  /** Undefined where the values are of nothing. */
  read: (id: string, values: readonly string[]) => T | undefined;
}

/** In the order of the ids. */
export async function readSpread<T>(
  context: LedgerContext,
  ids: readonly string[],
  { script, length, keyOf, read }: SpreadReading<T>,
): Promise<Found<T>[]> {
  const { isSpread, scripts, book } = context;
  const keys = ids.map(keyOf);
  const found: Found<T>[] = ids.map(() => "away");
  const served = [...ids.keys()].filter((index) => isServed(book, keys[index] as string));
  const groups = groupBy(served, (index) => (isSpread ? partitionOfKey(keys[index] as string) : 0));
  const readGroup = async (indexes: number[]) => {
    const asked = indexes.map((index) => keys[index] as string);
    const reply = await scripts.run(script, asked, []).catch((error: unknown) => {
      if (isUnavailable(error)) return undefined;
      throw error;
    });
    for (const [position, index] of indexes.entries())
      if (reply)
        found[index] = read(ids[index] as string, reply.slice(length * position, length * (position + 1)));
  };
  await Promise.all([...groups.values()].map(readGroup));
  await takeLostForAway(context, keys, found);
  return found;
}

/** What a partition that must not be served holds is not this book's. */
function isServed(book: LedgerContext["book"], key: string): boolean {
  try {
    book.check(key);
    return true;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  }
}

/** A partition that has lost the book has none of its records either: entries that name them must not go. */
async function takeLostForAway<T>(
  { book }: LedgerContext,
  keys: readonly string[],
  found: Found<T>[],
): Promise<void> {
  const none = [...keys.keys()].filter((index) => found[index] === undefined);
  const byPartition = groupBy(none, (index) => partitionOfKey(keys[index] as string));
  const confirm = async ([first, ...others]: number[]) => {
    try {
      await book.confirm(keys[first as number] as string);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      for (const index of [first as number, ...others]) found[index] = "away";
    }
  };
  await Promise.all([...byPartition.values()].map(confirm));
}
