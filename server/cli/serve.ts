/** `tallystick serve`: settings, store, hub, signals. */
import { pino } from "pino";
import { defaultArchive } from "../archive-url.ts";
import { readSettings, type Settings } from "../config.ts";
import { KeySource } from "../documents/key-source.ts";
import { createHub } from "../hub/create-hub.ts";
import { importAccounts } from "../import/import-accounts.ts";
import type { Accounts } from "../ledger/accounts.ts";
import { createLog, type Logger } from "../log.ts";
import { type OpenStore, openLedger, openStore } from "../open-ledger.ts";
import { createTokens } from "../tokens.ts";
import { collectMetrics } from "../workers/collect-metrics.ts";
import { startWorkers } from "../workers/primary.ts";
import { isWorker, serveAsWorker } from "../workers/worker.ts";
import { readableLines } from "./readable-log.ts";
import { hasAccounts, sampleParties, samplePath } from "./sample.ts";
import { welcome } from "./welcome.ts";

/** Runs a hub, or several workers behind one port, until it is told to stop. */
export async function serve(options: { sample: boolean }): Promise<void> {
  const settings = readSettings(process.env);
  const say = (line: string) => console.log(line);
  // Standard output is left to what is said to the person who starts it.
  const { stderr } = process;
  const destination = stderr.isTTY ? readableLines(stderr) : plainLines();
  const log = createLog({ level: settings.LOG_LEVEL, destination });
  if (isWorker()) {
    // The primary has opened the book: in a store that was emptied since, a worker that is started again begins none.
    const hubOptions = {
      settings,
      redisUrl: settings.REDIS_URL as string,
      log,
      collectMetrics,
      mayBegin: false,
      sampleParties: partiesOf(options),
    };
    await serveAsWorker(() => createHub(hubOptions));
    return;
  }
  const stopper = stopOnSignal();
  const store = await openStore(settings, say);
  const archived = withArchive(settings, store);
  const hub = await start(archived, store, log, options.sample ? say : undefined).catch(async (error) => {
    await store.close();
    throw error;
  });
  stopper.started(hub, store);
  if (settings.ARCHIVE_URL === undefined && !store.own)
    log.warn(
      "no archive: what has ended can't be found once it has left the store. Set ARCHIVE_URL, or none",
    );
  if (!stopper.stopping) say(welcome(hub.url, settings));
}

/** The settings with an archive, where nobody has said which. */
function withArchive(settings: Settings, { own }: OpenStore): Settings {
  if (settings.ARCHIVE_URL !== undefined) return settings;
  return { ...settings, ARCHIVE_URL: defaultArchive({ own, dataDir: settings.DATA_DIR }) };
}

/** The log on standard error; a hub goes on when nobody reads it any more. */
function plainLines() {
  const lines = pino.destination({ dest: 2, sync: true });
  lines.on("error", () => undefined);
  return lines;
}

function partiesOf({ sample }: { sample: boolean }) {
  return sample ? sampleParties() : undefined;
}

/** What serves, in this process or in several. */
interface Serving {
  readonly url: string;
  close(): Promise<void>;
}

/** @param sayOfSample says that the sample book was loaded; absent when it is not wanted. */
async function start(
  settings: Settings,
  store: OpenStore,
  log: Logger,
  sayOfSample: ((line: string) => void) | undefined,
): Promise<Serving> {
  if (settings.WORKERS === 1) {
    const hub = await createHub({
      settings,
      redisUrl: store.url,
      log,
      alone: store.own,
      sampleParties: partiesOf({ sample: sayOfSample !== undefined }),
    });
    if (sayOfSample && !(await hasAccounts(hub.store))) await loadSample(hub.accounts, sayOfSample);
    return hub;
  }
  const book = await openLedger({ ...settings, REDIS_URL: store.url }, () => undefined, { mayBegin: true });
  if (sayOfSample && !(await hasAccounts(book.store))) await loadSample(book.accounts, sayOfSample);
  await book.close();
  // The secret is made before the workers look for it, and what is wrong with either key is said once.
  await createTokens(settings);
  await new KeySource(settings).existing();
  const environment = { REDIS_URL: store.url, ARCHIVE_URL: settings.ARCHIVE_URL as string };
  const workers = await startWorkers({ count: settings.WORKERS, environment, log });
  return { url: workers.url, close: () => workers.stop() };
}

/**
 * The first signal closes in order; a second one does not wait. What is only being started is started and
 * then closed, so that nothing is left running.
 */
function stopOnSignal() {
  let running: { hub: Serving; store: OpenStore } | undefined;
  const state = {
    stopping: false,
    started(hub: Serving, store: OpenStore): void {
      running = { hub, store };
      if (state.stopping) void close(running);
    },
  };
  const stop = () => {
    if (state.stopping) process.exit(1);
    state.stopping = true;
    if (running) void close(running);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  return state;
}

async function close({ hub, store }: { hub: Serving; store: OpenStore }): Promise<void> {
  try {
    await hub.close();
    await store.close();
    process.exit(0);
  } catch (error) {
    console.error(`tallystick: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

async function loadSample(accounts: Accounts, say: (line: string) => void): Promise<void> {
  const result = await importAccounts(accounts, samplePath(), {});
  say(`The book is new: ${result.kept} sample accounts loaded from ${samplePath()}`);
}
