/**
 * The webhooks' thread: sends events to their endpoints, and answers what is asked of these, on a connection of its own,
 * so that neither the hub nor the archive waits for it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import type { ThreadAnswer, ToAskedThread } from "../archive/asked-thread.ts";
import { type ArchivePlace, type Database, type OpenedDatabase, openDatabase } from "../archive/database.ts";
import { isDatabaseAway, mustOpenAgain } from "../archive/database-errors.ts";
import { parseArchiveUrl } from "../archive-url.ts";
import { CALLS, type CallName } from "./calls.ts";
import { Deliverer } from "./deliverer.ts";
import type { FromWebhooks, WebhookSetup } from "./messages.ts";

/** Between two looks at endpoints and feed, milliseconds. */
const PAUSE_MS = 250;
/** Between two attempts while the database is away, or has no book yet, milliseconds. */
const AWAY_MS = 1_000;
/** What is asked before the archive is open waits for that so long, milliseconds. */
const OPEN_WITHIN_MS = 8_000;

const { archiveUrl, bookId, network } = workerData as WebhookSetup;
const tell = (message: FromWebhooks | ThreadAnswer) => parentPort?.postMessage(message);
const closing = new AbortController();
let opening = open();

async function pause(milliseconds: number): Promise<void> {
  await sleep(milliseconds, undefined, { signal: closing.signal }).catch(() => undefined);
}

/** That the database is away the archive's thread says. */
function noteError(error: unknown): void {
  if (isDatabaseAway(error)) return;
  const described = error instanceof Error ? (error.stack ?? error.message) : String(error);
  tell({ kind: "say", level: "error", fields: { error: described }, message: "webhooks: a step failed" });
}

/** Opens the archive once it is this book's; undefined when the hub closes before. */
async function open(): Promise<OpenedDatabase | undefined> {
  while (!closing.signal.aborted) {
    let found: OpenedDatabase | undefined;
    try {
      // To make one is the archive's own business.
      found = await openDatabase(parseArchiveUrl(archiveUrl) as ArchivePlace, { mayMake: false });
      const about = await found.database.selectFrom("archive").select("book").executeTakeFirst();
      if (about?.book === bookId) return found;
    } catch (error) {
      noteError(error);
    }
    await found?.close().catch(() => undefined);
    await pause(AWAY_MS);
  }
  return undefined;
}

/** Delivers until the hub closes, or until the archive has to be opened again. */
async function deliver(deliverer: Deliverer, { isInPlace }: OpenedDatabase): Promise<void> {
  while (!closing.signal.aborted && isInPlace()) {
    try {
      await deliverer.look();
      await pause(PAUSE_MS);
    } catch (error) {
      noteError(error);
      await pause(AWAY_MS);
      if (mustOpenAgain(error)) break;
    }
  }
  await deliverer.close().catch(noteError);
}

async function answer({ id, name, question }: Extract<ToAskedThread, { kind: "ask" }>): Promise<void> {
  const opened = await Promise.race([opening, sleep(OPEN_WITHIN_MS)]);
  // What would be written into a file that is gone, nobody would find again.
  if (!opened?.isInPlace())
    return tell({ kind: "failed", id, isAway: true, message: "the archive is not open" });
  try {
    const run = CALLS[name as CallName] as (database: Database, question: unknown) => Promise<unknown>;
    tell({ kind: "answer", id, answer: await run(opened.database, question) });
  } catch (error) {
    const isAway = isDatabaseAway(error);
    tell({ kind: "failed", id, isAway, message: String(error) });
  }
}

async function run(): Promise<void> {
  parentPort?.on("message", (message: ToAskedThread) => {
    if (message.kind === "ask") void answer(message);
    else closing.abort();
  });
  for (let opened = await opening; opened; opened = await opening) {
    const deliverer = new Deliverer({
      database: opened.database,
      bookId,
      network,
      attempted: (outcome) => tell({ kind: "attempted", outcome }),
      counted: (standing) => tell({ kind: "counted", standing }),
      failed: noteError,
    });
    await deliver(deliverer, opened);
    const before = opened;
    // Whatever is asked meanwhile waits for the next; of one that is closing there is none.
    opening = open();
    await before.close().catch(noteError);
  }
  parentPort?.close();
}

await run();
