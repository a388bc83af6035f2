/** An account's statement: what changed it, freezes too, the oldest first, with what stood after each. */
import type { Database } from "./database.ts";
import type { StatementTable } from "./schema.ts";

export interface StatementQuery {
  party: string;
  number: string;
  /** The last line of the page before. */
  after?: number | undefined;
  limit: number;
}

export type StatementLine = Pick<
  StatementTable,
  "at" | "type" | "amount" | "total" | "used" | "frozen" | "kind" | "currency" | "cause"
>;

export interface StatementPage {
  lines: StatementLine[];
  /** Where the next page begins, when there is one. */
  next?: number;
}

/** A page of it; undefined when the archive knows no such account. */
export async function readStatement(
  database: Database,
  { party, number, after = 0, limit }: StatementQuery,
): Promise<StatementPage | undefined> {
  const rows = await database
    .selectFrom("statements")
    .select(["position", "at", "type", "amount", "total", "used", "frozen", "kind", "currency", "cause"])
    .where("party", "=", party)
    .where("number", "=", number)
    .where("position", ">", after)
    .where("is_lost", "=", 0)
    .orderBy("position")
    .limit(limit + 1)
    .execute();
  if (rows.length === 0 && !(await isKnown(database, party, number))) return undefined;
  const lines = rows.slice(0, limit).map(({ position: _, ...line }) => line);
  const next = rows.length > limit ? rows[limit - 1]?.position : undefined;
  return { lines, ...(next !== undefined && { next }) };
}

async function isKnown(database: Database, party: string, number: string): Promise<boolean> {
  const found = await database
    .selectFrom("accounts")
    .select("partition")
    .where("party", "=", party)
    .where("number", "=", number)
    .executeTakeFirst();
  return found !== undefined;
}
