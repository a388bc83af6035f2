/**
 * Makes a book anew in an empty store from its journals. Until all of it is there the partitions say that they are being
 * restored, and no hub serves them; one that was begun and has not come to its end is begun again.
 */
import { FORMAT, RESTORING } from "../ledger/book.ts";
import { readJournalEntry } from "../ledger/journal-entry.ts";
import { bookKey, partitionKeys, partitionOf, SWEEP_KEY } from "../ledger/keys.ts";
import { ScriptRunner } from "../ledger/script-runner.ts";
import { masters, type Store } from "../redis/connect.ts";
import { PartitionFold } from "./partition-fold.ts";
import { type JournalSource, RestoreError, type SourceEntry } from "./source.ts";
import { Writer } from "./writer.ts";
import { silenceOf, type Write, writesOf } from "./writes.ts";

export interface RestoreOptions {
  store: Store;
  source: JournalSource;
  /** How long what ended without a voucher stays, milliseconds. */
  retentionMs: number;
  /** Called after each partition. */
  onProgress?: (partition: number) => void;
}

/** What was made anew. */
export interface Restored {
  /** Entries of journals that it was made from. */
  entries: number;
  accounts: number;
  issuances: number;
  vouchers: number;
}

/** How a partition's marker stands. */
interface Stage {
  id: string | undefined;
  restoring: string | undefined;
  isRestored: boolean;
}

/**
 * Restores a book.
 *
 * @returns undefined when all had been restored before, and only its end was missing.
 * @throws RestoreError when the store holds anything else, or the journals can't be read.
 */
export async function restoreBook(options: RestoreOptions): Promise<Restored | undefined> {
  const { store, source } = options;
  const scripts = new ScriptRunner({ store });
  const stages = await readStages(store, source);
  const isComplete = stages.every(({ id, isRestored }) => id !== undefined || isRestored);
  if (isComplete) {
    await end(scripts, source);
    return undefined;
  }
  await clear(store, stages);
  for (const partition of stages.keys()) await run(scripts, "begin-restore", partition, [source.bookId]);
  const restored = await fill(options);
  for (const partition of stages.keys()) await run(scripts, "note-restored", partition, [source.bookId]);
  await end(scripts, source);
  return restored;
}

/** @throws RestoreError when the store is not one to restore into. */
async function readStages(store: Store, { bookId, partitions }: JournalSource): Promise<Stage[]> {
  const stages = await Promise.all(
    Array.from({ length: partitions }, async (_, partition): Promise<Stage> => {
      const [id, restoring, restored] = await store.hmget(bookKey(partition), "id", RESTORING, "restored");
      return { id: id ?? undefined, restoring: restoring ?? undefined, isRestored: restored === "1" };
    }),
  );
  const isBegun = stages.some(({ restoring }) => restoring !== undefined);
  const present = stages.find(({ id }) => id !== undefined)?.id;
  const other = stages.find(({ restoring }) => restoring !== undefined && restoring !== bookId)?.restoring;
  if (other !== undefined)
    throw new RestoreError(
      `the store holds a part of the book ${other}, which was being restored: ${EMPTY_IT}`,
    );
  if (!isBegun) {
    const keys = await countKeys(store);
    if (present !== undefined) throw new RestoreError(`the store holds the book ${present}: ${EMPTY_IT}`);
    if (keys > 0) throw new RestoreError(`the store holds ${keys} keys of a book: ${EMPTY_IT}`);
    return stages;
  }
  const lost = stages.findIndex(({ id, isRestored }) => id === undefined && !isRestored);
  if (present !== undefined && (present !== bookId || lost >= 0))
    throw new RestoreError(
      `the store holds the book ${present}, and partition ${lost} has lost what was restored of it: ${EMPTY_IT}`,
    );
  return stages;
}

const EMPTY_IT =
  "a book is restored into an empty store alone, so empty it, or set REDIS_URL or DATA_DIR to another";

async function* keysOf(store: Store): AsyncGenerator<string[], void, undefined> {
  for (const server of masters(store)) {
    let cursor = "0";
    do {
      const [next, keys] = await server.scan(cursor, "MATCH", "ts:{*", "COUNT", 1000);
      // A hub whose book is gone goes on sweeping.
      yield keys.filter((key) => key !== SWEEP_KEY);
      cursor = next;
    } while (cursor !== "0");
  }
}

async function countKeys(store: Store): Promise<number> {
  let count = 0;
  for await (const keys of keysOf(store)) count += keys.length;
  return count;
}

/** Takes out what a restore has left that came to no end; the markers say so until all else is gone. */
async function clear(store: Store, stages: readonly Stage[]): Promise<void> {
  if (stages.every(({ restoring }) => restoring === undefined)) return;
  const markers = new Set([...stages.keys()].map(bookKey));
  for await (const keys of keysOf(store))
    await Promise.all(keys.filter((key) => !markers.has(key)).map((key) => store.del(key)));
}

async function fill({ store, source, retentionMs, onProgress }: RestoreOptions): Promise<Restored> {
  const writer = new Writer(store);
  const [seconds] = await store.time();
  const now = Number(seconds) * 1000;
  const homeOf = (party: string) => partitionOf(party, source.partitions);
  const restored: Restored = { entries: 0, accounts: 0, issuances: 0, vouchers: 0 };
  const silent: { partition: number; fold: PartitionFold }[] = [];
  let aliveAt = 0;
  for (let partition = 0; partition < source.partitions; partition++) {
    const fold = new PartitionFold(partition);
    for await (const entry of source.entriesOf(partition)) {
      restored.entries += 1;
      await writer.write([take(fold, partition, entry)]);
    }
    await writer.write(writesOf(fold, { partition, now, retentionMs, homeOf }));
    aliveAt = Math.max(aliveAt, fold.aliveAt);
    if (fold.waiting > 0) silent.push({ partition, fold });
    restored.accounts += fold.money.accounts.size;
    restored.issuances += fold.issuances.size;
    restored.vouchers += fold.vouchers.size;
    onProgress?.(partition);
  }
  for (const { partition, fold } of silent) await writer.write(silenceOf(fold, partition, aliveAt));
  await writer.flush();
  return restored;
}

/** The journal goes on where it was: its entries keep their ids, by which an archive knows how far it has read. */
function take(fold: PartitionFold, partition: number, { id, fields }: SourceEntry): Write {
  const entry = readJournalEntry(fields);
  if (!entry) throw new RestoreError(`entry ${id} of partition ${partition} is not one of a book`);
  fold.take(id, entry);
  return { partition, command: ["XADD", partitionKeys.journal(partition), id, ...fields] };
}

/** The first partition comes last, since a hub that starts meanwhile looks there whether the book has begun. */
async function end(
  scripts: ScriptRunner,
  { bookId, partitions, archive = "" }: JournalSource,
): Promise<void> {
  for (let partition = partitions - 1; partition >= 0; partition--) {
    const name = partition === 0 ? archive : "";
    await run(scripts, "end-restore", partition, [bookId, partitions, FORMAT, name]);
  }
}

async function run(
  scripts: ScriptRunner,
  script: "begin-restore" | "note-restored" | "end-restore",
  partition: number,
  args: (string | number)[],
): Promise<void> {
  const [kind, , other] = await scripts.run(script, [bookKey(partition)], args);
  if (kind !== "done")
    throw new RestoreError(
      `partition ${partition} was given to another book (${other}) meanwhile: ${EMPTY_IT}`,
    );
}
