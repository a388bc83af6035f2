/** The archive of a hub, as its settings say. */
import { Archive, type AsksArchive, NO_ARCHIVE } from "../archive/archive.ts";
import { hasArchive } from "../archive-url.ts";
import type { Rollbacks } from "../issuances/rollbacks.ts";
import { FED_KEY } from "../ledger/keys.ts";
import type { Metrics } from "../metrics.ts";
import type { Store } from "../redis/connect.ts";
import type { StoreParts } from "./store-side.ts";

export interface HubArchive extends AsksArchive {
  close(): Promise<void>;
}

/** @throws ArchiveRefusedError when it is another book's, is damaged, or can't be opened with these settings. */
export async function openArchive(
  { options, opened }: StoreParts,
  { rollbacks, metrics }: { rollbacks: Rollbacks; metrics: Metrics },
): Promise<HubArchive> {
  const { settings, redisUrl, log } = options;
  if (!hasArchive(settings)) return { ...NO_ARCHIVE, close: async () => undefined };
  const archive = await Archive.open({
    archiveUrl: settings.ARCHIVE_URL as string,
    redisUrl,
    bookId: opened.book.id,
    partitions: settings.PARTITIONS,
    retentionMs: settings.RETENTION * 1000,
    retireAfterMs: settings.RETIRE_AFTER * 1000,
    rememberMs: settings.REMEMBER * 1000,
    replicas: settings.MIN_REPLICAS,
    onDisk: opened.waitsForDisks,
    fence: async (differences) => {
      for (const difference of differences) await rollbacks.fenceArchived(difference);
    },
    say: (level, fields, message) => log[level](fields, message),
  });
  metrics.watchArchive(archive);
  return archive;
}

/** The last place in the feed that was ever given out: the store is told before it is taken. */
export async function lastPlace(store: Store): Promise<number> {
  return Number((await store.get(FED_KEY)) ?? 0);
}
