/**
 * Inserts many rows of one table. The text of a statement is put together here: kysely reads every value of every row into
 * a tree and out of it again, which costs as much as the inserting.
 */
import { CompiledQuery, SqliteAdapter } from "kysely";
import type { Database } from "./database.ts";
import { inChunks } from "./heads.ts";
import type { ArchiveSchema } from "./schema.ts";

/** What is done with a row whose key is there: nothing, or these columns are brought to what the new row has. */
export type OnConflict = "do nothing" | { key: readonly string[]; update: readonly string[] };

/**
 * How many rows one statement takes. SQLite, where a statement costs little, keeps each prepared, so that there must not
 * be many; PostgreSQL is asked once for each.
 */
const SQLITE_SIZES = [64, 8, 1];
const POSTGRES_SIZE = 500;

/** @param rows all with the same columns. @param onConflict without it a row whose key is there is an error. */
export async function insertRows<T extends keyof ArchiveSchema>(
  transaction: Database,
  table: T,
  rows: readonly ArchiveSchema[T][],
  onConflict?: OnConflict,
): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = Object.keys(first) as (keyof ArchiveSchema[T] & string)[];
  const isSqlite = transaction.getExecutor().adapter instanceof SqliteAdapter;
  for (const some of isSqlite ? inSizes(rows, SQLITE_SIZES) : inChunks(rows, POSTGRES_SIZE)) {
    const values: unknown[] = [];
    for (const row of some) for (const column of columns) values.push(row[column]);
    const shape = { table, columns, count: some.length, onConflict };
    const text = isSqlite ? keptText(shape) : textOf(shape, (index) => `$${index + 1}`);
    await transaction.executeQuery(CompiledQuery.raw(text, values));
  }
}

interface Shape {
  table: string;
  columns: readonly string[];
  count: number;
  onConflict: OnConflict | undefined;
}

const kept = new Map<string, string>();

/** There are few: a table's rows have the same columns each time. */
function keptText(shape: Shape): string {
  const { table, count, columns, onConflict } = shape;
  const name = `${table} ${count} ${columns.join()}${conflictOf(onConflict)}`;
  const known = kept.get(name) ?? textOf(shape, () => "?");
  kept.set(name, known);
  return known;
}

function textOf(
  { table, columns, count, onConflict }: Shape,
  placeholder: (index: number) => string,
): string {
  const names = columns.map((column) => `"${column}"`).join(", ");
  const rows = Array.from(
    { length: count },
    (_, row) => `(${columns.map((_column, index) => placeholder(row * columns.length + index)).join(", ")})`,
  );
  return `insert into "${table}" (${names}) values ${rows.join(", ")}${conflictOf(onConflict)}`;
}

function conflictOf(onConflict: OnConflict | undefined): string {
  if (onConflict === undefined) return "";
  if (onConflict === "do nothing") return " on conflict do nothing";
  const { key, update } = onConflict;
  const changes = update.map((column) => `"${column}" = excluded."${column}"`).join(", ");
  return ` on conflict (${key.join(", ")}) do update set ${changes}`;
}

/** A list in pieces of a few sizes, the largest first. */
function* inSizes<T>(list: readonly T[], sizes: readonly number[]): Generator<T[], void, undefined> {
  let from = 0;
  for (const size of sizes) {
    for (; from + size <= list.length; from += size) yield list.slice(from, from + size);
  }
}
