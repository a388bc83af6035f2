/** What the hub and the webhooks' thread tell each other. */
import type { Standing } from "./deliverer.ts";
import type { Network } from "./find-address.ts";
import type { Outcome } from "./record.ts";

/** What the thread is started with. */
export interface WebhookSetup {
  archiveUrl: string;
  bookId: string;
  network: Network;
}

/** Beside its answers. */
export type FromWebhooks =
  | { kind: "attempted"; outcome: Outcome }
  | { kind: "counted"; standing: Standing }
  | { kind: "say"; level: "info" | "warn" | "error"; fields: object; message: string };
