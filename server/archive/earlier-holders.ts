/** The names that a party's accounts had before they got others: the account itself keeps the one that it has. */
import { sql } from "kysely";
import { readJournalEntry } from "../ledger/journal-entry.ts";
import type { Database } from "./database.ts";
import type { JournalTable, MarkTable } from "./schema.ts";

/** How many lines of statements are looked at together. */
const AT_ONCE = 2_000;
/** A write is answered the same for so long, with the holder that it set, milliseconds. */
const REMEMBERED_MS = 24 * 3_600_000;

type Put = { number: string; partition: number; position: number; at: number };

/** How far the statements of a party's accounts are looked through. */
export interface PutWalk {
  number: string;
  position: number;
  /** The last that was set of this account: whether another came after it is not known yet. */
  last?: Put | undefined;
}

export const FIRST_PUT: PutWalk = { number: "", position: 0 };

export interface Puts {
  /** Entries that set a holder which is no account's any more. */
  ready: Pick<JournalTable, "partition" | "position" | "fields">[];
  /** There are some that have to stay for now. */
  isWaiting: boolean;
  walk: PutWalk;
  isThrough: boolean;
}

export async function nextPuts(
  database: Database,
  {
    party,
    until,
    now,
    marks,
    walk,
  }: { party: string; until: number; now: number; marks: ReadonlyMap<number, MarkTable>; walk: PutWalk },
): Promise<Puts> {
  const rows = await database
    .selectFrom("statements")
    .select(["number", "position", "partition", "at", "type", "is_lost"])
    .where("party", "=", party)
    .where(sql<boolean>`(number, position) > (${walk.number}, ${walk.position})`)
    .orderBy("number")
    .orderBy("position")
    .limit(AT_ONCE)
    .execute();
  const earlier: Put[] = [];
  let last = walk.last;
  for (const row of rows) {
    if (row.type !== "account.put") continue;
    if (row.is_lost === 1) earlier.push(row);
    else {
      if (last?.number === row.number) earlier.push(last);
      last = row;
    }
  }
  const meant = earlier.filter(({ at }) => at <= until);
  const free = meant.filter(
    ({ partition, position, at }) =>
      position <= (marks.get(partition)?.trimmed ?? 0) && at <= now - REMEMBERED_MS,
  );
  const ready = await entriesAt(database, free);
  const end = rows.at(-1);
  return {
    ready,
    isWaiting: free.length < meant.length,
    walk: end ? { number: end.number, position: end.position, last } : { ...walk, last },
    isThrough: rows.length < AT_ONCE,
  };
}

/** Those of the entries that still say a holder. */
async function entriesAt(database: Database, puts: readonly Put[]): Promise<Puts["ready"]> {
  const found: Puts["ready"] = [];
  for (const { partition, position } of puts) {
    const entry = await database
      .selectFrom("journal")
      .select(["partition", "position", "fields"])
      .where("partition", "=", partition)
      .where("position", "=", position)
      .executeTakeFirst();
    const said = entry && readJournalEntry(JSON.parse(entry.fields));
    if (entry && said?.kind === "account.put" && said.holder !== "") found.push(entry);
  }
  return found;
}
