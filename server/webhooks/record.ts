/** Writes what came of attempts. */
import type { Database } from "../archive/database.ts";
import type { DeliveryTable, WebhookTable } from "../archive/schema.ts";
import { isIn } from "./deliveries.ts";
import { GIVE_UP_AFTER_MS, pauseAfter } from "./pauses.ts";
import type { Sent } from "./send.ts";

/** What becomes of a delivery with an attempt: `ended` is an endpoint that wants no more. */
export type Outcome = "delivered" | "retried" | "failed" | "ended" | "dropped";

/** An attempt that is over. */
export interface Attempt {
  delivery: DeliveryTable;
  /** How often the endpoint had been changed when the attempt began. */
  changes: number;
  outcome: Outcome;
  status: number;
  reason: string;
}

const GONE = 410;

/** What an answer means. @param now by the database's clock, milliseconds. */
export function meaningOf(
  delivery: DeliveryTable,
  sent: Sent,
  now: number,
): Pick<Attempt, "outcome" | "status" | "reason"> {
  if (sent.kind === "unanswered") return { outcome: retried(delivery, now), status: 0, reason: sent.reason };
  const { status } = sent;
  if (status >= 200 && status < 300) return { outcome: "delivered", status, reason: "" };
  const outcome = status === GONE ? "ended" : retried(delivery, now);
  return { outcome, status, reason: `answered ${status}` };
}

function retried({ since }: DeliveryTable, now: number): Outcome {
  return now - since >= GIVE_UP_AFTER_MS ? "failed" : "retried";
}

/**
 * Writes attempts in one transaction; nothing where another hub sends to the endpoint by now, since then it does all of
 * them again. Answers whether it was written.
 */
export function record(
  database: Database,
  { key, holder, failing_since }: Pick<WebhookTable, "key" | "holder" | "failing_since">,
  { attempts, now }: { attempts: readonly Attempt[]; now: number },
): Promise<boolean> {
  const has = (outcome: Outcome) => attempts.some((attempt) => attempt.outcome === outcome);
  const hasFailed = has("retried") || has("failed") || has("ended");
  const failing = has("delivered") ? 0 : hasFailed ? failing_since || now : failing_since;
  // Whoever has put it anew since may have put it elsewhere: what was there before does not end it.
  const ended = attempts.filter(({ outcome }) => outcome === "ended").map(({ changes }) => changes);
  return database.transaction().execute(async (transaction) => {
    const its = transaction.updateTable("webhooks").where("key", "=", key).where("holder", "=", holder);
    const { numUpdatedRows } = await its.set({ failing_since: failing }).executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
    if (ended.length > 0) await its.set({ ended_at: now }).where("changes", "in", ended).execute();
    for (const attempt of attempts) await recordOne(transaction, attempt, now);
    return true;
  });
}

async function recordOne(
  transaction: Database,
  { delivery, outcome, status, reason }: Attempt,
  now: number,
): Promise<void> {
  const { webhook, place, subject } = delivery;
  const attempts = delivery.attempts + (outcome === "dropped" ? 0 : 1);
  const isOver = outcome !== "retried" && outcome !== "ended";
  const next = now + pauseAfter(attempts || 1);
  const stands = isOver ? { state: outcome, ended_at: now } : { next_at: next };
  await transaction
    .updateTable("deliveries")
    .set({ ...stands, attempts, status, reason })
    .where("webhook", "=", webhook)
    .where("place", "=", place)
    // One that an operator has sent again meanwhile begins anew.
    .where("since", "=", delivery.since)
    .execute();
  if (isOver) return;
  // Those behind it need not be looked at before it is tried again.
  await transaction
    .updateTable("deliveries")
    .set({ next_at: next })
    .where("webhook", "=", webhook)
    .where("subject", "=", subject)
    .where("place", ">", place)
    .where("next_at", "<", next)
    .where(isIn("pending"))
    .execute();
}
