/**
 * The archive's thread: writes what the store's journals have into the archive, and answers what is asked of it, so that
 * the hub never waits for a disk.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { nameArchive, parseArchiveUrl } from "../archive-url.ts";
import { loadScripts } from "../ledger/load-scripts.ts";
import { ReplicationBarrier } from "../ledger/replication-barrier.ts";
import { isUnavailable } from "../redis/availability.ts";
import { connectRedis } from "../redis/connect.ts";
import type { ThreadAnswer, ToAskedThread } from "./asked-thread.ts";
import type { Difference } from "./compare-partition.ts";
import {
  type ArchivePlace,
  connectDatabase,
  type Database,
  type OpenedDatabase,
  openDatabase,
} from "./database.ts";
import { isDatabaseAway, whyUnusable } from "./database-errors.ts";
import { Follower, type Step } from "./follower.ts";
import type { ArchiveStatus, FromThread, ThreadSetup, ToThread } from "./messages.ts";
import { pair } from "./pair.ts";
import { QUESTIONS, type QuestionName } from "./questions.ts";

/** Between two looks at the journals while nothing is left to be read, milliseconds. */
const PAUSE_MS = 200;
/** Between two attempts while database or store are away, milliseconds. */
const AWAY_MS = 1_000;

const setup = workerData as ThreadSetup;
const place = parseArchiveUrl(setup.archiveUrl) as ArchivePlace;
const tell = (message: FromThread | ThreadAnswer) => parentPort?.postMessage(message);
const closing = new AbortController();
const store = connect("tallystick-archive");
const barrierConnection = setup.replicas > 0 ? connect("tallystick-archive") : undefined;
let reading: Database | undefined;
let status: ArchiveStatus = { isUp: false, isFollowing: false, holes: 0 };
const fenced = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();

function connect(name: string) {
  const connection = connectRedis(setup.redisUrl, { name });
  // The hub's own connections say it.
  connection.on("error", () => undefined);
  return connection;
}

function setStatus(next: ArchiveStatus): void {
  const isOther = (Object.keys(next) as (keyof ArchiveStatus)[]).some((name) => next[name] !== status[name]);
  status = next;
  if (isOther) tell({ kind: "status", status });
}

function say(level: "info" | "warn" | "error", fields: object, message: string): void {
  tell({ kind: "say", level, fields, message });
}

async function pause(milliseconds: number): Promise<void> {
  await sleep(milliseconds, undefined, { signal: closing.signal }).catch(() => undefined);
}

/** Opens the archive, however long it is away; undefined when it can't be used, or the hub closes before. */
async function open(): Promise<OpenedDatabase | undefined> {
  while (!closing.signal.aborted) {
    let opened: OpenedDatabase | undefined;
    try {
      opened = await openDatabase(place);
      const { bookId, partitions } = setup;
      await pair({ store, bookId, partitions, database: opened.database, place: nameArchive(place) });
      return opened;
    } catch (error) {
      await opened?.close().catch(() => undefined);
      const why = whyUnusable(error, nameArchive(place));
      if (why !== undefined || !(isDatabaseAway(error) || isUnavailable(error))) {
        tell({ kind: "refused", message: why ?? `${nameArchive(place)} can't be opened: ${String(error)}` });
        return undefined;
      }
      tell({ kind: "status", status });
      noteAway(error);
      await pause(AWAY_MS);
    }
  }
  return undefined;
}

let saidAway = false;

/** Says once that it is away; the next step that is done says that it is back. */
function noteAway(error: unknown): void {
  if (!saidAway)
    say(
      "warn",
      { error: String(error) },
      `${nameArchive(place)} is away: history waits in the store until it is back`,
    );
  saidAway = true;
}

function noteBack(): void {
  if (saidAway) say("info", {}, `${nameArchive(place)} is back`);
  saidAway = false;
}

async function follow(follower: Follower): Promise<void> {
  while (!closing.signal.aborted) {
    const startedAt = Date.now();
    let step: Step;
    try {
      step = await follower.step();
    } catch (error) {
      if (isDatabaseAway(error)) {
        noteAway(error);
        setStatus({ ...status, isUp: false });
      } else if (!isUnavailable(error))
        say("error", { error: describe(error) }, "the archive's reader failed");
      await pause(AWAY_MS);
      continue;
    }
    noteBack();
    setStatus({ isUp: true, isFollowing: step.isFollowing, holes: step.holes });
    if (step.isFollowing && step.isCaughtUp)
      tell({
        kind: "caught_up",
        at: startedAt,
        committed: step.committed,
        journalEntries: step.journalEntries,
      });
    const { issuances, vouchers, entries, hasMore } = step.retired;
    if (issuances + vouchers + entries > 0) tell({ kind: "retired", retired: step.retired });
    if (step.isCaughtUp && !hasMore) await pause(PAUSE_MS);
  }
  await follower.release().catch(() => undefined);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

let asked = 0;

/** The hub fences what the store has lost: it knows whom to tell. */
function fence(differences: readonly Difference[]): Promise<void> {
  if (differences.length === 0) return Promise.resolve();
  const id = asked++;
  return new Promise((resolve, reject) => {
    fenced.set(id, { resolve, reject });
    tell({ kind: "fence", id, differences });
  });
}

async function answer({ id, name, question }: Extract<ToAskedThread, { kind: "ask" }>): Promise<void> {
  try {
    if (!reading) throw new AwayError("the archive is not open yet");
    const run = QUESTIONS[name as QuestionName] as (
      database: Database,
      question: unknown,
    ) => Promise<unknown>;
    tell({ kind: "answer", id, answer: await run(reading, question) });
  } catch (error) {
    const isAway = error instanceof AwayError || isDatabaseAway(error);
    tell({ kind: "failed", id, isAway, message: isAway ? String(error) : describe(error) });
  }
}

class AwayError extends Error {
  override name = "AwayError";
}

function listen(): void {
  parentPort?.on("message", (message: ToThread | ToAskedThread) => {
    if (message.kind === "ask") void answer(message);
    else if (message.kind === "close") closing.abort();
    else {
      const waiting = fenced.get(message.id);
      fenced.delete(message.id);
      if (message.error === undefined) waiting?.resolve();
      else waiting?.reject(new Error(message.error));
    }
  });
}

async function run(): Promise<void> {
  listen();
  const opened = await open();
  if (opened) {
    reading = place.kind === "postgres" ? opened.database : connectDatabase(place);
    tell({ kind: "opened" });
    const { bookId, partitions, retentionMs, retireAfterMs, rememberMs, replicas, onDisk } = setup;
    const barrier =
      barrierConnection &&
      new ReplicationBarrier({
        connection: barrierConnection,
        scripts: loadScripts(),
        book: { id: bookId },
        replicas,
        onDisk,
      });
    const { database } = opened;
    const stays = { retentionMs, retireAfterMs, rememberMs };
    await follow(new Follower({ store, database, bookId, partitions, ...stays, barrier, fence, say }));
    if (reading !== database) await reading.destroy();
    await opened.close();
  }
  store.disconnect();
  barrierConnection?.disconnect();
  parentPort?.close();
}

await run();
