/** All that the archive holds at the end of a run, beside the journals that the store has. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../server/archive/database.ts";
import { lastKnown } from "../../server/archive/lost-tail.ts";
import type { JournalTable } from "../../server/archive/schema.ts";
import type { AuditedBook } from "../../server/audit/findings.ts";
import { readJournalEntry } from "../../server/ledger/journal-entry.ts";
import { partitionKeys } from "../../server/ledger/keys.ts";
import type { Store } from "../../server/redis/connect.ts";
import { compareWithStore, type Unlike } from "../archive/same-as-store.ts";
import { PARTITIONS } from "./settings.ts";

/** An entry of a journal, as the store has it. */
export interface StoredEntry {
  /** Its id in the stream. */
  entry: string;
  /** Names and values by turns, as JSON. */
  fields: string;
}

/** An entry as the archive has it. */
export interface ArchivedEntry extends StoredEntry {
  position: number;
  isLost: boolean;
  /** Its place in the feed; 0 for what is no event. */
  feed: number;
  /** Of an event of an issuance or a voucher. */
  event?: { issuanceId: string; version: number; line: string };
}

export interface ArchivedPartition {
  partition: number;
  /** In order of position, what the store has lost among them. */
  archived: ArchivedEntry[];
  /** The store's own, in its order. */
  stored: StoredEntry[];
}

/** A row of an issuance or a voucher. */
export interface ArchivedHead {
  issuanceId: string;
  version: number;
  digest: string;
  state: string;
  isLost: boolean;
  /** It has left the store. */
  isRetired: boolean;
}

export interface ArchivedBook {
  /** Hubs take out of the store what is old and archived; else the store has all that ever was. */
  isRetiring: boolean;
  partitions: ArchivedPartition[];
  /** The newest of an id comes last. */
  heads: ArchivedHead[];
  /** Issuances, vouchers and accounts that the archive makes otherwise of its journal than the store has them. */
  unlike: Unlike[];
}

/** How long the archive may take to have all, once its faults are healed, milliseconds. */
const CAUGHT_UP_WITHIN_MS = 60_000;
const POLL_MS = 100;

/** Waits until the archive has what the store has, or has had the time for it; what it lacks then is for the checker to find. */
export async function untilArchived({ store }: AuditedBook, database: Database): Promise<void> {
  const until = performance.now() + CAUGHT_UP_WITHIN_MS;
  for (let partition = 0; partition < PARTITIONS; partition += 1)
    while (!(await isCaughtUp({ store, database, partition })) && performance.now() < until)
      await sleep(POLL_MS);
}

async function isCaughtUp({
  store,
  database,
  partition,
}: {
  store: Store;
  database: Database;
  partition: number;
}): Promise<boolean> {
  const [last] = await store.xrevrange(partitionKeys.journal(partition), "+", "-", "COUNT", 1);
  const known = await lastKnown(database, partition, Number.MAX_SAFE_INTEGER);
  return last?.[0] === known?.entry && (last && JSON.stringify(last[1])) === known?.fields;
}

/** Reads all of it; the book has to be at rest. */
export async function readArchive(
  book: AuditedBook,
  { database, isRetiring }: { database: Database; isRetiring: boolean },
): Promise<ArchivedBook> {
  const partitions: ArchivedPartition[] = [];
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    const entries = await book.store.xrange(partitionKeys.journal(partition), "-", "+");
    const rows = await database
      .selectFrom("journal")
      .selectAll()
      .where("partition", "=", partition)
      .orderBy("position")
      .execute();
    partitions.push({
      partition,
      archived: rows.map(entryOf),
      stored: entries.map(([entry, fields]) => ({ entry, fields: JSON.stringify(fields) })),
    });
  }
  const { unlike } = await compareWithStore(book, database);
  return { isRetiring, partitions, heads: await readHeads(database), unlike };
}

function entryOf({ position, entry, fields, is_lost, feed, version }: JournalTable): ArchivedEntry {
  const said = readJournalEntry(JSON.parse(fields));
  const archived = { position, entry, fields, isLost: is_lost !== 0, feed };
  if (said?.kind !== "issuance.event" && said?.kind !== "voucher.event") return archived;
  const issuanceId = said.kind === "voucher.event" ? said.voucherId : said.issuanceId;
  return { ...archived, event: { issuanceId, version, line: said.line } };
}

async function readHeads(database: Database): Promise<ArchivedHead[]> {
  const heads: ArchivedHead[] = [];
  for (const table of ["issuances", "vouchers"] as const) {
    const rows = await database.selectFrom(table).selectAll().orderBy("began_at").execute();
    heads.push(
      ...rows.map(({ id, version, digest, state, is_lost, retired_at }) => ({
        ...{ issuanceId: id, version, digest, state },
        isLost: is_lost !== 0,
        isRetired: retired_at !== 0,
      })),
    );
  }
  return heads;
}
