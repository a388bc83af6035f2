/** The store that the settings name, or the hub's own Redis: for the hub, and for commands on the book itself. */
import { userInfo } from "node:os";
import { resolve } from "node:path";
import { archiveUrlOf, hasArchive } from "./archive-url.ts";
import type { Settings } from "./config.ts";
import type { Accounts } from "./ledger/accounts.ts";
import { NoBookError, type OpenedBook, openBook } from "./ledger/book.ts";
import { BookWatch } from "./ledger/book-watch.ts";
import { countedLimits } from "./ledger/context.ts";
import { Ledger } from "./ledger/ledger.ts";
import { loadScripts } from "./ledger/load-scripts.ts";
import { ReplicationBarrier } from "./ledger/replication-barrier.ts";
import { OF_OWN_STORE } from "./ledger/rights.ts";
import { checkServer, connectRedis, type Store } from "./redis/connect.ts";
import { DurabilityWatch } from "./redis/durability.ts";
import { runningRedis, startEmbeddedRedis } from "./redis/embedded/embedded-redis.ts";
import { holdsData } from "./redis/embedded/holds-data.ts";

/** Of a party's id, which an author is like. */
const LONGEST_PARTY = 64;

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
  const redis = await startEmbeddedRedis({ dataDir: settings.DATA_DIR, log, rights: OF_OWN_STORE });
  return { url: redis.url, own: true, close: () => redis.stop() };
}

/** The book, for a command that reads or changes it and closes it again. */
export interface OpenedLedger {
  readonly store: Store;
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  /** True when the store held no book before. */
  readonly isNew: boolean;
  /**
   * Resolves when as many replicas as `MIN_REPLICAS` says have all that was written until now.
   *
   * @throws UnconfirmedError when they are not known to.
   */
  confirm(): Promise<void>;
  close(): Promise<void>;
}

/** A connection to the store of the settings, for a command that looks at it before there is a book to open. */
export interface ConnectedStore {
  readonly store: Store;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Connects to the store that the settings name, or to the hub's own Redis, which is started if it has to be.
 *
 * @param options.mayBegin start a Redis where none has ever been; false unless given.
 */
export async function connectToStore(
  settings: Settings,
  log: (line: string) => void,
  { mayBegin = false }: { mayBegin?: boolean } = {},
): Promise<ConnectedStore> {
  const running = settings.REDIS_URL === undefined ? await runningRedis(settings.DATA_DIR) : undefined;
  if (!running && !mayBegin && settings.REDIS_URL === undefined && !holdsData(settings.DATA_DIR))
    throw noBook(settings);
  return connectTo(running?.url, settings, log);
}

/** @param runningUrl of the hub's own Redis, while it is running. */
async function connectTo(
  runningUrl: string | undefined,
  settings: Settings,
  log: (line: string) => void,
): Promise<ConnectedStore> {
  const opened: OpenStore =
    runningUrl === undefined
      ? await openStore(settings, log)
      : { url: runningUrl, own: true, close: async () => undefined };
  const store = connectRedis(opened.url, { name: "tallystick-cli" });
  store.on("error", () => undefined);
  const close = async () => {
    store.disconnect();
    await opened.close();
  };
  try {
    await checkServer(store);
  } catch (error) {
    await close();
    throw error;
  }
  return { store, url: opened.url, close };
}

/**
 * Opens the book whether or not a hub is up: the store that the settings name, the hub's own Redis while it
 * is running, or that Redis started for the time of the command. Where there is no book, none is begun: a
 * command in the wrong folder, or with the wrong settings, would go to an empty one of its own.
 *
 * @param options.onlyRunning start none.
 * @param options.mayBegin begin the book when there is none.
 * @throws Error when there is none.
 */
export async function openLedger(
  settings: Settings,
  log: (line: string) => void,
  options: { onlyRunning?: boolean; mayBegin?: boolean } = {},
): Promise<OpenedLedger> {
  const running = settings.REDIS_URL === undefined ? await runningRedis(settings.DATA_DIR) : undefined;
  if (options.onlyRunning && settings.REDIS_URL === undefined && !running)
    throw new Error("no store is running");
  if (!running && !options.mayBegin && settings.REDIS_URL === undefined && !holdsData(settings.DATA_DIR))
    throw noBook(settings);
  const { store, url, close } = await connectTo(running?.url, settings, log);
  let book: OpenedBook;
  try {
    book = await openBook(store, settings.PARTITIONS, { mayBegin: options.mayBegin ?? false });
  } catch (error) {
    await close();
    throw error instanceof NoBookError ? noBook(settings) : error;
  }
  const watch = new BookWatch({ store, book });
  const ledger = new Ledger({
    store,
    book: watch,
    partitions: settings.PARTITIONS,
    respondWithinMs: settings.RESPOND_WITHIN * 1000,
    waitMs: settings.WAIT_WITHIN * 1000,
    retentionMs: settings.RETENTION * 1000,
    isArchived: hasArchive({ ARCHIVE_URL: archiveUrlOf(settings) }),
    maxValidFor: settings.MAX_VALID_FOR,
    settle: settings.SETTLE,
    author: localAuthor(),
    fencesPerParty: settings.FENCES_PER_PARTY,
    limits: countedLimits(settings),
    sweepIntervalMs: settings.SWEEP_INTERVAL,
  });
  const confirm = () => confirmAll(url, watch, settings);
  return { store, ledger, accounts: ledger.accounts, isNew: book.isNew, confirm, close };
}

async function confirmAll(url: string, book: BookWatch, { MIN_REPLICAS }: Settings): Promise<void> {
  if (MIN_REPLICAS === 0) return;
  const connection = connectRedis(url, { name: "tallystick-cli-replication" });
  connection.on("error", () => undefined);
  try {
    const { waitsForDisks } = await new DurabilityWatch(connection, MIN_REPLICAS).refresh();
    const scripts = loadScripts();
    const waits = { replicas: MIN_REPLICAS, onDisk: waitsForDisks };
    await new ReplicationBarrier({ connection, scripts, book, ...waits }).confirmAll(
      await book.oneOfEachServer(),
    );
  } finally {
    connection.disconnect();
  }
}

/** Whoever runs a command on the book itself: no token says who, but the system does. */
export function localAuthor(): string {
  return `cli.${userName()
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, "-")}`.slice(0, LONGEST_PARTY);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container a user may have a number and no name.
    return `user-${process.getuid?.() ?? "unknown"}`;
  }
}

function noBook({ REDIS_URL, DATA_DIR }: Settings): Error {
  if (REDIS_URL !== undefined)
    return new Error(
      "no book in the store at REDIS_URL: start a hub on it first, or set REDIS_URL to the hub's",
    );
  return new Error(
    `no book in ${resolve(DATA_DIR)}: start a hub there first, or set DATA_DIR to the hub's own`,
  );
}
