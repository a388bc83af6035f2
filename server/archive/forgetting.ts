/** What the archive knows of a party that is to be forgotten, for whoever asks how far that is. */
import type { Database } from "./database.ts";
import { LISTS, UNBLANKED } from "./forgetter.ts";

export interface Forgetting {
  /** The book has something of the party. */
  isKnown: boolean;
  /** How many entries of journals have said so, and how many had when all was looked at last. */
  said: number;
  looked: number;
  /** How many issuances are blanked, each with its voucher. */
  blanked: number;
  /** How many that began before go on, or have ended so short a time ago that they have to stay. */
  waiting: number;
}

export async function readForgetting(database: Database, party: string): Promise<Forgetting> {
  const query = database.selectFrom("forgets").selectAll().where("party", "=", party);
  const { until = 0, said = 0, looked = 0, blanked = 0 } = (await query.executeTakeFirst()) ?? {};
  let waiting = 0;
  for (const [index, { table, role }] of LISTS.entries()) {
    // What the party has in an earlier list of as well is counted there.
    const earlier = LISTS.slice(0, index).map((list) => list.role);
    const { count } = await database
      .selectFrom(table)
      .select((row) => row.fn.countAll().as("count"))
      .where(role, "=", party)
      .where((row) => row.and(earlier.map((other) => row(other, "<>", party))))
      .where("began_at", "<=", until)
      .where(UNBLANKED)
      .executeTakeFirstOrThrow();
    waiting += Number(count);
  }
  const isKnown = said > 0 || (await isParty(database, party));
  return { isKnown, said, looked, blanked, waiting };
}

async function isParty(database: Database, party: string): Promise<boolean> {
  const account = database.selectFrom("accounts").select("party").where("party", "=", party);
  if (await account.limit(1).executeTakeFirst()) return true;
  for (const { table, role } of LISTS) {
    const own = database.selectFrom(table).select("id").where(role, "=", party);
    if (await own.limit(1).executeTakeFirst()) return true;
  }
  return false;
}
