/** The journals of a book that lives, as what another is made anew from. */
import type { Redis } from "ioredis";
import { bookKey, partitionKeys } from "../../server/ledger/keys.ts";
import type { JournalSource, SourceEntry } from "../../server/restore/source.ts";

export async function livingSource(client: Redis, partitions: number): Promise<JournalSource> {
  const bookId = await client.hget(bookKey(0), "id");
  if (!bookId) throw new Error("there is no book");
  async function* entriesOf(partition: number): AsyncGenerator<SourceEntry, void, undefined> {
    for (const [id, fields] of await client.xrange(partitionKeys.journal(partition), "-", "+"))
      yield { id, fields };
  }
  return { bookId, partitions, entriesOf };
}
