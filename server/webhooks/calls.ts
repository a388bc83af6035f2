/** What can be asked of webhooks, by name: each is one function on the archive's database. */
import type { Database } from "../archive/database.ts";
import { canBeDone, deliverAgain, listDeliveries } from "./deliveries.ts";
import { deleteWebhook, listWebhooks, putWebhook, readWebhook, rotateWebhook } from "./endpoints.ts";

export const CALLS = {
  putWebhook,
  readWebhook,
  listWebhooks,
  rotateWebhook,
  deleteWebhook,
  listDeliveries,
  deliverAgain,
  canBeDone,
} as const satisfies Record<string, (database: Database, question: never) => Promise<unknown>>;

export type CallName = keyof typeof CALLS;
export type Asked<N extends CallName> = Parameters<(typeof CALLS)[N]>[1];
export type Answered<N extends CallName> = Awaited<ReturnType<(typeof CALLS)[N]>>;

/** Whoever has the database at hand, or a thread that has. */
export interface CallsWebhooks {
  /** @throws ArchiveAwayError when the archive does not answer, or there is none. */
  call<N extends CallName>(name: N, question: Asked<N>): Promise<Answered<N>>;
}
