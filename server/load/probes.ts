/** What a load costs the hub and its store, as they tell themselves. */
import type { Redis } from "ioredis";
import { masters, type Store } from "../redis/connect.ts";

/** Some of a hub's metrics at one moment. */
export interface HubReading {
  cpuSeconds: number;
  memoryBytes: number;
  /** How late the event loop was since its metrics were last asked for. */
  eventLoopMeanSeconds: number;
  eventLoopP99Seconds: number;
  eventLoopMaxSeconds: number;
  /** How many messages were answered with each error, since the hub's start. */
  refused: Record<string, number>;
}

export interface HubCost {
  /** Of one core. */
  cpuPercent: number;
  cpuMicrosPerNegotiation: number;
  memoryBytes: number;
  eventLoopMeanMs: number;
  eventLoopP99Ms: number;
  eventLoopMaxMs: number;
  /** How many messages were answered with each error, also those that terminals sent again by themselves. */
  refused: Record<string, number>;
}

export interface StoreReading {
  cpuSeconds: number;
  memoryBytes: number;
}

export interface StoreCost {
  cpuPercent: number;
  cpuMicrosPerNegotiation: number;
  memoryBytes: number;
}

/** Reads a hub's metrics; undefined when they are not to be had. */
export async function readHub(url: string): Promise<HubReading | undefined> {
  const text = await fetch(new URL("/metrics", url))
    .then((response) => response.text())
    .catch(() => "");
  return parseMetrics(text);
}

/** Reads the text of `/metrics`; undefined when it is something else. */
export function parseMetrics(text: string): HubReading | undefined {
  const value = (name: string) => {
    const found = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, "m").exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const cpuSeconds = value("process_cpu_seconds_total");
  if (cpuSeconds === undefined) return undefined;
  return {
    cpuSeconds,
    memoryBytes: value("process_resident_memory_bytes") ?? 0,
    eventLoopMeanSeconds: value("nodejs_eventloop_lag_mean_seconds") ?? 0,
    eventLoopP99Seconds: value("nodejs_eventloop_lag_p99_seconds") ?? 0,
    eventLoopMaxSeconds: value("nodejs_eventloop_lag_max_seconds") ?? 0,
    refused: parseRefused(text),
  };
}

function parseRefused(text: string): Record<string, number> {
  const refused: Record<string, number> = {};
  for (const [, code = "", count] of text.matchAll(
    /^tallystick_commands_total\{[^}]*result="(\w+)"[^}]*\} (\d+)/gm,
  )) {
    if (code !== "ok") refused[code] = (refused[code] ?? 0) + Number(count);
  }
  return refused;
}

export function hubCost(before: HubReading, after: HubReading, per: Spent): HubCost {
  return {
    ...cpuCost(after.cpuSeconds - before.cpuSeconds, per),
    memoryBytes: after.memoryBytes,
    eventLoopMeanMs: after.eventLoopMeanSeconds * 1000,
    eventLoopP99Ms: after.eventLoopP99Seconds * 1000,
    eventLoopMaxMs: after.eventLoopMaxSeconds * 1000,
    refused: Object.fromEntries(
      Object.entries(after.refused)
        .map(([code, count]): [string, number] => [code, count - (before.refused[code] ?? 0)])
        .filter(([, count]) => count > 0),
    ),
  };
}

/** Asks all servers of the store. */
export async function readStore(store: Store): Promise<StoreReading> {
  const readings = await Promise.all(masters(store).map(readServer));
  return readings.reduce((sum, one) => ({
    cpuSeconds: sum.cpuSeconds + one.cpuSeconds,
    memoryBytes: sum.memoryBytes + one.memoryBytes,
  }));
}

async function readServer(server: Redis): Promise<StoreReading> {
  const text = `${await server.info("cpu")}\n${await server.info("memory")}`;
  const value = (name: string) => Number(new RegExp(`^${name}:(\\S+)`, "m").exec(text)?.[1] ?? 0);
  return {
    cpuSeconds: value("used_cpu_user") + value("used_cpu_sys"),
    memoryBytes: value("used_memory"),
  };
}

export function storeCost(before: StoreReading, after: StoreReading, per: Spent): StoreCost {
  return { ...cpuCost(after.cpuSeconds - before.cpuSeconds, per), memoryBytes: after.memoryBytes };
}

/** Over what a cost was spent. */
export interface Spent {
  seconds: number;
  negotiations: number;
}

function cpuCost(cpuSeconds: number, { seconds, negotiations }: Spent) {
  return {
    cpuPercent: (100 * cpuSeconds) / seconds,
    cpuMicrosPerNegotiation: negotiations === 0 ? 0 : (cpuSeconds * 1e6) / negotiations,
  };
}
