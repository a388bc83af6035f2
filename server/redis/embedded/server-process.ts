/** The process of the hub's own Redis: started, waited for, shut down. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";
import { parseServerInfo, refuseOldServer } from "../server-info.ts";
import { isListening } from "./is-listening.ts";

/** How long a server may say nothing at all; one that loads its data says so, however long that takes. */
const SILENT_MS = 60_000;
const STOP_MS = 30_000;
/** How long a server that has let go of its socket may take to end. */
const END_MS = 500;
const LOG_LINES = 8;

/** A server that answers. */
export interface ReadyServer {
  version: string;
  pid: number;
}

export interface LaunchedServer {
  hasEnded: () => boolean;
  /** All that it has said. */
  said: () => string;
  /** Why it has ended, with what it said last. */
  failure: () => Error;
  kill: () => void;
}

/** Starts a server that outlives this process. What it says goes to its log. */
export function launchServer(options: {
  program: string;
  settings: Record<string, string>;
  logFile: string;
}): LaunchedServer {
  const { program, settings, logFile } = options;
  const log = openSync(logFile, "a", 0o600);
  const logged = statSync(logFile).size;
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // Detached, so that Ctrl-C in a terminal reaches the hub alone, which stops its Redis last. Through a
  // shell, since only the process itself can see to it that nobody else may read the files it makes.
  const child = spawn("/bin/sh", ["-c", 'umask 077 && exec "$0" "$@"', program, ...args], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  const said = () => readFileSync(logFile).subarray(logged).toString();
  return {
    hasEnded: () => hasEnded(child),
    said,
    failure: () => {
      const lines = said().trim().split("\n").slice(-LOG_LINES);
      const end = child.exitCode ?? child.signalCode;
      return new Error(`redis-server ended with ${end} while starting:\n${lines.join("\n")}`);
    },
    kill: () => child.kill("SIGKILL"),
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/**
 * Waits until a server answers with its data loaded; undefined when it is gone.
 *
 * @throws Error when it is too old, or says nothing for a minute.
 */
export async function waitUntilReady(
  path: string,
  isGone: () => boolean | Promise<boolean>,
): Promise<ReadyServer | undefined> {
  let until = Date.now() + SILENT_MS;
  while (Date.now() < until) {
    const info = await ask(path);
    const pid = /^process_id:(\d+)/m.exec(info ?? "")?.[1];
    if (info === LOADING) until = Date.now() + SILENT_MS;
    else if (info !== undefined && pid !== undefined) {
      const found = parseServerInfo(info);
      refuseOldServer(found);
      return { version: found.version, pid: Number(pid) };
    }
    if (await isGone()) return undefined;
    await setTimeout(20);
  }
  throw new Error(`a redis-server listens at ${path}, but has not answered for ${SILENT_MS / 1000} seconds`);
}

const LOADING = "LOADING";

/** The reply of INFO, LOADING while the server loads its data, undefined when it says nothing. */
async function ask(path: string): Promise<string | undefined> {
  const client = controlClient(path);
  try {
    await client.connect();
    const info = await client.info();
    return /^loading:1/m.test(info) ? LOADING : info;
  } catch (error) {
    return error instanceof Error && error.message.startsWith(LOADING) ? LOADING : undefined;
  } finally {
    client.disconnect();
  }
}

/**
 * Shuts a server down, with everything on the disk; at once when it is gone already.
 *
 * @throws Error when it does not stop within half a minute.
 */
export async function shutServerDown(path: string, pid: number): Promise<void> {
  const client = controlClient(path);
  // SHUTDOWN answers by closing the line.
  await client
    .connect()
    .then(() => client.shutdown())
    .catch(() => undefined);
  client.disconnect();
  if (!(await within(STOP_MS, async () => !(await isListening(path))))) {
    throw new Error(`redis-server (process ${pid}) did not stop within ${STOP_MS / 1000} seconds`);
  }
  // The data is safe by now. An adopted server is another process's child, and may stay listed when nobody
  // collects it.
  await within(END_MS, () => !isAlive(pid));
}

/** Has a server read its ACL file again. One that was started without any lets everything be done anyhow. */
export async function reloadRights(path: string): Promise<void> {
  const client = controlClient(path);
  await client
    .connect()
    .then(() => client.acl("LOAD"))
    .catch(() => undefined);
  client.disconnect();
}

/** A connection for INFO, ACL LOAD and SHUTDOWN alone, which is never made again by itself. */
function controlClient(path: string): Redis {
  const client = new Redis({
    path,
    connectionName: "tallystick-control",
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 5000,
  });
  client.on("error", () => undefined);
  return client;
}

async function within(limitMs: number, isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const until = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > until) return false;
    await setTimeout(10);
  }
  return true;
}

/** True while there is a process of this id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
