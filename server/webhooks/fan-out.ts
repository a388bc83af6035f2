/** Turns events of the feed into deliveries of an endpoint, a page at a time, each in a short transaction. */
import type { Database } from "../archive/database.ts";
import { type Fed, readFeed } from "../archive/feed.ts";
import type { DeliveryTable, WebhookTable } from "../archive/schema.ts";
import { subjectOf } from "../history/cloud-event.ts";
import { isIn } from "./deliveries.ts";
import { typesOf } from "./endpoints.ts";

/** How many deliveries are written at once: nobody who commits to the archive waits long for that. */
const AT_ONCE = 200;
/** Beyond so many that wait for one endpoint the feed itself keeps the rest. */
const MOST_PENDING = 10_000;

/** What came of a step. */
export interface FannedOut {
  /** Up to where the feed has been turned into deliveries. */
  fed: number;
  isFull: boolean;
  /** How many deliveries are new. */
  added: number;
}

/** @param endpoint as it was read; when an operator has changed it since, or another hub holds it, nothing is written. */
export async function fanOut(database: Database, endpoint: WebhookTable, now: number): Promise<FannedOut> {
  const { key, fed: after, party } = endpoint;
  if (await isFull(database, key)) return { fed: after, isFull: true, added: 0 };
  const wanted = { types: typesOf(endpoint), party: party === "" ? undefined : party };
  const { fed, next } = await readFeed(database, { after, limit: AT_ONCE, ...wanted });
  const isWritten = await database.transaction().execute(async (transaction) => {
    const { numUpdatedRows } = await transaction
      .updateTable("webhooks")
      .set({ fed: next })
      .where("key", "=", key)
      .where("holder", "=", endpoint.holder)
      .where("changes", "=", endpoint.changes)
      .where("fed", "=", after)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
    const rows = fed.map((one) => freshRow(key, one, now));
    if (rows.length > 0) await transaction.insertInto("deliveries").values(rows).execute();
    return true;
  });
  return isWritten
    ? { fed: next, isFull: false, added: fed.length }
    : { fed: after, isFull: false, added: 0 };
}

async function isFull(database: Database, key: string): Promise<boolean> {
  const beyond = await database
    .selectFrom("deliveries")
    .select("next_at")
    .where("webhook", "=", key)
    .where(isIn("pending"))
    .orderBy("next_at")
    .limit(1)
    .offset(MOST_PENDING)
    .execute();
  return beyond.length > 0;
}

function freshRow(webhook: string, { place, event }: Fed, now: number): DeliveryTable {
  const about = { subject: subjectOf(event), version: event.version, type: event.type };
  const stands = { state: "pending", attempts: 0, since: now, next_at: now, ended_at: 0 } as const;
  return { webhook, place, ...about, ...stands, status: 0, reason: "" };
}
