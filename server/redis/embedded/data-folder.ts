/** The folder of the hub's own Redis: its data, its log, and the sockets by which it is reached and locked. */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readFileSync, readlinkSync, realpathSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LOCK_FILE_NAME } from "./folder-lock.ts";

/** Longest path of a Unix socket that every system takes, in bytes: macOS has 104 with the ending zero. */
const LONGEST_SOCKET_PATH = 103;
const LINK = "sockets";
export const PID_FILE = "redis.pid";

export interface DataFolder {
  /** Absolute path of the data. */
  data: string;
  /** Where the sockets are: with the data, or in a short folder when that path is too long. */
  sockets: string;
  /** The server's socket. */
  redis: string;
}

/** Where everything of a data folder is; makes nothing. */
export function dataFolder(dataDir: string): DataFolder {
  const data = resolve(dataDir);
  const fits = Buffer.byteLength(join(data, LOCK_FILE_NAME)) <= LONGEST_SOCKET_PATH;
  const sockets = fits ? data : (linked(data) ?? shortFolder(data));
  return { data, sockets, redis: join(sockets, "redis.sock") };
}

/**
 * Makes what is missing, private to its owner.
 *
 * @throws Error when somebody else owns the folder for the sockets.
 */
export function makeDataFolder(dataDir: string): DataFolder {
  const folder = dataFolder(dataDir);
  mkdirSync(folder.data, { recursive: true, mode: 0o700 });
  // The folder itself may be one that was there before, with other things in it: its mode is its owner's
  // affair, and Redis would make this one readable for all.
  mkdirSync(join(folder.data, "appendonlydir"), { recursive: true, mode: 0o700 });
  if (folder.sockets !== folder.data) {
    mkdirSync(folder.sockets, { recursive: true, mode: 0o700 });
    refuseStrangers(folder.sockets);
    // The next hub may have another TMPDIR, and must still find the sockets.
    link(folder);
  }
  return folder;
}

function link({ data, sockets }: DataFolder): void {
  try {
    symlinkSync(sockets, join(data, LINK));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

function linked(data: string): string | undefined {
  try {
    return readlinkSync(join(data, LINK));
  } catch {
    return undefined;
  }
}

function shortFolder(data: string): string {
  return join(tmpdir(), `tallystick-${createHash("sha256").update(data).digest("hex").slice(0, 16)}`);
}

function refuseStrangers(folder: string): void {
  const { uid, mode } = lstatSync(folder);
  if (uid === process.getuid?.() && (mode & 0o077) === 0) return;
  throw new Error(`${folder} is not private to this user: remove it, or use a shorter DATA_DIR`);
}

/**
 * Two servers on the same data would destroy it, and a server whose socket somebody has removed can't be
 * asked. Linux tells in which folder a process works; elsewhere this finds nothing.
 *
 * @throws Error when such a server is there.
 */
export function refuseUnreachableServer({ data, redis }: DataFolder): void {
  const pid = serverIn(data);
  if (pid === undefined) return;
  throw new Error(
    `a redis-server (process ${pid}) still runs on ${data}, but its socket ${redis} is gone: stop it with "kill ${pid}"`,
  );
}

/** The process named by the pid file, when it works in the folder: the number alone may be another's by now. */
function serverIn(data: string): string | undefined {
  try {
    const pid = readFileSync(join(data, PID_FILE), "utf8").trim();
    return realpathSync(`/proc/${pid}/cwd`) === realpathSync(data) ? pid : undefined;
  } catch {
    return undefined;
  }
}
