/** What the hub and the webhooks' thread tell each other. */
import type { CallName } from "./calls.ts";
import type { Standing } from "./deliverer.ts";
import type { Network } from "./find-address.ts";
import type { Outcome } from "./record.ts";

/** What the thread is started with. */
export interface WebhookSetup {
  archiveUrl: string;
  bookId: string;
  network: Network;
}

export type FromWebhooks =
  | { kind: "attempted"; outcome: Outcome }
  | { kind: "counted"; standing: Standing }
  | { kind: "say"; level: "info" | "warn" | "error"; fields: object; message: string }
  | { kind: "answer"; id: number; answer: unknown }
  /** `isAway`: the archive can't be asked now; else the question was a mistake of ours. */
  | { kind: "failed"; id: number; message: string; isAway: boolean };

export type ToWebhooks = { kind: "call"; id: number; name: CallName; question: unknown } | { kind: "close" };
