/** What a load costs the hub and its store, as they tell themselves. */
import type { Redis } from "ioredis";
import { masters, type Store } from "../redis/connect.ts";

/** Some of a hub's metrics at one moment. */
export interface HubReading {
  cpuSeconds: number;
  memoryBytes: number;
  eventLoopP99Seconds: number;
}

export interface HubCost {
  /** Of one core. */
  cpuPercent: number;
  cpuMicrosPerNegotiation: number;
  memoryBytes: number;
  eventLoopP99Ms: number;
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
  const value = (name: string) => {
    const found = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, "m").exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const cpuSeconds = value("process_cpu_seconds_total");
  if (cpuSeconds === undefined) return undefined;
  return {
    cpuSeconds,
    memoryBytes: value("process_resident_memory_bytes") ?? 0,
    eventLoopP99Seconds: value("nodejs_eventloop_lag_p99_seconds") ?? 0,
  };
}

export function hubCost(before: HubReading, after: HubReading, per: Spent): HubCost {
  return {
    ...cpuCost(after.cpuSeconds - before.cpuSeconds, per),
    memoryBytes: after.memoryBytes,
    eventLoopP99Ms: after.eventLoopP99Seconds * 1000,
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
