/** Looks at the store once, before anything is built on it: its rights, its durability, and whose book it holds. */
import { hasArchive } from "../archive-url.ts";
import { type OpenedBook, openBook } from "../ledger/book.ts";
import { Rights, type RightsOptions, sayLacking } from "../ledger/rights.ts";
import { checkServer, type Store } from "../redis/connect.ts";
import { DurabilityWatch } from "../redis/durability.ts";
import { listpackWarning } from "../redis/settings.ts";
import type { HubOptions } from "./options.ts";

/** What is known of the store once it has answered and its book fits. */
export interface OpenedStore {
  book: OpenedBook;
  durability: DurabilityWatch;
  /** Its servers can wait for their replicas' disks. */
  waitsForDisks: boolean;
}

/** @throws BookError when the store's book does not fit the settings; Error when the store is too old, or lacks rights. */
export async function openStore(store: Store, options: HubOptions): Promise<OpenedStore> {
  const { settings, log, mayBegin = true } = options;
  await checkServer(store);
  const lacking = await new Rights({ store, ...rightsOf(options) }).missing();
  if (lacking.length > 0) throw new Error(sayLacking(store, lacking));
  const durability = new DurabilityWatch(store, settings.MIN_REPLICAS);
  const { level, says, warning, replicas, waitsForDisks } = await durability.refresh();
  if (level === "memory" || replicas < settings.MIN_REPLICAS) log.warn(`durability: ${says}`);
  else log.info(`durability: ${says}`);
  if (warning) log.warn(`durability: ${warning}`);
  const roomier = await listpackWarning(store);
  if (roomier) log.warn(roomier);
  const book = await openBook(store, settings.PARTITIONS, { mayBegin });
  return { book, durability, waitsForDisks };
}

/** Which rights a hub needs with these settings. */
export function rightsOf({
  settings,
  alone = false,
}: Pick<HubOptions, "settings" | "alone">): Pick<
  RightsOptions,
  "isShared" | "waitsForReplicas" | "archives"
> {
  const waitsForReplicas = settings.MIN_REPLICAS > 0;
  return { isShared: !alone, waitsForReplicas, archives: hasArchive(settings) };
}
