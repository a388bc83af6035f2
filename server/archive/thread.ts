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
  FileGoneError,
  type OpenedDatabase,
  openDatabase,
} from "./database.ts";
import { isDatabaseAway, mustOpenAgain, whyUnusable } from "./database-errors.ts";
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

/** @param options.always the hub waits for a first word. */
function setStatus(next: ArchiveStatus, { always = false } = {}): void {
  const isOther = (Object.keys(next) as (keyof ArchiveStatus)[]).some((name) => next[name] !== status[name]);
  status = next;
  if (isOther || always) tell({ kind: "status", status });
}

function say(level: "info" | "warn" | "error", fields: object, message: string): void {
  tell({ kind: "say", level, fields, message });
}

async function pause(milliseconds: number): Promise<void> {
  await sleep(milliseconds, undefined, { signal: closing.signal }).catch(() => undefined);
}

/**
 * Opens the archive, however long it is away.
 *
 * @param isAgain it was open before: then one that can't be used is away until an operator has put it right, and none is made.
 * @returns undefined when it can't be used, or the hub closes before.
 */
async function open(isAgain: boolean): Promise<OpenedDatabase | undefined> {
  while (!closing.signal.aborted) {
    let opened: OpenedDatabase | undefined;
    try {
      opened = await openDatabase(place, { mayMake: !isAgain });
      const { bookId, partitions } = setup;
      await pair({ store, bookId, partitions, database: opened.database, place: nameArchive(place) });
      return opened;
    } catch (error) {
      await opened?.close().catch(() => undefined);
      const why = whyUnusable(error, nameArchive(place));
      if (!isAgain && (why !== undefined || !(isDatabaseAway(error) || isUnavailable(error)))) {
        tell({ kind: "refused", message: why ?? `${nameArchive(place)} can't be opened: ${String(error)}` });
        return undefined;
      }
      setStatus({ ...status, isUp: false }, { always: true });
      noteAway(error);
      await pause(AWAY_MS);
    }
  }
  return undefined;
}

let saidAway = "";

/** Says once why it is away; the next step that is done says that it is back. */
function noteAway(error: unknown): void {
  const why = whyUnusable(error, nameArchive(place));
  const says = `${why ?? `${nameArchive(place)} is away`}: history waits in the store until it is back`;
  if (says !== saidAway) say(why ? "error" : "warn", { error: String(error) }, says);
  saidAway = says;
}

function noteBack(): void {
  if (saidAway) say("info", {}, `${nameArchive(place)} is back`);
  saidAway = "";
}

/** Where another hub follows, this one sees by itself whether it can read. */
async function lookAt(database: Database): Promise<void> {
  if (performance.now() - lookedAt < AWAY_MS) return;
  await database.selectFrom("archive").select("id").execute();
  lookedAt = performance.now();
}

let lookedAt = Number.NEGATIVE_INFINITY;

/** Follows until the hub closes, or until the archive has to be opened again. */
async function follow(follower: Follower, opened: OpenedDatabase): Promise<void> {
  while (!closing.signal.aborted) {
    const startedAt = Date.now();
    let step: Step;
    try {
      if (!opened.isInPlace()) throw new FileGoneError("the file is gone, or another is in its place");
      step = await follower.step();
      if (!step.isFollowing) await lookAt(opened.database);
    } catch (error) {
      if (isDatabaseAway(error)) {
        noteAway(error);
        setStatus({ ...status, isUp: false });
      } else if (!isUnavailable(error))
        say("error", { error: describe(error) }, "the archive's reader failed");
      if (mustOpenAgain(error)) reading = undefined;
      await pause(AWAY_MS);
      if (mustOpenAgain(error)) break;
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

function createBarrier(): ReplicationBarrier | undefined {
  const { bookId, replicas, onDisk } = setup;
  return (
    barrierConnection &&
    new ReplicationBarrier({
      connection: barrierConnection,
      scripts: loadScripts(),
      book: { id: bookId },
      replicas,
      onDisk,
    })
  );
}

async function run(): Promise<void> {
  listen();
  const barrier = createBarrier();
  const { bookId, partitions, retentionMs, retireAfterMs, rememberMs } = setup;
  const options = { store, bookId, partitions, retentionMs, retireAfterMs, rememberMs, barrier, fence, say };
  for (let isAgain = false; !closing.signal.aborted; isAgain = true) {
    const opened = await open(isAgain);
    if (!opened) break;
    const { database } = opened;
    const forReading = place.kind === "postgres" ? database : connectDatabase(place);
    reading = forReading;
    tell({ kind: "opened" });
    await follow(new Follower({ ...options, database }), opened);
    reading = undefined;
    // What is damaged may not let itself be closed as it should.
    for (const connection of new Set([forReading, database]))
      await connection.destroy().catch(() => undefined);
  }
  store.disconnect();
  barrierConnection?.disconnect();
  parentPort?.close();
}

await run();
