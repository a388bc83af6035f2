/** The journals of a book as its archive has them: what a book can be made anew from. */
import { isVoucherId } from "@tallystick/protocol";
import { type JournaledEntry, readJournal } from "./audited.ts";
import type { Database } from "./database.ts";
import { inChunks } from "./heads.ts";
import { openExistingArchive } from "./open-existing.ts";

/** How many entries are read at once. */
const AT_ONCE = 1_000;

export interface ArchivedJournals {
  /** The book's id. */
  readonly bookId: string;
  /** Into how many partitions it is cut. */
  readonly partitions: number;
  /** The archive's own name, which the book keeps. */
  readonly archive: string;
  /** Which of these issuances and vouchers have left the store, and when, milliseconds. */
  retiredAmong(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The position of the last entry that was taken out of the store's journal of a partition; 0 when none was. */
  trimmedOf(partition: number): Promise<number>;
  /** All entries of a partition that are part of the book, in their order; those after a position, when one is given. */
  entriesOf(partition: number, after?: number): AsyncGenerator<JournaledEntry, void, undefined>;
  close(): Promise<void>;
}

/**
 * Opens the journals of an archive.
 *
 * @throws Error when there is no archive there, or none of a book yet; the driver's error when it can't be read.
 */
export async function openArchivedJournals(archiveUrl: string): Promise<ArchivedJournals> {
  const { database, about, close } = await openExistingArchive(archiveUrl);
  return {
    bookId: about.book,
    partitions: about.partitions,
    archive: about.name,
    entriesOf: (partition, after = 0) => entriesOf(database, partition, after),
    retiredAmong: (ids) => retiredAmong(database, ids),
    trimmedOf: async (partition) => {
      const query = database.selectFrom("marks").select("trimmed").where("partition", "=", partition);
      return (await query.executeTakeFirst())?.trimmed ?? 0;
    },
    close,
  };
}

async function* entriesOf(
  database: Database,
  partition: number,
  after: number,
): AsyncGenerator<JournaledEntry, void, undefined> {
  for (;;) {
    const rows = await readJournal(database, { partition, after, limit: AT_ONCE });
    yield* rows;
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) return;
    after = last.position;
  }
}

/** What is only leaving counts as in the store: it leaves once more. Of an id that began more than once the newest counts. */
async function retiredAmong(database: Database, ids: readonly string[]): Promise<Map<string, number>> {
  const retired = new Map<string, number>();
  for (const table of ["issuances", "vouchers"] as const) {
    const own = ids.filter((id) => isVoucherId(id) === (table === "vouchers"));
    for (const some of inChunks(own)) {
      const rows = await database
        .selectFrom(table)
        .select(["id", "retired_at"])
        .where("id", "in", some)
        .where("is_lost", "=", 0)
        .orderBy("began_at")
        .execute();
      for (const { id, retired_at } of rows) {
        if (retired_at > 0) retired.set(id, retired_at);
        else retired.delete(id);
      }
    }
  }
  return retired;
}
