/** The webhooks of a hub that has an archive. */
import { ArchiveAwayError } from "../archive/asked-thread.ts";
import { hasArchive } from "../archive-url.ts";
import type { Metrics } from "../metrics.ts";
import type { CallsWebhooks } from "../webhooks/calls.ts";
import { networkOf } from "../webhooks/find-address.ts";
import { WebhookMetrics } from "../webhooks/webhook-metrics.ts";
import { WebhookThread } from "../webhooks/webhook-thread.ts";
import type { StoreParts } from "./store-side.ts";

export interface HubWebhooks extends CallsWebhooks {
  close(): Promise<void>;
}

/** Without an archive there is nothing that events could be told from. */
const NONE: HubWebhooks = {
  call: () => Promise.reject(new ArchiveAwayError("this hub has no archive: ARCHIVE_URL is none")),
  close: async () => undefined,
};

/** Starts what sends events; the archive has been opened before. */
export function openWebhooks({ options, opened }: StoreParts, { registry }: Metrics): HubWebhooks {
  const { settings, log } = options;
  const metrics = new WebhookMetrics(registry);
  if (!hasArchive(settings)) return NONE;
  return new WebhookThread({
    archiveUrl: settings.ARCHIVE_URL as string,
    bookId: opened.book.id,
    network: networkOf(settings),
    say: (level, fields, message) => log[level](fields, message),
    attempted: (outcome) => metrics.attempted(outcome),
    counted: (standing) => metrics.counted(standing),
  });
}
