/** How a database would carry out what is asked of the archive: by an index, or by a look at every row. */
import { type CompiledQuery, sql } from "kysely";
import type { Database } from "../../server/archive/database.ts";

/** What a plan says that looks at every row of a table of which there can be many. */
export const FULL_SCAN =
  /SCAN (journal|issuances|vouchers|words|statements|deliveries|webhook_writes)(?! USING)|Seq Scan on (journal|issuances|vouchers|words|statements|deliveries|webhook_writes)/;

/** A database that notes what it is asked. */
export function listenTo(database: Database): { listening: Database; asked: CompiledQuery[] } {
  const asked: CompiledQuery[] = [];
  const executor = database.getExecutor();
  const listening = database.withPlugin({
    transformQuery: ({ node, queryId }) => {
      asked.push(executor.compileQuery(node, queryId));
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  return { listening, asked };
}

export async function planOf(
  database: Database,
  name: string,
  { sql: text, parameters }: CompiledQuery,
): Promise<string> {
  const explain = name === "SQLite" ? "explain query plan " : "explain ";
  return database.connection().execute(async (connection) => {
    // With so few rows PostgreSQL may well find a look at all of them cheaper.
    if (name !== "SQLite") await sql`set enable_seqscan = off`.execute(connection);
    const { rows } = await connection.executeQuery<Record<string, unknown>>({
      ...sql`select 1`.compile(connection),
      sql: explain + text,
      parameters,
    });
    return rows.map((row) => String(row.detail ?? row["QUERY PLAN"])).join("\n");
  });
}
