/** The database's clock, which all hubs share. */
import { PostgresAdapter, sql } from "kysely";
import type { Database } from "./database.ts";

/** Milliseconds since the epoch. */
export async function databaseTime(database: Database): Promise<number> {
  const isPostgres = database.getExecutor().adapter instanceof PostgresAdapter;
  const now = isPostgres
    ? sql`extract(epoch from clock_timestamp()) * 1000`
    : sql`unixepoch('subsec') * 1000`;
  const { rows } = await sql<{ now: number | string }>`select ${now} as now`.execute(database);
  return Math.round(Number(rows[0]?.now));
}
