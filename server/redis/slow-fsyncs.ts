/**
 * How long the store's disk takes, as the server's latency monitor has it. With `appendfsync always` each answer waits for
 * it, and a negotiation for five in sequence, so that it is the floor of all times.
 */
import type { Redis } from "ioredis";
import { settleApart } from "./apart.ts";
import { readSetting } from "./settings.ts";
import { masters, type Store } from "./store.ts";

/** What the monitor calls an fsync of the log. */
const FSYNC = "aof-fsync-always";
const THRESHOLD = "latency-monitor-threshold";

/** The slowest of a second in which one took as long as the monitor's threshold. */
export interface Slow {
  /** When, by the server's clock, seconds since the epoch. */
  at: number;
  milliseconds: number;
}

/**
 * What the latency monitors of the store's servers have of the last 160 seconds in which anything was slow, whatever
 * server it was.
 *
 * @param event as the monitor calls it.
 * @returns undefined when a server does not tell: its monitor is off (`latency-monitor-threshold 0`), or its user may not ask.
 * @throws the client's error when none answers.
 */
export async function readSlow(store: Store, event = FSYNC): Promise<Slow[] | undefined> {
  const { values } = await settleApart(masters(store).map((server) => readServer(server, event)));
  return values.every((found) => found !== undefined) ? values.flat() : undefined;
}

/**
 * The slowest fsync of the last minute, seconds; 0 when each took less than the threshold.
 *
 * @returns undefined when nobody knows. @see readSlow
 */
export async function slowestFsync(store: Store): Promise<number | undefined> {
  const found = await readSlow(store).catch(() => undefined);
  if (!found) return undefined;
  const since = Date.now() / 1000 - 60;
  return Math.max(0, ...found.filter(({ at }) => at >= since).map(({ milliseconds }) => milliseconds / 1000));
}

async function readServer(server: Redis, event: string): Promise<Slow[] | undefined> {
  try {
    const [threshold, history] = await Promise.all([
      readSetting(server, THRESHOLD),
      server.latency("HISTORY", event) as Promise<[at: number, milliseconds: number][]>,
    ]);
    // A server that hides its settings tells by what it has seen.
    if (threshold === "0" || (threshold === undefined && history.length === 0)) return undefined;
    return history.map(([at, milliseconds]) => ({ at, milliseconds }));
  } catch (error) {
    if (error instanceof Error && /NOPERM|unknown command/i.test(error.message)) return undefined;
    throw error;
  }
}
