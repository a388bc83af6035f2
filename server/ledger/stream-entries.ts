/** Whether the store's journal of a partition still has what somebody has read of it before. */
import type { Store } from "../redis/connect.ts";
import { partitionKeys } from "./keys.ts";

/** An entry of a partition's journal, as it was read. */
export interface JournalPlace {
  partition: number;
  /** Its id in the stream. */
  entry: string;
  /** Its fields as JSON. */
  fields: string;
}

/**
 * An entry is part of a journal that has it, and of one that begins after it: what is archived is taken out at the
 * beginning. A store that went back behind it has neither.
 */
export async function isPartOfJournal(
  store: Store,
  { partition, entry, fields }: JournalPlace,
): Promise<boolean> {
  const journal = partitionKeys.journal(partition);
  const [found] = await store.xrange(journal, entry, entry);
  if (found) return JSON.stringify(found[1]) === fields;
  const [first] = await store.xrange(journal, "-", "+", "COUNT", 1);
  return first !== undefined && isBefore(entry, first[0]);
}

/** Whether an id of a stream comes before another: milliseconds, and a number within them. */
function isBefore(one: string, other: string): boolean {
  const [[at, nth], [otherAt, otherNth]] = [partsOf(one), partsOf(other)];
  return at === otherAt ? nth < otherNth : at < otherAt;
}

function partsOf(id: string): [at: number, nth: number] {
  const [at, nth] = id.split("-");
  return [Number(at), Number(nth)];
}
