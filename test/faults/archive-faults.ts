/** Faults of the archive, and of the hub that writes it. */
import { setTimeout as sleep } from "node:timers/promises";
import Libsql from "libsql";
import type { RunArchive } from "./archive.ts";
import { callHub } from "./call-hub.ts";
import type { Choice, World } from "./fault.ts";
import type { FleetHub } from "./fleet.ts";
import type { Random } from "./random.ts";

const TARGET = "archive";
/** How long a server that was killed may take to be there again: what was left of it has to end first, milliseconds. */
const RESTART_WITHIN_MS = 30_000;
const AGAIN_MS = 50;
/** How long a writer is waited for, milliseconds: one that waits for another's disk is soon through. */
const LOCK_WITHIN_MS = 5_000;

/** The hub that writes the archive is killed in the middle of it. */
export function archiverKilled({ fleet, operatorToken }: World, random: Random): Choice {
  const waitMs = random.below(400);
  let victim: FleetHub | undefined;
  return {
    // Which one it will be is known only then.
    targets: fleet.hubs.map((_, index) => `hub ${index}`),
    begin: async () => {
      victim = await findArchiver(fleet.hubs, operatorToken);
      if (!victim) return false;
      await sleep(waitMs);
      await victim.process.kill();
      return true;
    },
    heal: () => victim?.process.start(),
    lastsMs: random.between(100, 2000),
  };
}

/** By its metrics: it alone knows how many entries the journals have. */
async function findArchiver(hubs: readonly FleetHub[], token: string): Promise<FleetHub | undefined> {
  const counts = await Promise.all(
    hubs.map(async ({ process: { port } }) => {
      const answer = await callHub(`http://127.0.0.1:${port}/metrics`, { method: "GET", token }).catch(
        () => undefined,
      );
      const [, count] = /^tallystick_archive_journal_entries\{[^}]*\} (\d+)$/m.exec(answer?.text ?? "") ?? [];
      return Number(count ?? 0);
    }),
  );
  return hubs[counts.findIndex((count) => count > 0)];
}

/** All threads of a hub end, that of its archive among them, and the hub goes on. */
export function threadsKilled({ fleet }: World, random: Random): Choice {
  const index = random.below(fleet.hubs.length);
  const { process } = fleet.hubs[index] as FleetHub;
  return { targets: [`hub ${index}`], begin: process.killThreads, lastsMs: 0 };
}

/** PostgreSQL is killed, its processes left behind, and started again on its data. */
export function archiveKilled({ archive }: World, random: Random): Choice {
  const server = archive?.server;
  if (!server) throw new Error("it is a fault of a PostgreSQL");
  return {
    targets: [TARGET],
    begin: () => server.kill("SIGKILL"),
    heal: async () => {
      const until = performance.now() + RESTART_WITHIN_MS;
      for (;;) {
        try {
          return await server.restart();
        } catch (error) {
          if (performance.now() > until) throw error;
          await sleep(AGAIN_MS);
        }
      }
    },
    lastsMs: random.between(0, 4000),
  };
}

/** Another process writes the file and takes its time, sometimes longer than hubs wait for it. */
export function archiveLocked({ archive }: World, random: Random): Choice {
  const lastsMs = random.chance(0.3) ? random.between(4_000, 9_000) : random.between(200, 3000);
  let unlock: (() => void) | undefined;
  return {
    targets: [TARGET],
    begin: async () => {
      unlock = await lockFile(archive?.path);
      return unlock !== undefined;
    },
    heal: () => unlock?.(),
    lastsMs,
  };
}

/** Takes the one lock of whoever writes; undefined when it could not be had. */
async function lockFile(path: RunArchive["path"]): Promise<(() => void) | undefined> {
  if (path === undefined) throw new Error("it is a fault of a file");
  const file = new Libsql(path);
  file.exec("PRAGMA busy_timeout = 0");
  const until = performance.now() + LOCK_WITHIN_MS;
  while (performance.now() < until) {
    try {
      file.exec("BEGIN IMMEDIATE");
      return () => {
        file.exec("ROLLBACK");
        file.close();
      };
    } catch (error) {
      if (!/locked|busy/i.test(String(error))) throw error;
      await sleep(AGAIN_MS);
    }
  }
  file.close();
  return undefined;
}
