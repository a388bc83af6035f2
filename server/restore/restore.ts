/**
 * Makes a book anew in an empty store from its journals. Until all of it is there the partitions say that they are being
 * restored, and no hub serves them; one that was begun and has not come to its end is begun again.
 */
import { FORMAT, RESTORING, writeMarkers } from "../ledger/book.ts";
import { readJournalEntry } from "../ledger/journal-entry.ts";
import { bookKey, partitionKeys, partitionOf } from "../ledger/keys.ts";
import { ScriptRunner } from "../ledger/script-runner.ts";
import { partsOf } from "../ledger/settlements.ts";
import type { Store } from "../redis/connect.ts";
import { EMPTY_IT, type FoundStore, isUnused, keysOf, lookAtStore } from "./look-at-store.ts";
import { PartitionFold } from "./partition-fold.ts";
import { type JournalSource, RestoreError, type SourceEntry } from "./source.ts";
import { Writer } from "./writer.ts";
import { silenceOf, type Write, writesOf } from "./writes.ts";

export interface RestoreOptions {
  store: Store;
  source: JournalSource;
  /** How long what ended without a voucher stays, milliseconds. */
  retentionMs: number;
  /** How long `commandId`s of what has left the store are remembered, milliseconds. */
  rememberMs?: number;
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

/**
 * Restores a book.
 *
 * @returns undefined when all had been restored before, and only its end was missing.
 * @throws RestoreError when the store holds anything else, or the journals can't be read.
 */
export async function restoreBook(options: RestoreOptions): Promise<Restored | undefined> {
  const { store, source } = options;
  const scripts = new ScriptRunner({ store });
  const found = await lookAtStore(store, source);
  if (found.kind === "complete") {
    await end(scripts, source);
    return undefined;
  }
  await begin(scripts, options, found);
  const restored = await fill(options);
  for (let partition = 0; partition < source.partitions; partition++)
    await run(scripts, "note-restored", partition, [source.bookId]);
  await end(scripts, source);
  return restored;
}

/** Marks all partitions, and takes out what a restore has left that came to no end, or a book that nobody has used. */
async function begin(
  scripts: ScriptRunner,
  { store, source }: RestoreOptions,
  { replaces }: Extract<FoundStore, { kind: "free" }>,
): Promise<void> {
  const { bookId, partitions } = source;
  for (let partition = 0; partition < partitions; partition++)
    await run(scripts, "begin-restore", partition, [bookId, replaces?.id ?? ""]);
  // From here on nothing begins in it; before, somebody may have used it.
  if (replaces && !(await isUnused(store))) {
    for (let partition = 0; partition < partitions; partition++)
      await store.hdel(bookKey(partition), RESTORING);
    await writeMarkers(store, replaces);
    throw new RestoreError(`the book ${replaces.id} has come into use just now: ${EMPTY_IT}`);
  }
  const markers = new Set(Array.from({ length: partitions }, (_, partition) => bookKey(partition)));
  for await (const keys of keysOf(store))
    await Promise.all(keys.filter((key) => !markers.has(key)).map((key) => store.del(key)));
}

async function fill({
  store,
  source,
  retentionMs,
  rememberMs = 0,
  onProgress,
}: RestoreOptions): Promise<Restored> {
  const writer = new Writer(store);
  const [seconds] = await store.time();
  const now = Number(seconds) * 1000;
  const homeOf = (party: string) => partitionOf(party, source.partitions);
  const restored: Restored = { entries: 0, accounts: 0, issuances: 0, vouchers: 0 };
  const silent: { partition: number; fold: PartitionFold }[] = [];
  let aliveAt = 0;
  for (let partition = 0; partition < source.partitions; partition++) {
    const fold = new PartitionFold(partition);
    const trimmed = (await source.trimmedOf?.(partition)) ?? 0;
    for await (const entry of source.entriesOf(partition)) {
      restored.entries += 1;
      const write = take(fold, partition, entry);
      // What comes before was taken out of the store's journal, since the archive has it.
      if (entry.position === undefined || entry.position > trimmed) await writer.write([write]);
    }
    const paidFor = [...fold.money.marks.keys()].map((settlementId) => partsOf(settlementId).voucherId);
    const all = [...fold.issuances.keys(), ...fold.vouchers.keys(), ...new Set(paidFor)];
    const retired = await source.retiredAmong?.(all);
    const isArchived = source.archive !== undefined;
    await writer.write(
      writesOf(fold, { partition, now, retentionMs, rememberMs, isArchived, retired, homeOf }),
    );
    aliveAt = Math.max(aliveAt, fold.aliveAt);
    if (fold.waiting > 0) silent.push({ partition, fold });
    restored.accounts += fold.money.accounts.size;
    restored.issuances += countLeft(fold.issuances.keys(), retired);
    restored.vouchers += countLeft(fold.vouchers.keys(), retired);
    onProgress?.(partition);
  }
  for (const { partition, fold } of silent) await writer.write(silenceOf(fold, partition, aliveAt));
  await writer.flush();
  return restored;
}

function countLeft(ids: Iterable<string>, retired: ReadonlyMap<string, number> | undefined): number {
  return [...ids].filter((id) => !retired?.has(id)).length;
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
