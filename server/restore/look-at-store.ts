/** Whether a book can be restored into a store: it is empty, holds what a restore has left, or a book that nobody has used. */

import { RESTORING } from "../ledger/book.ts";
import { readJournalEntry } from "../ledger/journal-entry.ts";
import { bookKey, HUBS_KEYS, partitionKeys, partitionOfKey } from "../ledger/keys.ts";
import { masters, type Store } from "../redis/connect.ts";
import { type JournalSource, RestoreError } from "./source.ts";

/** What there is, and so what comes next. */
export type FoundStore =
  /** All is there, and only the end is missing. */
  | { kind: "complete" }
  /** Nothing that counts. `replaces`: a book in which nothing has happened, as a hub begins it in an empty store. */
  | { kind: "free"; replaces?: { id: string; partitions: number } };

export const EMPTY_IT =
  "a book is restored into an empty store alone, so empty it, or set REDIS_URL or DATA_DIR to another";

/** What a book has in which nothing has happened. */
const UNUSED: ReadonlySet<string> = new Set(["book", "confirmed", "journal", "signing-keys"]);
/** A new book has no more entries than the keys that its hubs publish. */
const MOST_ENTRIES = 100;

/** @throws RestoreError when the store holds anything else. */
export async function lookAtStore(store: Store, { bookId, partitions }: JournalSource): Promise<FoundStore> {
  const markers = await Promise.all(
    Array.from({ length: partitions }, (_, partition) =>
      store.hmget(bookKey(partition), "id", RESTORING, "restored", "partitions"),
    ),
  );
  const other = markers.find(([, restoring]) => typeof restoring === "string" && restoring !== bookId)?.[1];
  if (other)
    throw new RestoreError(
      `the store holds a part of the book ${other}, which was being restored: ${EMPTY_IT}`,
    );
  const isBegun = markers.some(([, restoring]) => typeof restoring === "string");
  const lost = markers.findIndex(([id, , restored]) => id !== bookId && restored !== "1");
  if (isBegun && lost < 0) return { kind: "complete" };
  if (isBegun && markers.some(([id]) => id === bookId))
    throw new RestoreError(`partition ${lost} has lost what was restored of the book ${bookId}: ${EMPTY_IT}`);
  const [id, , , madeWith] = markers.find(([present]) => typeof present === "string") ?? [];
  // What is there without a name is what a restore has left.
  if (!id && isBegun) return { kind: "free" };
  if (id && (id === bookId || !(await isUnused(store))))
    throw new RestoreError(`the store holds the book ${id}: ${EMPTY_IT}`);
  if (id) return { kind: "free", replaces: { id, partitions: Number(madeWith) } };
  let count = 0;
  for await (const keys of keysOf(store)) count += keys.length;
  if (count > 0) throw new RestoreError(`the store holds ${count} keys of a book: ${EMPTY_IT}`);
  return { kind: "free" };
}

/** True when nothing has happened in the store's book: nobody has put an account or asked for anything. */
export async function isUnused(store: Store): Promise<boolean> {
  for await (const keys of keysOf(store)) {
    for (const key of keys) {
      const noun = key.slice(key.indexOf("}:") + 2);
      if (!UNUSED.has(noun)) return false;
      if (noun !== "journal") continue;
      const entries = await store.xrange(
        partitionKeys.journal(partitionOfKey(key)),
        "-",
        "+",
        "COUNT",
        MOST_ENTRIES + 1,
      );
      const isOther = entries.some(([, fields]) => readJournalEntry(fields)?.kind !== "key.published");
      if (isOther || entries.length > MOST_ENTRIES) return false;
    }
  }
  return true;
}

/** A book's keys, in pages, but for what hubs write of themselves whether or not there is a book. */
export async function* keysOf(store: Store): AsyncGenerator<string[], void, undefined> {
  for (const server of masters(store)) {
    let cursor = "0";
    do {
      const [next, keys] = await server.scan(cursor, "MATCH", "ts:{*", "COUNT", 1000);
      yield keys.filter((key) => !HUBS_KEYS.has(key));
      cursor = next;
    } while (cursor !== "0");
  }
}
