/**
 * Where a store that went back parts from the archive. Its journal is then what the archive has up to some entry, and
 * goes on from there as if the rest had never been.
 */
import { isEntry } from "../ledger/blank-entry.ts";
import { bookKey } from "../ledger/keys.ts";
import type { Store } from "../redis/connect.ts";
import type { Database } from "./database.ts";
import type { JournalReader } from "./journal-reader.ts";
import { timeOf } from "./read-entry.ts";
import type { JournalTable, MarkTable } from "./schema.ts";

/** The last position that both have, or why there is none. */
export type Parting =
  | { kind: "parted"; position: number; entry: string }
  /** What the store's journal begins with is not known to the archive: entries are gone that the archive never had. */
  | { kind: "hole" };

export async function findParting(
  { database, reader, store }: { database: Database; reader: JournalReader; store: Store },
  mark: MarkTable,
): Promise<Parting> {
  const { partition } = mark;
  const known = (upTo: number) => lastKnown(database, partition, upTo);
  const last = await known(mark.position);
  const [first] = await reader.readOn(partition, "0", 1);
  const begins = first && (await positionOf(database, partition, first.entry, first.fields));
  if (begins === undefined) {
    const [acceptedAt] = await store.hmget(bookKey(partition), "acceptedAt");
    // An operator has accepted the loss of all that was there.
    const isAccepted = last !== undefined && Number(acceptedAt ?? 0) > timeOf(last.entry);
    return isAccepted ? { kind: "parted", position: mark.trimmed, entry: "0" } : { kind: "hole" };
  }
  // Both have what is at `low`, and the store has nothing that is at `high`.
  let low = begins;
  let high = mark.position + 1;
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    const row = await known(middle);
    if (!row || row.position <= low) low = middle;
    else if (await reader.has(partition, row)) low = middle;
    else high = row.position;
  }
  const row = await known(low);
  return { kind: "parted", position: low, entry: row?.entry ?? "0" };
}

/** The last entry at a position or before it that is part of the book. */
export function lastKnown(
  database: Database,
  partition: number,
  upTo: number,
): Promise<Pick<JournalTable, "position" | "entry" | "fields"> | undefined> {
  return database
    .selectFrom("journal")
    .select(["position", "entry", "fields"])
    .where("partition", "=", partition)
    .where("position", "<=", upTo)
    .where("is_lost", "=", 0)
    .orderBy("position", "desc")
    .limit(1)
    .executeTakeFirst();
}

/** The issuances and vouchers that have events after a position. */
export async function subjectsAfter(
  database: Database,
  partition: number,
  position: number,
): Promise<string[]> {
  const rows = await database
    .selectFrom("journal")
    .select("subject")
    .distinct()
    .where("partition", "=", partition)
    .where("position", ">", position)
    .where("is_lost", "=", 0)
    .where("version", ">", 0)
    .execute();
  return rows.map(({ subject }) => subject);
}

/** Where the archive has an entry as part of the book. There is one entry of an id at the most, and few that are lost. */
async function positionOf(
  database: Database,
  partition: number,
  entry: string,
  fields: readonly string[],
): Promise<number | undefined> {
  const found = await database
    .selectFrom("journal")
    .select(["position", "fields"])
    .where("partition", "=", partition)
    .where("entry", "=", entry)
    .where("is_lost", "=", 0)
    .executeTakeFirst();
  return found && isEntry(JSON.stringify(fields), found.fields) ? found.position : undefined;
}
