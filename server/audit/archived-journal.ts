/** A partition's journal as the archive has it, and where the store's own begins. */
import type { AsksArchive } from "../archive/archive.ts";
import type { JournaledEntry } from "../archive/audited.ts";
import { partitionKeys } from "../ledger/keys.ts";
import type { Store } from "../redis/connect.ts";

/** How much is asked for at once. */
const AT_ONCE = 500;

/** Entries of a partition's journal, from the archive's copy. */
export async function* archivedEntries(
  archive: AsksArchive,
  partition: number,
  after: number,
): AsyncGenerator<JournaledEntry, void, undefined> {
  for (;;) {
    const page = await archive.ask("readJournal", { partition, after, limit: AT_ONCE });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < AT_ONCE) return;
    after = last.position;
  }
}

/** Whether an entry of a stream comes before another, by their ids. */
export function isBefore(one: string, other: string): boolean {
  const [time = 0, count = 0] = one.split("-").map(Number);
  const [otherTime = 0, otherCount = 0] = other.split("-").map(Number);
  return time === otherTime ? count < otherCount : time < otherTime;
}

/** The first entry that is left of a partition's journal in the store. */
export async function firstOf(store: Store, partition: number): Promise<string | undefined> {
  const [first] = await store.xrange(partitionKeys.journal(partition), "-", "+", "COUNT", 1);
  return first?.[0];
}
