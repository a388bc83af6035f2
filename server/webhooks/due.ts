/** Which deliveries of an endpoint are to be tried now. */
import { sql } from "kysely";
import type { Database } from "../archive/database.ts";
import type { DeliveryTable, WebhookTable } from "../archive/schema.ts";
import { isIn } from "./deliveries.ts";

/** Why an event is not told. */
export const UNWANTED = "no part of what the endpoint is told";

export interface DueQuestion {
  /** The endpoint's key. */
  key: string;
  now: number;
  /** Subjects of which an event is on its way just now. */
  busy: readonly string[];
  count: number;
}

/** Of each subject the first that waits, where that is due: what comes after it waits for it. */
export function readDue(
  database: Database,
  { key, now, busy, count }: DueQuestion,
): Promise<DeliveryTable[]> {
  return database
    .selectFrom("deliveries as one")
    .selectAll()
    .where("webhook", "=", key)
    .where(sql.ref("one.state"), "=", sql.lit("pending"))
    .where("next_at", "<=", now)
    .$if(busy.length > 0, (query) => query.where("subject", "not in", busy))
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("deliveries as before")
            .select("before.place")
            .whereRef("before.webhook", "=", "one.webhook")
            .whereRef("before.subject", "=", "one.subject")
            .whereRef("before.place", "<", "one.place")
            .where(sql.ref("before.state"), "=", sql.lit("pending")),
        ),
      ),
    )
    .orderBy("next_at")
    .orderBy("place")
    .limit(count)
    .execute();
}

/** When the next is due of those whose subject is not busy; undefined when none waits. */
export async function readNextDue(
  database: Database,
  { key, busy }: Pick<DueQuestion, "key" | "busy">,
): Promise<number | undefined> {
  const row = await database
    .selectFrom("deliveries")
    .select("next_at")
    .where("webhook", "=", key)
    .where(isIn("pending"))
    .$if(busy.length > 0, (query) => query.where("subject", "not in", busy))
    .orderBy("next_at")
    .limit(1)
    .executeTakeFirst();
  return row?.next_at;
}

/** All that waits may be tried at once, as when an endpoint that was down takes events again. */
export async function bringForward(database: Database, key: string, now: number): Promise<void> {
  await database
    .updateTable("deliveries")
    .set({ next_at: now })
    .where("webhook", "=", key)
    .where(isIn("pending"))
    .where("next_at", ">", now)
    .execute();
}

/** What waits and is of a type that the endpoint no longer wants is over. */
export async function dropUnwanted(
  transaction: Database,
  { key, types }: Pick<WebhookTable, "key" | "types">,
  now: number,
): Promise<void> {
  if (types === "") return;
  await transaction
    .updateTable("deliveries")
    .set({ state: "dropped", ended_at: now, status: 0, reason: UNWANTED })
    .where("webhook", "=", key)
    .where(isIn("pending"))
    .where("type", "not in", types.split(","))
    .execute();
}
