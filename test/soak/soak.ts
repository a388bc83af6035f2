/**
 * A long run: rounds of mixed load at two hubs on one store, with whole lives of vouchers and terminals that are cut off,
 * and between them one of the hubs is killed or restarted. What the other holds has to come back to its level.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { LoadReport } from "../../server/load/verdict.ts";
import { runCommand } from "../cli/run-command.ts";
import { type ChildHub, startChildHub } from "../helpers/child-hub.ts";
import { startRedis } from "../helpers/redis.ts";
import { freePort } from "../helpers/redis-process.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { connectAndLeave } from "./connects.ts";
import { type Level, levelOf } from "./level.ts";

export interface SoakOptions {
  /** How long rounds are begun. */
  seconds: number;
  /** How long the load of one round lasts. */
  roundSeconds: number;
  /** Pairs of terminals at each hub. */
  pairs: number;
  /** How long a request waits, and a voucher lives, seconds: everything ends soon, so that at the end nothing has to be left. */
  lifeSeconds: number;
  /** Terminals that connect and leave between the first round and the last. */
  connects: number;
  onLine?: (line: string) => void;
}

export interface SoakResult {
  rounds: number;
  negotiations: number;
  restarts: number;
  connects: number;
  first: Level;
  last: Level;
  /** What has failed: of a load, or in a hub. */
  failures: string[];
}

const JWT_SECRET = "a secret of the soak, of 32 bytes or more";
const SETTINGS = {
  JWT_SECRET,
  RATE_LIMIT: "10000000",
  OPEN_PER_PAIR: "10000000",
  OPEN_PER_ISSUER: "10000000",
  UNTOUCHED_PER_PAIR: "10000000",
  PROBES_PER_PAIR: "10000000",
  PARTY_RATE: "10000000",
  RETENTION: "60",
  SWEEP_INTERVAL: "200",
};

/** Longer than anything lives, milliseconds. */
const ENDED_WITHIN_MS = 120_000;

export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const redis = await startRedis();
  const store = redis.client();
  const folder = temporaryFolder();
  const archive = `file:${join(folder, "archive.db")}`;
  const life = String(options.lifeSeconds);
  const environment = {
    ...SETTINGS,
    RESPOND_WITHIN: life,
    WAIT_WITHIN: life,
    MAX_VALID_FOR: life,
    REDIS_URL: redis.url,
    DATA_DIR: folder,
    ARCHIVE_URL: archive,
  };
  const port = String(await freePort());
  const start = () => startChildHub({ ...environment, PORT: port });
  const watched = await startChildHub(environment);
  const pair = { watched, other: await start(), start };
  try {
    return await soak(pair, { environment, store, options });
  } finally {
    await pair.other.close();
    await watched.close();
    await redis.stop();
  }
}

interface Pair {
  /** Runs all the time; what it holds is looked at. */
  watched: ChildHub;
  other: ChildHub;
  start(): Promise<ChildHub>;
}

interface Setting {
  environment: Record<string, string>;
  store: Redis;
  options: SoakOptions;
}

async function soak(pair: Pair, { environment, store, options }: Setting): Promise<SoakResult> {
  const { seconds, connects, onLine = () => undefined } = options;
  const result = { rounds: 0, negotiations: 0, restarts: 0, connects, failures: [] as string[] };
  const round = async () => {
    const loads = [pair.watched, pair.other].map((hub) => load(hub, environment, options));
    for (const { negotiations, failure } of await Promise.all(loads)) {
      result.negotiations += negotiations;
      if (failure !== undefined) result.failures.push(failure);
    }
    result.failures.push(...(await restart(pair, result.restarts++ % 2 === 0)));
    result.rounds += 1;
  };
  const until = performance.now() + seconds * 1000;
  // The first round loads and compiles what the others find.
  await round();
  const first = await restingLevel(pair.watched, store);
  onLine(describe("first", first));
  await connectAndLeave(pair.watched, connects);
  do {
    await round();
    onLine(`round ${result.rounds}: ${result.negotiations} negotiations, ${result.restarts} restarts`);
  } while (performance.now() < until);
  const last = await restingLevel(pair.watched, store);
  onLine(describe("last", last));
  result.failures.push(...pair.watched.wrongs, ...notReturned(first, last));
  return { ...result, first, last };
}

/** The load tester as it is, with every scenario: it checks what terminals were told, and audits the book. */
async function load(
  { url }: ChildHub,
  environment: Record<string, string>,
  { pairs, roundSeconds }: SoakOptions,
): Promise<{ negotiations: number; failure: string | undefined }> {
  const file = join(temporaryFolder(), "load.json");
  const length = ["--ramp-up", "0s", "--duration", `${roundSeconds}s`, "--threads", "1", "--json", file];
  const { status, out, error } = await runCommand(["load", url, "--sessions", String(pairs), ...length], {
    environment: { ...environment, PARTITIONS: "16", NO_COLOR: "1" },
  });
  const { finished = {} } = JSON.parse(readFileSync(file, "utf8") || "{}") as Partial<LoadReport>;
  const negotiations = Object.values(finished).reduce((sum, count) => sum + count, 0);
  return { negotiations, failure: status === 0 ? undefined : `the load at ${url} failed:\n${out}${error}` };
}

/** Kills the other hub, or ends it in order, and starts it again; what had gone wrong in it. */
async function restart(pair: Pair, isKilled: boolean): Promise<string[]> {
  const { other } = pair;
  if (isKilled) await other.kill();
  else await other.close();
  pair.other = await pair.start();
  return [...other.wrongs];
}

/** Once everything has ended and everybody has left. */
async function restingLevel(hub: ChildHub, store: Redis): Promise<Level> {
  const until = performance.now() + ENDED_WITHIN_MS;
  for (;;) {
    const level = await levelOf(hub, store);
    const isResting = level.terminals === 0 && level.rooms === 0 && Object.keys(level.keys).length === 0;
    if (isResting || performance.now() > until) return level;
    await sleep(500);
  }
}

/** What a process may keep: code that is compiled, caches that fill, a connection that closes a little later. */
const HEAP_ROOM = { factor: 1.3, bytes: 16 * 2 ** 20 };
const ROOM = 6;

/** What has not come back, a line each. */
export function notReturned(first: Level, last: Level): string[] {
  const lines: string[] = [];
  const heapMost = first.heapBytes * HEAP_ROOM.factor + HEAP_ROOM.bytes;
  if (last.heapBytes > heapMost) lines.push(`heap: ${first.heapBytes} bytes before, ${last.heapBytes} after`);
  for (const what of ["handles", "files", "listeners", "storeConnections"] as const)
    if (last[what] > first[what] + ROOM) lines.push(`${what}: ${first[what]} before, ${last[what]} after`);
  for (const what of ["terminals", "rooms"] as const)
    if (last[what] !== 0) lines.push(`${what}: ${last[what]} though nobody is connected`);
  for (const [noun, count] of Object.entries(last.keys)) lines.push(`keys left over: ${count} of ${noun}`);
  return lines;
}

/** A level in a line. */
export function describe(when: string, level: Level): string {
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const left = Object.values(level.keys).reduce((sum, count) => sum + count, 0);
  return `${when}: heap ${mib(level.heapBytes)}, resident ${mib(level.residentBytes)}, ${level.handles} handles, ${level.files} files, ${level.listeners} listeners, ${level.rooms} rooms, ${level.storeConnections} connections to the store, ${left} keys left over`;
}
