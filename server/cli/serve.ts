/** `tallystick serve`: settings, store, hub, signals. */
import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { readSettings, type Settings } from "../config.ts";
import { createHub } from "../hub/hub.ts";
import { importAccounts } from "../import/import-accounts.ts";
import type { Accounts } from "../ledger/accounts.ts";
import { createLog, type Logger } from "../log.ts";
import { type OpenStore, openStore, visitBook } from "../open-store.ts";
import { createTokens } from "../tokens.ts";
import { startWorkers } from "../workers/primary.ts";
import { isWorker, serveAsWorker } from "../workers/worker.ts";
import { readableLines } from "./readable-log.ts";
import { samplePath } from "./sample.ts";

/** Runs a hub, or several workers behind one port, until it is told to stop. */
export async function serve(options: { sample: boolean }): Promise<void> {
  const settings = readSettings(process.env);
  const say = (line: string) => console.log(line);
  const log = createLog({
    level: settings.LOG_LEVEL,
    ...(process.stdout.isTTY && { destination: readableLines(process.stdout) }),
  });
  if (isWorker()) {
    serveAsWorker(await createHub({ settings, redisUrl: settings.REDIS_URL as string, log }));
    return;
  }
  const store = await openStore(settings, say);
  const hub = await start(settings, store, log, options.sample ? say : undefined).catch(async (error) => {
    await store.close();
    throw explained(error, settings);
  });
  stopOnSignal(hub, store);
  say(welcome(hub.url, settings));
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
    const hub = await createHub({ settings, redisUrl: store.url, log, alone: store.own });
    if (sayOfSample && hub.isNewBook) await loadSample(hub.accounts, sayOfSample);
    return hub;
  }
  const book = await visitBook({ ...settings, REDIS_URL: store.url }, () => undefined);
  if (sayOfSample && book.isNew) await loadSample(book.accounts, sayOfSample);
  await book.close();
  // The secret is made before the workers look for it.
  await createTokens(settings);
  const workers = await startWorkers({ count: settings.WORKERS, environment: { REDIS_URL: store.url }, log });
  return { url: workers.url, close: () => workers.stop() };
}

/** A port that is taken is the commonest fault of all, and deserves a sentence. */
function explained(error: unknown, settings: Settings): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EADDRINUSE") return error;
  return new Error(`port ${settings.PORT} is taken: stop what listens there, or set PORT to another`);
}

/** The first signal closes in order; a second one does not wait. */
function stopOnSignal(hub: Serving, store: OpenStore): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(1);
    stopping = true;
    try {
      await hub.close();
      await store.close();
      process.exit(0);
    } catch (error) {
      console.error(`tallystick: ${error instanceof Error ? error.message : String(error)}`);
      process.exit(1);
    }
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop());
}

async function loadSample(accounts: Accounts, say: (line: string) => void): Promise<void> {
  const result = await importAccounts(accounts, createReadStream(samplePath()), {});
  say(`The book is new: ${result.kept} sample accounts loaded from ${samplePath()}`);
}

/** How to call this very command again. */
function command(): string {
  const script = process.argv[1] ?? fileURLToPath(import.meta.url);
  return script.endsWith("tallystick") ? "tallystick" : "npx tallystick";
}

function welcome(hubUrl: string, settings: Settings): string {
  const run = command();
  const url = hubUrl === "http://127.0.0.1:3000" ? "" : ` --url ${hubUrl}`;
  const local = settings.JWKS_URL === undefined;
  return [
    "",
    `Tallystick listens at ${hubUrl}`,
    ...(local
      ? [
          "",
          "Get a token:",
          `  ${run} token --party lotus-trading`,
          "",
          "Open an issuer's and a payer's terminal against each other, each in a shell of its own:",
          `  ${run} terminal --party lotus-trading${url}`,
          `  ${run} terminal --party acme${url}`,
          "",
          "See every flow played:",
          `  npm run demo${url === "" ? "" : ` --${url}`}`,
        ]
      : []),
    "",
    "Stop it with Ctrl-C.",
    "",
  ].join("\n");
}
