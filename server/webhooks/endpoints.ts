/** The endpoints in the archive: put, read, rotated and deleted. */
import { randomUUID } from "node:crypto";
import type { FeedType, Webhook, WebhookDeleted, WebhookPut } from "@tallystick/protocol";
import { databaseTime } from "../archive/clock.ts";
import type { Database } from "../archive/database.ts";
import { feedHead } from "../archive/feed.ts";
import type { WebhookTable } from "../archive/schema.ts";
import { bringForward, dropUnwanted } from "./due.ts";
import { forgetSecrets, type OneWrite, once } from "./once.ts";
import { makeSecret } from "./sign.ts";

/** How long the secret before signs as well, milliseconds. */
const OVERLAP_MS = 24 * 3_600_000;

export interface PutQuestion extends WebhookPut, OneWrite {
  id: string;
}

/** Makes an endpoint, or sets it anew: one that had ended is told again, of all that has happened since as well. */
export function putWebhook(
  database: Database,
  { id, writeId, ...question }: PutQuestion,
): Promise<Webhook | undefined> {
  const { url, types = [], party = "" } = question;
  const said = { url, types: types.join(), party };
  return once(database, { id, writeId }, async (transaction, now) => {
    const known = await rowOf(transaction, id);
    if (known) {
      const changed = { ...said, changes: known.changes + 1, ended_at: 0 };
      await transaction.updateTable("webhooks").set(changed).where("id", "=", id).execute();
      await dropUnwanted(transaction, { ...known, ...changed }, now);
      await bringForward(transaction, known.key, now);
      return webhookOf({ ...known, ...changed }, { now });
    }
    const made = freshRow(id, { ...said, created_at: now, fed: await feedHead(transaction) });
    await transaction.insertInto("webhooks").values(made).execute();
    return webhookOf(made, { now, isTold: true });
  });
}

function freshRow(
  id: string,
  about: Pick<WebhookTable, "url" | "types" | "party" | "created_at" | "fed">,
): WebhookTable {
  const secrets = { secret: makeSecret(), old_secret: "", old_until: 0 };
  const stands = { failing_since: 0, ended_at: 0, changes: 0, holder: "", held_until: 0 };
  return { id, key: randomUUID(), ...about, ...secrets, ...stands };
}

/** Gives an endpoint another secret; the one that it had signs as well for a day. */
export function rotateWebhook(
  database: Database,
  { id, writeId }: { id: string } & OneWrite,
): Promise<Webhook | undefined> {
  return once(database, { id, writeId }, async (transaction, now) => {
    const row = await rowOf(transaction, id);
    if (!row) return undefined;
    const old = { old_secret: row.secret, old_until: now + OVERLAP_MS };
    const changed = { ...old, secret: makeSecret(), changes: row.changes + 1 };
    await transaction.updateTable("webhooks").set(changed).where("id", "=", id).execute();
    return webhookOf({ ...row, ...changed }, { now, isTold: true });
  });
}

/** Deletes it; what was on its way to it is taken away by and by. */
export function deleteWebhook(
  database: Database,
  { id, writeId }: { id: string } & OneWrite,
): Promise<WebhookDeleted | undefined> {
  return once(database, { id, writeId }, async (transaction) => {
    await transaction.deleteFrom("webhooks").where("id", "=", id).execute();
    await forgetSecrets(transaction, id);
    return { webhookId: id, deleted: true };
  });
}

export async function readWebhook(database: Database, id: string): Promise<Webhook | undefined> {
  const row = await rowOf(database, id);
  return row && webhookOf(row, { now: await databaseTime(database) });
}

export async function listWebhooks(
  database: Database,
  { after = "", limit }: { after?: string | undefined; limit: number },
): Promise<{ webhooks: Webhook[]; next?: string }> {
  const rows = await database
    .selectFrom("webhooks")
    .selectAll()
    .where("id", ">", after)
    .orderBy("id")
    .limit(limit + 1)
    .execute();
  const now = await databaseTime(database);
  const webhooks = rows.slice(0, limit).map((row) => webhookOf(row, { now }));
  const next = rows.length > limit ? webhooks.at(-1)?.webhookId : undefined;
  return { webhooks, ...(next !== undefined && { next }) };
}

function rowOf(database: Database, id: string): Promise<WebhookTable | undefined> {
  return database.selectFrom("webhooks").selectAll().where("id", "=", id).executeTakeFirst();
}

/** The types that an endpoint wants; undefined for all. */
export function typesOf({ types }: Pick<WebhookTable, "types">): FeedType[] | undefined {
  return types === "" ? undefined : (types.split(",") as FeedType[]);
}

/** @param isTold with its secret, which is told once. */
function webhookOf(row: WebhookTable, { now, isTold = false }: { now: number; isTold?: boolean }): Webhook {
  const types = typesOf(row);
  return {
    webhookId: row.id,
    url: row.url,
    ...(types && { types }),
    ...(row.party !== "" && { party: row.party }),
    createdAt: row.created_at,
    ...(row.failing_since > 0 && { failingSince: row.failing_since }),
    ...(row.ended_at > 0 && { endedAt: row.ended_at }),
    ...(row.old_until > now && { rotatedUntil: row.old_until }),
    ...(isTold && { secret: row.secret }),
  };
}
