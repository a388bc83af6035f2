/** Entries of the journals, as they were read from the store or from the archive's own copy of them. */
import { type JournalEntry, readJournalEntry } from "../ledger/journal-entry.ts";

export interface StoredEntry {
  partition: number;
  /** Its id in the stream. */
  entry: string;
  /** Names and values by turns. */
  fields: string[];
  /** What it says; undefined when it is none of a book's. */
  said: JournalEntry | undefined;
}

export function storedEntry(partition: number, entry: string, fields: string[]): StoredEntry {
  return { partition, entry, fields, said: readJournalEntry(fields) };
}

/** When the store wrote it, by its own clock: streams' ids begin with that. */
export function timeOf(entry: string): number {
  return Number(entry.slice(0, entry.indexOf("-")));
}

/** What an event follows and what it is: the two halves of its digest. */
const HALF = 6;

/** Whether an event comes right after the one with this digest. */
export function follows(digest: string, before: string): boolean {
  return digest.slice(0, HALF) === before.slice(HALF);
}
