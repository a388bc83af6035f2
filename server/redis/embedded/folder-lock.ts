/**
 * A lock on a folder, held for as long as the process lives: a Unix socket in the folder that the process
 * listens on. After `kill -9` nobody listens there, so the next process gets the lock; no process id can be
 * mistaken for another's.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isListening } from "./is-listening.ts";

const NAME = /^lock-[0-9a-f]{8}\.sock$/;
/** As long as every lock's file name, to find out whether its path would be too long. */
export const LOCK_FILE_NAME = "lock-00000000.sock";

/** How long processes that try at the same time have to settle which of them steps back. */
const SETTLE_MS = 1000;
const PAUSE_MS = { shortest: 10, longest: 60 };

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Locks a folder; undefined when a live process holds its lock.
 *
 * Each process listens first, on a name of its own, and looks for others second; it holds the lock once it
 * has looked and found nobody. Of two, whoever looks later finds the other listening, so never do both hold
 * it. While several find each other, all but the first by name step back and try again.
 */
export async function lockFolder(folder: string): Promise<FolderLock | undefined> {
  const name = `lock-${randomBytes(4).toString("hex")}.sock`;
  const path = join(folder, name);
  const until = Date.now() + SETTLE_MS;
  let server: Server | undefined;
  while (Date.now() < until) {
    server ??= await listen(path);
    const held = server;
    const { alive, dead } = await findOthers(folder, name);
    // Another process that looked before ours listened took the file for a dead one's, and has removed it.
    // That process may have let go of the lock by now, but a third could not find ours.
    const isSeen = existsSync(path);
    if (alive.length === 0 && isSeen) {
      for (const other of dead) rmSync(join(folder, other), { force: true });
      return { release: () => close(held) };
    }
    if (!isSeen || alive.some((other) => other < name)) {
      await close(held);
      server = undefined;
    }
    const { shortest, longest } = PAUSE_MS;
    await setTimeout(shortest + Math.random() * (longest - shortest));
  }
  if (server) await close(server);
  return undefined;
}

async function findOthers(folder: string, name: string): Promise<{ alive: string[]; dead: string[] }> {
  const others = readdirSync(folder).filter((file) => NAME.test(file) && file !== name);
  const answers = await Promise.all(others.map((other) => isListening(join(folder, other))));
  return {
    alive: others.filter((_, index) => answers[index]),
    dead: others.filter((_, index) => !answers[index]),
  };
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    // A connection only asks whether anybody listens.
    const server = createServer((connection) => {
      connection.on("error", () => undefined);
      connection.end();
    });
    server.once("error", reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
