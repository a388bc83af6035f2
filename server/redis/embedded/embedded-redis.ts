/**
 * The hub's own Redis, for those who have none: private, on a Unix socket in DATA_DIR, every write on the
 * disk before it is acknowledged (design, guarantee 2).
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  type DataFolder,
  dataFolder,
  makeDataFolder,
  PID_FILE,
  refuseUnreachableServer,
} from "./data-folder.ts";
import { unreadableData } from "./data-format.ts";
import { findRedisServers, NEWER } from "./find-server.ts";
import { type FolderLock, lockFolder } from "./folder-lock.ts";
import { isListening } from "./is-listening.ts";
import { rightsFile, writeRights } from "./own-rights.ts";
import {
  isAlive,
  launchServer,
  type ReadyServer,
  reloadRights,
  shutServerDown,
  waitUntilReady,
} from "./server-process.ts";

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
  /** The commands that may be sent to it, as an ACL names them; absent, all. */
  rights?: readonly string[];
  /** More settings of the server, by their names in redis.conf. */
  settings?: Record<string, string>;
}

/** How often the hub checks that the server's process is still there, milliseconds. */
const CHECK_EVERY_MS = 500;

/**
 * Starts the server of a data folder, or takes over the one that a killed hub left running.
 *
 * @throws Error when another live process uses the folder, or the server can't be had or started.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const folder = makeDataFolder(options.dataDir);
  const lock = await lockFolder(folder.sockets);
  if (!lock) {
    throw new Error(
      `${folder.data} is in use by another Tallystick: stop it, or give this one a DATA_DIR of its own`,
    );
  }
  try {
    if (options.rights) await writeRights(folder, options.rights);
    const left = await adopt(folder);
    // A hub of another version may have started it.
    if (left && options.rights) await reloadRights(folder.redis);
    const server = left ?? (await start(options, folder));
    return running({ options, folder, lock, server, adopted: left !== undefined });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The server that runs on a data folder, for a process that only visits; undefined when none does. */
export async function runningRedis(dataDir: string): Promise<{ url: string } | undefined> {
  const { redis } = dataFolder(dataDir);
  return (await isListening(redis)) ? { url: `unix:${redis}` } : undefined;
}

function running(parts: {
  options: EmbeddedRedisOptions;
  folder: DataFolder;
  lock: FolderLock;
  server: ReadyServer;
  adopted: boolean;
}): EmbeddedRedis {
  const { options, folder, lock, adopted } = parts;
  const supervisor = supervise(options, folder, parts.server);
  const shutDown = async () => {
    try {
      const { pid } = await supervisor.release();
      await shutServerDown(folder.redis, pid);
    } finally {
      await lock.release();
    }
  };
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= shutDown();
    return stopped;
  };
  return {
    url: `unix:${folder.redis}`,
    get version() {
      return supervisor.server.version;
    },
    get pid() {
      return supervisor.server.pid;
    },
    adopted,
    stop,
  };
}

interface Supervisor {
  /** The server that runs, or ran last. */
  readonly server: ReadyServer;
  /** No longer starts the server again; answers the server that has to be stopped. */
  release(): Promise<ReadyServer>;
}

/** Starts the server again when it ends by itself, killed or for want of memory; all that it had is on the disk. */
function supervise(options: EmbeddedRedisOptions, folder: DataFolder, first: ReadyServer): Supervisor {
  let server = first;
  let restarting: Promise<void> | undefined;
  const restart = async () => {
    options.log(`redis-server (process ${server.pid}) has ended; it is started again`);
    try {
      server = (await adopt(folder)) ?? (await start(options, folder));
    } catch (error) {
      options.log(`${error instanceof Error ? error.message : error}; it is tried again`);
    } finally {
      restarting = undefined;
    }
  };
  const timer = setInterval(() => {
    if (!isAlive(server.pid)) restarting ??= restart();
  }, CHECK_EVERY_MS);
  timer.unref();
  return {
    get server() {
      return server;
    },
    release: async () => {
      clearInterval(timer);
      await restarting;
      return server;
    },
  };
}

/** The server that is still there; undefined when there is none, or it ends while it is asked. */
async function adopt({ redis }: DataFolder): Promise<ReadyServer | undefined> {
  if (!(await isListening(redis))) return undefined;
  return waitUntilReady(redis, async () => !(await isListening(redis)));
}

/** Starts the first server on this machine that can read the data. */
async function start(options: EmbeddedRedisOptions, folder: DataFolder): Promise<ReadyServer> {
  const servers = findRedisServers({ log: options.log });
  refuseUnreachableServer(folder);
  let found = "";
  for (const server of servers) {
    const outcome = await tryToStart(options, folder, server.path);
    if ("ready" in outcome) return outcome.ready;
    found = outcome.unreadable;
  }
  const tried = servers.map(({ flavour, version, path }) => `${flavour} ${version} (${path})`).join(", ");
  throw new Error(
    `${folder.data} was written by a newer server: its data has ${found}, which ${tried} can't read.\n` +
      `Install the server that wrote it, or a newer one, from ${NEWER}; or set DATA_DIR to another folder.`,
  );
}

/** What came of a start: a server that answers, or what in the data it can't read. */
type StartOutcome = { ready: ReadyServer } | { unreadable: string };

async function tryToStart(
  options: EmbeddedRedisOptions,
  folder: DataFolder,
  program: string,
): Promise<StartOutcome> {
  rmSync(folder.redis, { force: true });
  const logFile = join(folder.data, "redis.log");
  const acl = options.rights ? { aclfile: rightsFile(folder) } : {};
  const settings = { ...settingsOf(folder), logfile: logFile, ...acl, ...options.settings };
  const launched = launchServer({ program, settings, logFile });
  try {
    const ready = await waitUntilReady(folder.redis, launched.hasEnded);
    if (ready) return { ready };
  } catch (error) {
    launched.kill();
    throw error;
  }
  const unreadable = unreadableData(folder.data, launched.said());
  if (unreadable === undefined) throw launched.failure();
  options.log(`${program} can't read the data in ${folder.data}, which has ${unreadable}`);
  return { unreadable };
}

function settingsOf({ data, redis }: DataFolder): Record<string, string> {
  return {
    dir: data,
    port: "0",
    unixsocket: redis,
    unixsocketperm: "700",
    pidfile: join(data, PID_FILE),
    appendonly: "yes",
    appendfsync: "always",
    // How long the disk takes is told from a millisecond on.
    "latency-monitor-threshold": "1",
    // A write that a crash cut in half was never acknowledged, and is dropped at the next start.
    "aof-load-truncated": "yes",
    save: "",
    "maxmemory-policy": "noeviction",
    // Records with long texts stay in their compact form.
    "hash-max-listpack-value": "1024",
  };
}
