/** What is on its way to an endpoint, and what has arrived, as its operator sees it. */
import type { Delivery, DeliveryState, FeedType } from "@tallystick/protocol";
import { type SqlBool, sql } from "kysely";
import type { Database } from "../archive/database.ts";
import type { DeliveryTable } from "../archive/schema.ts";
import { type OneWrite, once } from "./once.ts";

export interface DeliveriesQuestion {
  /** The endpoint's. */
  id: string;
  state?: DeliveryState | undefined;
  after?: string | undefined;
  limit: number;
}

/** A page of an endpoint's deliveries, the newest event first; undefined when there is no such endpoint. */
export async function listDeliveries(
  database: Database,
  { id, state, after, limit }: DeliveriesQuestion,
): Promise<{ deliveries: Delivery[]; next?: string } | undefined> {
  const key = await keyOf(database, id);
  if (key === undefined) return undefined;
  const rows = await database
    .selectFrom("deliveries")
    .selectAll()
    .where("webhook", "=", key)
    .$if(state !== undefined, (query) => query.where(isIn(state as DeliveryState)))
    .$if(after !== undefined, (query) => query.where("place", "<", Number(after)))
    .orderBy("place", "desc")
    .limit(limit + 1)
    .execute();
  const deliveries = rows.slice(0, limit).map(deliveryOf);
  const next = rows.length > limit ? deliveries.at(-1)?.deliveryId : undefined;
  return { deliveries, ...(next !== undefined && { next }) };
}

/** Sends it once more, and tries that as long as the first time. Later events of its subject that have not arrived wait for it. */
export function deliverAgain(
  database: Database,
  { id, deliveryId, writeId }: { id: string; deliveryId: string } & OneWrite,
): Promise<Delivery | undefined> {
  return once(database, { id, writeId }, async (transaction, now) => {
    const key = await keyOf(transaction, id);
    if (key === undefined) return undefined;
    const due = { state: "pending", attempts: 0, since: now, next_at: now, ended_at: 0 } as const;
    const row = await transaction
      .updateTable("deliveries")
      .set({ ...due, status: 0, reason: "" })
      .where("webhook", "=", key)
      .where("place", "=", Number(deliveryId))
      .returningAll()
      .executeTakeFirst();
    // Whoever sends to the endpoint looks for what is due.
    await transaction
      .updateTable("webhooks")
      .set((webhook) => ({ changes: webhook("changes", "+", 1) }))
      .where("id", "=", id)
      .execute();
    return row && deliveryOf(row);
  });
}

/** Whether there is what an act is to be done to; of one that was done already, whatever has become of that. */
export async function canBeDone(
  database: Database,
  { id, deliveryId, writeId }: { id: string; deliveryId?: string | undefined } & OneWrite,
): Promise<boolean> {
  const write = database.selectFrom("webhook_writes").select("id").where("id", "=", writeId);
  if (await write.executeTakeFirst()) return true;
  const key = await keyOf(database, id);
  if (key === undefined || deliveryId === undefined) return key !== undefined;
  const delivery = database.selectFrom("deliveries").select("place").where("webhook", "=", key);
  return (await delivery.where("place", "=", Number(deliveryId)).executeTakeFirst()) !== undefined;
}

/** In the words of the statement, not beside them: a database takes a partial index only for what it sees there. */
export function isIn(state: DeliveryState) {
  return sql<SqlBool>`state = ${sql.lit(state)}`;
}

async function keyOf(database: Database, id: string): Promise<string | undefined> {
  const row = await database.selectFrom("webhooks").select("key").where("id", "=", id).executeTakeFirst();
  return row?.key;
}

function deliveryOf(row: DeliveryTable): Delivery {
  const { place, subject, version, state, attempts, next_at, ended_at, status, reason } = row;
  return {
    deliveryId: String(place),
    type: row.type as FeedType,
    subject,
    version,
    state,
    attempts,
    ...(state === "pending" && { nextAt: next_at }),
    ...(ended_at > 0 && { endedAt: ended_at }),
    ...(status > 0 && { status }),
    ...(reason !== "" && { reason }),
  };
}
