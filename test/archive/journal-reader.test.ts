/** The journals are read in pages: each entry once, in its order, and little that does not fit into a page. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { JournalReader } from "../../server/archive/journal-reader.ts";
import { partitionKeys } from "../../server/ledger/keys.ts";
import type { Store } from "../../server/redis/connect.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";

const tests = suite("reading the journals");

/** Gives each of the first partitions so many entries. */
async function write({ store }: TestLedger, partitions: number, entries: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    const writes = store.pipeline();
    const key = partitionKeys.journal(partition);
    for (let entry = 1; entry <= entries; entry++) writes.xadd(key, `${entry}-0`, "event", "none");
    await writes.exec();
  }
}

async function sentBytes(store: Store): Promise<number> {
  return Number(/total_net_output_bytes:(\d+)/.exec(await store.info("stats"))?.[1]);
}

interface Whole {
  pages: number;
  /** How many entries were read, by partition. */
  counts: Map<number, number>;
  bytes: number;
}

async function readAll({ store, options }: TestLedger): Promise<Whole> {
  const { partitions, book } = options;
  const reader = new JournalReader({ store, partitions, bookId: book.id });
  const marks = new Map<number, string>();
  const counts = new Map<number, number>();
  const before = await sentBytes(store);
  for (let pages = 1; ; pages++) {
    const { entries, isAll } = await reader.read(marks);
    for (const { partition, entry } of entries) {
      const count = (counts.get(partition) ?? 0) + 1;
      assert.is(entry, `${count}-0`);
      counts.set(partition, count);
      marks.set(partition, entry);
    }
    if (isAll) return { pages, counts, bytes: (await sentBytes(store)) - before };
  }
}

async function bytesOfAll({ store, options: { partitions } }: TestLedger): Promise<number> {
  const before = await sentBytes(store);
  for (let partition = 0; partition < partitions; partition++)
    await store.xrange(partitionKeys.journal(partition), "-", "+");
  return (await sentBytes(store)) - before;
}

tests("of a busy partition come more at once than of each of many", async () => {
  const book = await startLedger({ partitions: 8 });
  await write(book, 1, 6_000);
  const { pages, counts } = await readAll(book);
  assert.equal([...counts], [[0, 6_000]]);
  assert.ok(pages < 12, `${pages} pages`);
  await book.stop();
});

tests("where many are behind, the store sends hardly more than is read", async () => {
  const book = await startLedger({ partitions: 256 });
  await write(book, 256, 100);
  const { counts, bytes } = await readAll(book);
  assert.is(counts.size, 256);
  assert.equal(new Set(counts.values()), new Set([100]));
  const all = await bytesOfAll(book);
  assert.ok(bytes < 2.5 * all, `${bytes} bytes were sent, of ${all}`);
  await book.stop();
});

tests.run();
