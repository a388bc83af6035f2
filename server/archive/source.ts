/** The journals of a book as its archive has them: what a book can be made anew from. */
import type { Database } from "./database.ts";
import { openExistingArchive } from "./open-existing.ts";

/** How many entries are read at once. */
const AT_ONCE = 1_000;

export interface ArchivedEntry {
  /** Its id in the partition's stream. */
  id: string;
  /** Names and values in turn. */
  fields: string[];
  /** Where it is in the archive's copy of the partition's journal. */
  position: number;
}

export interface ArchivedJournals {
  /** The book's id. */
  readonly bookId: string;
  /** Into how many partitions it is cut. */
  readonly partitions: number;
  /** The archive's own name, which the book keeps. */
  readonly archive: string;
  /** All entries of a partition that are part of the book, in their order; those after a position, when one is given. */
  entriesOf(partition: number, after?: number): AsyncGenerator<ArchivedEntry, void, undefined>;
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
    close,
  };
}

async function* entriesOf(
  database: Database,
  partition: number,
  after: number,
): AsyncGenerator<ArchivedEntry, void, undefined> {
  for (;;) {
    const rows = await database
      .selectFrom("journal")
      .select(["position", "entry", "fields"])
      .where("partition", "=", partition)
      .where("position", ">", after)
      .where("is_lost", "=", 0)
      .orderBy("position")
      .limit(AT_ONCE)
      .execute();
    for (const { position, entry, fields } of rows) yield { id: entry, fields: JSON.parse(fields), position };
    const last = rows.at(-1);
    if (!last || rows.length < AT_ONCE) return;
    after = last.position;
  }
}
