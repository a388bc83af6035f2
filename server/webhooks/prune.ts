/** Takes away what nobody asks for any more, a little at a time, so that nobody who commits waits long for it. */
import { type SqlBool, sql } from "kysely";
import type { Database } from "../archive/database.ts";
import type { DeliveryTable } from "../archive/schema.ts";
import { groupBy } from "../ledger/group-by.ts";
import { isIn } from "./deliveries.ts";
import { REMEMBERED_MS } from "./once.ts";

/** How long what was delivered is listed, milliseconds. */
export const DELIVERED_KEPT_MS = 7 * 24 * 3_600_000;
/** What was given up is kept longer, so that it can be sent again. */
export const FAILED_KEPT_MS = 30 * 24 * 3_600_000;
const AT_ONCE = 500;

type Found = Pick<DeliveryTable, "webhook" | "place">;

/** Answers whether there may be more. */
export async function prune(database: Database, now: number): Promise<boolean> {
  await database
    .deleteFrom("webhook_writes")
    .where("at", "<", now - REMEMBERED_MS)
    .execute();
  const found = [...(await readOld(database, now)), ...(await readOrphans(database))];
  // A statement for each endpoint: a database bounds how many conditions one may have.
  for (const [webhook, rows] of groupBy(found, (one) => one.webhook)) {
    const places = rows.map(({ place }) => place);
    await database
      .deleteFrom("deliveries")
      .where("webhook", "=", webhook)
      .where("place", "in", places)
      .execute();
  }
  return found.length >= AT_ONCE;
}

function readOld(database: Database, now: number): Promise<Found[]> {
  return database
    .selectFrom("deliveries")
    .select(["webhook", "place"])
    .where(sql<SqlBool>`ended_at > 0`)
    .where("ended_at", "<", now - DELIVERED_KEPT_MS)
    .where((row) => row.or([row.not(isIn("failed")), row("ended_at", "<", now - FAILED_KEPT_MS)]))
    .orderBy("ended_at")
    .limit(AT_ONCE)
    .execute();
}

/** Those of an endpoint that was deleted. It goes from endpoint to endpoint, and not through all deliveries. */
async function readOrphans(database: Database): Promise<Found[]> {
  const known = new Set(
    (await database.selectFrom("webhooks").select("key").execute()).map(({ key }) => key),
  );
  for (let after = ""; ; ) {
    const { key } = await database
      .selectFrom("deliveries")
      .select((row) => row.fn.min("webhook").as("key"))
      .where("webhook", ">", after)
      .executeTakeFirstOrThrow();
    if (key === null) return [];
    if (!known.has(key))
      return database
        .selectFrom("deliveries")
        .select(["webhook", "place"])
        .where("webhook", "=", key)
        .limit(AT_ONCE)
        .execute();
    after = key;
  }
}
