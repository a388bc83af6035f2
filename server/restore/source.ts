/** Where a book is made anew from: its journals, as they were written down elsewhere. */

export interface SourceEntry {
  /** Its id in the partition's stream. */
  id: string;
  /** Names and values in turn. */
  fields: readonly string[];
  /** Where it is in an archive's copy of the journal. */
  position?: number;
}

export interface JournalSource {
  /** The book's id. */
  readonly bookId: string;
  /** Into how many partitions it is cut. */
  readonly partitions: number;
  /** The name of its archive, which the book keeps; absent where there is none. */
  readonly archive?: string;
  /** Which of these have left the store, and when, milliseconds: they are not made anew. Absent where nothing has. */
  retiredAmong?(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The position of the last entry that was taken out of the store's journal. */
  trimmedOf?(partition: number): Promise<number>;
  /** All entries of a partition, from the first, in their order. */
  entriesOf(partition: number): AsyncIterable<SourceEntry>;
}

/** The book can't be made anew. Its message says why, and what to do. */
export class RestoreError extends Error {
  override name = "RestoreError";
}

/** When the store wrote an entry, by its own clock: streams' ids begin with that. */
export function timeOf(entryId: string): number {
  return Number(entryId.slice(0, entryId.indexOf("-")));
}
