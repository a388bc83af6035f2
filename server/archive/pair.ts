/**
 * Book and archive name each other, so that no hub writes one book's history into another's archive. The archive has the
 * book's id, and the book's first partition has the archive's name.
 */
import { randomBytes } from "node:crypto";
import { bookKey } from "../ledger/keys.ts";
import type { Store } from "../redis/connect.ts";
import { UnavailableError } from "../redis/errors.ts";
import type { Database } from "./database.ts";

/** This archive is not this book's. */
export class ForeignArchiveError extends Error {
  override name = "ForeignArchiveError";
}

/** Where the book keeps the name of its archive. */
const FIELD = "archive";
const NAME_BYTES = 9;

export interface Pair {
  store: Store;
  bookId: string;
  partitions: number;
  database: Database;
  /** What the archive is called in a sentence. */
  place: string;
}

/**
 * Checks that book and archive are each other's; an archive that is empty becomes the archive of a book that has none.
 *
 * @throws ForeignArchiveError when they are not; UnavailableError when the store can't tell.
 */
export async function pair({ store, bookId, partitions, database, place }: Pair): Promise<void> {
  const key = bookKey(0);
  const [id, known] = await store.hmget(key, "id", FIELD);
  if (id !== bookId) throw new UnavailableError("the store does not hold this book now");
  let row = await readRow(database);
  if (!row) {
    if (typeof known === "string") {
      throw new ForeignArchiveError(
        `${place} is empty, and the book has an archive already, called ${known}: set ARCHIVE_URL to that one`,
      );
    }
    const name = randomBytes(NAME_BYTES).toString("base64url");
    const values = { id: 1, name, book: bookId, partitions, commits: 0 };
    await database
      .insertInto("archive")
      .values(values)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    row = await readRow(database);
  }
  if (!row || row.book !== bookId || row.partitions !== partitions) {
    throw new ForeignArchiveError(
      `${place} is of another book (${row?.book}), and not of this one (${bookId}): set ARCHIVE_URL to this book's own, or, where the store was lost, run tallystick restore`,
    );
  }
  // A hub that died half-way has written the one and not the other.
  await store.hsetnx(key, FIELD, row.name);
  const named = await store.hget(key, FIELD);
  if (named !== row.name) {
    throw new ForeignArchiveError(
      `${place} is called ${row.name}, and the book's archive is called ${named}: set ARCHIVE_URL to that one`,
    );
  }
}

function readRow(database: Database) {
  return database.selectFrom("archive").selectAll().where("id", "=", 1).executeTakeFirst();
}
