/** What an operator does about a book that has lost its name, or partitions of it: `tallystick book begin`. */
import { masters, type Store } from "../redis/connect.ts";
import { BookError, beginBook, readMarkers, writeMarkers } from "./book.ts";
import { HUBS_KEYS, parseKey, partitionOf } from "./keys.ts";

/** What there is, and so what beginning would do. */
export type Beginning =
  /** Nothing is lost, and nothing is to do. */
  | { kind: "whole"; id: string }
  /** The store is empty: a new book. */
  | { kind: "empty" }
  /** There is data without a name: a new name for it. */
  | { kind: "nameless"; keys: number }
  /** Some partitions have lost their marker: the book's name is written there again. */
  | { kind: "blank"; id: string; blank: readonly number[] };

/**
 * Looks what there is.
 *
 * @throws BookError when the store's book is of another format, or was made with other partitions.
 */
export async function lookAtBook(store: Store, partitions: number): Promise<Beginning> {
  const { id, blank } = await readMarkers(store, partitions);
  if (id !== undefined) return blank.length === 0 ? { kind: "whole", id } : { kind: "blank", id, blank };
  const keys = await countKeys(store, partitions);
  return keys === 0 ? { kind: "empty" } : { kind: "nameless", keys };
}

/** Writes the book's id wherever it is missing; a new one where it is missing everywhere. Answers the id. */
export async function beginAgain(store: Store, partitions: number): Promise<string> {
  const { id } = await readMarkers(store, partitions);
  if (id === undefined) return (await beginBook(store, partitions, { byOperator: true })).id;
  await writeMarkers(store, { id, partitions, byOperator: true });
  return id;
}

/** Counts a book's keys. @throws BookError when they are of a book that was made with other partitions. */
async function countKeys(store: Store, partitions: number): Promise<number> {
  let count = 0;
  for (const server of masters(store)) {
    let cursor = "0";
    do {
      const [next, keys] = await server.scan(cursor, "MATCH", "ts:{*", "COUNT", 1000);
      for (const key of keys) if (!fits(key, partitions)) throw new BookError(otherCut(key, partitions));
      count += keys.filter((key) => !HUBS_KEYS.has(key)).length;
      cursor = next;
    } while (cursor !== "0");
  }
  return count;
}

/** The same account must never exist in two partitions. */
function fits(key: string, partitions: number): boolean {
  const partition = Number(/^ts:\{(\d+)\}:/.exec(key)?.[1]);
  if (!(partition < partitions)) return false;
  const parsed = parseKey(key);
  if (parsed?.kind !== "account") return true;
  return partitionOf(parsed.party, partitions) === partition;
}

function otherCut(key: string, partitions: number): string {
  return `PARTITIONS is ${partitions}, but ${key} shows that the book was made with another number: set PARTITIONS to that`;
}
