/** The store that the settings name, or the hub's own Redis: for the hub, and for commands that work on the book by themselves. */
import type { Settings } from "./config.ts";
import type { Accounts } from "./ledger/accounts.ts";
import { openBook } from "./ledger/book.ts";
import { Ledger } from "./ledger/ledger.ts";
import { checkServer, connectRedis, type Store } from "./redis/connect.ts";
import { runningRedis, startEmbeddedRedis } from "./redis/embedded/embedded-redis.ts";

export interface OpenStore {
  readonly url: string;
  /** Nobody else serves this store: it is the hub's own Redis. */
  readonly own: boolean;
  /** Stops what was started for it. */
  close(): Promise<void>;
}

/** Starts or takes over the hub's own Redis, unless the settings name another store. */
export async function openStore(settings: Settings, log: (line: string) => void): Promise<OpenStore> {
  if (settings.REDIS_URL !== undefined)
    return { url: settings.REDIS_URL, own: false, close: async () => undefined };
  const redis = await startEmbeddedRedis({ dataDir: settings.DATA_DIR, log });
  return { url: redis.url, own: true, close: () => redis.stop() };
}

/** The book, for a command that reads or changes it and closes it again. */
export interface OpenedLedger {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  /** True when the store held no book before. */
  readonly isNew: boolean;
  close(): Promise<void>;
}

/**
 * Opens the book whether or not a hub is up: the store that the settings name, the hub's own Redis while it
 * is running, or that Redis started for the time of the command.
 *
 * @param options.onlyRunning start none.
 * @throws Error when there is none.
 */
export async function openLedger(
  settings: Settings,
  log: (line: string) => void,
  options: { onlyRunning?: boolean } = {},
): Promise<OpenedLedger> {
  const running = settings.REDIS_URL === undefined ? await runningRedis(settings.DATA_DIR) : undefined;
  if (options.onlyRunning && settings.REDIS_URL === undefined && !running)
    throw new Error("no store is running");
  const opened: OpenStore = running
    ? { url: running.url, own: true, close: async () => undefined }
    : await openStore(settings, log);
  const store = connectRedis(opened.url, { name: "tallystick-cli" });
  store.on("error", () => undefined);
  const close = async () => {
    store.disconnect();
    await opened.close();
  };
  let isNew = false;
  try {
    await checkServer(store);
    ({ isNew } = await openBook(store, settings.PARTITIONS));
  } catch (error) {
    await close();
    throw error;
  }
  const ledger = new Ledger({
    store,
    partitions: settings.PARTITIONS,
    respondWithinMs: settings.RESPOND_WITHIN * 1000,
    waitMs: settings.WAIT_WITHIN * 1000,
    retentionMs: settings.RETENTION * 1000,
  });
  return { store, ledger, accounts: ledger.accounts, isNew, close };
}
