/** What a load costs the hub and its store, as they tell themselves. */
import type { Redis } from "ioredis";
import { masters, type Store } from "../redis/connect.ts";
import { readSlow, type Slow } from "../redis/slow-fsyncs.ts";

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

/** What a process has spent. */
export interface Cost {
  /** Of one core. */
  cpuPercent: number;
  cpuMicrosPerNegotiation: number;
  memoryBytes: number;
}

export interface HubCost extends Cost {
  eventLoopMeanMs: number;
  eventLoopP99Ms: number;
  eventLoopMaxMs: number;
  /** How many messages were answered with each error, also those that terminals sent again by themselves. */
  refused: Record<string, number>;
}

export interface StoreReading {
  cpuSeconds: number;
  memoryBytes: number;
  /** Undefined when the store does not tell. */
  slowFsyncs: Slow[] | undefined;
}

export interface StoreCost extends Cost {
  /** What each answer waited for at the least; undefined when the store does not tell. */
  fsyncs: Fsyncs | undefined;
}

/** How slow the slowest fsync was in each second in which one took a millisecond or longer. */
export interface Fsyncs {
  /** How many such seconds there were; a server remembers the last 160. */
  seconds: number;
  /** Of them, milliseconds; 0 when there were none. */
  medianMs: number;
  maxMs: number;
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
  const [slowFsyncs, ...readings] = await Promise.all([readSlow(store), ...masters(store).map(readServer)]);
  const sum = (of: (one: (typeof readings)[number]) => number) =>
    readings.reduce((total, one) => total + of(one), 0);
  return {
    cpuSeconds: sum((one) => one.cpuSeconds),
    memoryBytes: sum((one) => one.memoryBytes),
    slowFsyncs,
  };
}

async function readServer(server: Redis): Promise<Omit<StoreReading, "slowFsyncs">> {
  const text = `${await server.info("cpu")}\n${await server.info("memory")}`;
  const value = (name: string) => Number(new RegExp(`^${name}:(\\S+)`, "m").exec(text)?.[1] ?? 0);
  return {
    cpuSeconds: value("used_cpu_user") + value("used_cpu_sys"),
    memoryBytes: value("used_memory"),
  };
}

export function storeCost(before: StoreReading, after: StoreReading, per: Spent): StoreCost {
  return {
    ...cpuCost(after.cpuSeconds - before.cpuSeconds, per),
    memoryBytes: after.memoryBytes,
    fsyncs: after.slowFsyncs && fsyncsOf(after.slowFsyncs, before.slowFsyncs ?? []),
  };
}

/** Of the seconds that have come since. */
function fsyncsOf(after: readonly Slow[], before: readonly Slow[]): Fsyncs {
  const since = Math.max(0, ...before.map(({ at }) => at));
  const slow = after.filter(({ at }) => at > since).map(({ milliseconds }) => milliseconds);
  slow.sort((one, other) => one - other);
  return { seconds: slow.length, medianMs: slow[slow.length >> 1] ?? 0, maxMs: slow.at(-1) ?? 0 };
}

/** How long the store's disk took, in words. */
export function describeFsyncs(fsyncs: Fsyncs | undefined): string {
  if (!fsyncs) return "not known: the store's latency-monitor-threshold is 0, or its user may not ask";
  const { seconds, medianMs, maxMs } = fsyncs;
  if (seconds === 0) return "each fsync took less than a millisecond";
  return `in ${seconds} seconds an fsync took a millisecond or longer; their slowest: median ${medianMs} ms, max ${maxMs} ms`;
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
