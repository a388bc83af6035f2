/**
 * The hub's own Redis, for those who have none: private, on a Unix socket in DATA_DIR, every write on the
 * disk before it is acknowledged (design, guarantee 2).
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Redis } from "ioredis";
import { type Claim, claim } from "./claim.ts";
import { findRedisServer } from "./find-server.ts";
import { parseServerInfo, refuseOldServer } from "./server-info.ts";

/** Longest path of a Unix socket that every system takes, in bytes. */
const LONGEST_SOCKET_PATH = 100;
/** A large book takes a while to load. */
const READY_MS = 120_000;
const STOP_MS = 30_000;

export interface EmbeddedRedis {
  /** `unix:` and the path of its socket. */
  readonly url: string;
  readonly version: string;
  /** It was still running, since the hub that started it was killed. */
  readonly adopted: boolean;
  readonly pid: number;
  /** Stops the server, with everything on the disk. */
  stop(): Promise<void>;
}

export interface EmbeddedRedisOptions {
  dataDir: string;
  log: (line: string) => void;
  /** More settings of the server, by their names in redis.conf. */
  settings?: Record<string, string>;
}

/** Where the sockets of a data folder are: in it, or in a short folder when its path is too long. */
export function socketPaths(dataDir: string): { folder: string; redis: string; claim: string } {
  const absolute = resolve(dataDir);
  const short = join(
    tmpdir(),
    `tallystick-${createHash("sha256").update(absolute).digest("hex").slice(0, 16)}`,
  );
  const folder = Buffer.byteLength(join(absolute, "redis.sock")) <= LONGEST_SOCKET_PATH ? absolute : short;
  return { folder, redis: join(folder, "redis.sock"), claim: join(folder, "claim.sock") };
}

/**
 * Starts the server of a data folder, or takes over the one that a killed hub left running.
 *
 * @throws Error when another live process uses the folder, or the server can't be had or started.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const dataDir = resolve(options.dataDir);
  const paths = socketPaths(dataDir);
  for (const folder of [dataDir, paths.folder]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    chmodSync(folder, 0o700);
  }
  const held = await claim(paths.claim);
  if (!held) {
    throw new Error(
      `${dataDir} is in use by another Tallystick: stop it, or give this one a DATA_DIR of its own`,
    );
  }
  try {
    return (await adopt(paths.redis, held)) ?? (await start({ ...options, dataDir }, paths.redis, held));
  } catch (error) {
    await held.release();
    throw error;
  }
}

/** The server that is running on a data folder's socket, for a process that only visits; undefined when none is. */
export async function runningRedis(dataDir: string): Promise<{ url: string } | undefined> {
  const { redis } = socketPaths(dataDir);
  const info = await probe(redis);
  return info === undefined ? undefined : { url: `unix:${redis}` };
}

async function adopt(path: string, held: Claim): Promise<EmbeddedRedis | undefined> {
  if ((await probe(path)) === undefined) return undefined;
  const { version, pid } = await waitUntilReady(path, () => undefined);
  return { url: `unix:${path}`, version, adopted: true, pid, stop: () => stop(path, pid, held) };
}

async function start(options: EmbeddedRedisOptions, path: string, held: Claim): Promise<EmbeddedRedis> {
  const program = findRedisServer({ log: options.log });
  rmSync(path, { force: true });
  const settings: Record<string, string> = {
    dir: options.dataDir,
    port: "0",
    unixsocket: path,
    unixsocketperm: "700",
    logfile: join(options.dataDir, "redis.log"),
    appendonly: "yes",
    appendfsync: "always",
    save: "",
    "maxmemory-policy": "noeviction",
    // Records with long texts stay in their compact form.
    "hash-max-listpack-value": "1024",
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // Detached, so that Ctrl-C in a terminal reaches the hub alone, which stops its Redis last.
  const child = spawn(program.path, args, { detached: true, stdio: "ignore", cwd: options.dataDir });
  child.unref();
  const { version, pid } = await waitUntilReady(path, () => failure(child, settings.logfile as string));
  return { url: `unix:${path}`, version, adopted: false, pid, stop: () => stop(path, pid, held) };
}

/** Why a started server is not there any more; undefined while it is. */
function failure(child: ChildProcess, logFile: string): Error | undefined {
  if (child.exitCode === null && child.signalCode === null) return undefined;
  const log = existsSync(logFile)
    ? readFileSync(logFile, "utf8").trim().split("\n").slice(-5).join("\n")
    : "";
  return new Error(`redis-server ended with ${child.exitCode ?? child.signalCode} while starting:\n${log}`);
}

/** The reply of INFO, or the error's text while it loads; undefined when nothing answers at the path. */
async function probe(path: string): Promise<string | undefined> {
  const client = new Redis({
    path,
    lazyConnect: true,
    retryStrategy: null,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 2000,
    connectionName: "tallystick-probe",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await client.info("server");
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.startsWith("LOADING") ? message : undefined;
  } finally {
    client.disconnect();
  }
}

async function waitUntilReady(
  path: string,
  failed: () => Error | undefined,
): Promise<{ version: string; pid: number }> {
  const until = Date.now() + READY_MS;
  while (Date.now() < until) {
    const error = failed();
    if (error) throw error;
    const info = await probe(path);
    const pid = /^process_id:(\d+)/m.exec(info ?? "")?.[1];
    if (info && pid) {
      const found = parseServerInfo(info);
      refuseOldServer(found);
      return { version: found.version, pid: Number(pid) };
    }
    await new Promise((wake) => setTimeout(wake, 20));
  }
  throw new Error(`redis-server did not answer at ${path} within ${READY_MS / 1000} seconds`);
}

async function stop(path: string, pid: number, held: Claim): Promise<void> {
  const client = new Redis({ path, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);
  // SHUTDOWN answers by closing the line; when nobody is there, it is stopped already.
  await client
    .connect()
    .then(() => client.shutdown())
    .catch(() => undefined);
  client.disconnect();
  const until = Date.now() + STOP_MS;
  while (isAlive(pid) && Date.now() < until) await new Promise((wake) => setTimeout(wake, 10));
  await held.release();
  if (isAlive(pid))
    throw new Error(`redis-server (process ${pid}) did not stop within ${STOP_MS / 1000} seconds`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
