/** A ledger on a store in which a book was made anew. */
import { openBook } from "../../server/ledger/book.ts";
import { BookWatch } from "../../server/ledger/book-watch.ts";
import { Ledger, type LedgerOptions } from "../../server/ledger/ledger.ts";
import type { Store } from "../../server/redis/connect.ts";

export async function openRestored({ store }: { store: Store }, options: LedgerOptions) {
  const book = new BookWatch({ store, book: await openBook(store, options.partitions, { mayBegin: false }) });
  const ledger = new Ledger({ ...options, store, book });
  return { store, ledger, accounts: ledger.accounts };
}
