/**
 * A claim on a folder, held for as long as the process lives: a Unix socket in the folder that it listens
 * on. After `kill -9` nobody listens there, so the next process takes over; no process id can be mistaken.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { isListening } from "./is-listening.ts";

const NAME = /^claim-[0-9a-f]{8}\.sock$/;
/** As long as every name, for those who must know whether a path is too long. */
export const CLAIM_NAME = "claim-00000000.sock";

/** How long those who claim at the same instant have to settle who steps back. */
const SETTLE_MS = 1000;
const PAUSE_MS = { shortest: 10, longest: 60 };

export interface Claim {
  release(): Promise<void>;
}

/**
 * Claims a folder; undefined when a live process holds it.
 *
 * Each claimant listens first, on a name of its own, and looks for others second; it holds the folder once
 * it has looked and found nobody. Of two, whoever looks later finds the other listening, so never do both
 * hold it. While several find each other, all but the first by name step back and try again.
 */
export async function claim(folder: string): Promise<Claim | undefined> {
  const name = `claim-${randomBytes(4).toString("hex")}.sock`;
  const path = join(folder, name);
  const until = Date.now() + SETTLE_MS;
  let server: Server | undefined;
  while (Date.now() < until) {
    server ??= await listen(path);
    const held = server;
    const { alive, dead } = await lookForOthers(folder, name);
    // One that took ours for dead before it listened, and went on, has removed it: it may be done by now,
    // but a third could not find ours.
    const isSeen = existsSync(path);
    if (alive.length === 0 && isSeen) {
      for (const other of dead) rmSync(join(folder, other), { force: true });
      return { release: () => close(held) };
    }
    if (!isSeen || alive.some((other) => other < name)) {
      await close(held);
      server = undefined;
    }
    await pause();
  }
  if (server) await close(server);
  return undefined;
}

async function lookForOthers(folder: string, name: string): Promise<{ alive: string[]; dead: string[] }> {
  const others = readdirSync(folder).filter((file) => NAME.test(file) && file !== name);
  const answers = await Promise.all(others.map((other) => isListening(join(folder, other))));
  return {
    alive: others.filter((_, index) => answers[index]),
    dead: others.filter((_, index) => !answers[index]),
  };
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((visitor) => {
      visitor.on("error", () => undefined);
      visitor.end();
    });
    server.once("error", reject);
    server.listen(path, () => resolve(server.unref()));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

function pause(): Promise<void> {
  const { shortest, longest } = PAUSE_MS;
  return new Promise((wake) => setTimeout(wake, shortest + Math.random() * (longest - shortest)));
}
