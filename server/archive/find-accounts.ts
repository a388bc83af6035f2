/** Finds accounts by party, holder or number; the work of one page is bounded, so that one may come back short. */
import { comparableName } from "@tallystick/protocol";
import type { Database } from "./database.ts";
import type { AccountTable } from "./schema.ts";

/** How many rows a page looks at, and how many are read together. */
const MOST_LOOKED_AT = 5_000;
const AT_ONCE = 500;

export interface FindAccounts {
  /** A part of the party, of the holder, or the end of the number. */
  q?: string | undefined;
  /** Where the page before ended: `party/number`. */
  after?: string | undefined;
  limit: number;
}

export interface FoundAccounts {
  found: AccountTable[];
  /** Where the next page begins, when there may be one. */
  next?: string;
}

const nameOf = ({ party, number }: Pick<AccountTable, "party" | "number">) => `${party}/${number}`;

/** By party and number. */
export async function findAccounts(
  database: Database,
  { q, after, limit }: FindAccounts,
): Promise<FoundAccounts> {
  const wanted = comparableName(q ?? "");
  const found: AccountTable[] = [];
  let last = after;
  for (let looked = 0; looked < MOST_LOOKED_AT; looked += AT_ONCE) {
    const rows = await read(database, last);
    for (const row of rows) {
      last = nameOf(row);
      if (isMatch(row, wanted)) found.push(row);
      if (found.length === limit) return { found, next: last };
    }
    if (rows.length < AT_ONCE) return { found };
  }
  return { found, ...(last !== undefined && { next: last }) };
}

function isMatch({ party, holder, number }: AccountTable, wanted: string): boolean {
  return (
    party.includes(wanted) ||
    comparableName(holder).includes(wanted) ||
    comparableName(number).endsWith(wanted)
  );
}

function read(database: Database, after: string | undefined): Promise<AccountTable[]> {
  const query = database.selectFrom("accounts").selectAll().orderBy("party").orderBy("number").limit(AT_ONCE);
  if (after === undefined) return query.execute();
  const [party = "", number = ""] = after.split("/");
  const isLater = query.where(({ eb, or, and }) =>
    or([eb("party", ">", party), and([eb("party", "=", party), eb("number", ">", number)])]),
  );
  return isLater.execute();
}
