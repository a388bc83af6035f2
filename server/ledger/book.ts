/** The book as a whole: what it was made with, which can't change once there is data. */
import type { Store } from "../redis/connect.ts";
import { BOOK_KEY } from "./keys.ts";

/** Grows when the store's forms change so that an older hub could not read them. */
const FORMAT = "3";

/** The store's book can't be served with these settings. */
export class BookError extends Error {
  override name = "BookError";
}

/**
 * Checks that the book fits the settings, and begins it when the store is empty.
 *
 * @returns whether it was begun just now.
 * @throws BookError when it was made with other partitions or by another version of the hub.
 */
export async function openBook(store: Store, partitions: number): Promise<{ isNew: boolean }> {
  const begun = await store.hsetnx(BOOK_KEY, "partitions", partitions);
  await store.hsetnx(BOOK_KEY, "format", FORMAT);
  const book = await store.hgetall(BOOK_KEY);
  if (book.format !== FORMAT) {
    throw new BookError(
      `the book has format ${book.format}, and this hub reads format ${FORMAT}: run the version that made it`,
    );
  }
  if (Number(book.partitions) !== partitions) {
    throw new BookError(
      `PARTITIONS is ${partitions}, but the book was made with ${book.partitions}, which can't change: set PARTITIONS=${book.partitions}`,
    );
  }
  return { isNew: begun === 1 };
}
