/** Measuring a server from outside: CPU time as the system accounts for it, and time on the clock. */
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { type Circle, connectPairs, type Pairs, SECRET } from "./connect-pairs.ts";
import { negotiateAll } from "./negotiate.ts";
import { cpuSeconds } from "./process-stats.ts";
import { type ServerProcess, startHub } from "./server-process.ts";

export interface Measured {
  /** CPU of the hubs for one negotiation, microseconds. */
  cpuMicros: number;
  /** CPU of the stores for one negotiation, microseconds. */
  storeMicros: number;
  perSecond: number;
}

/** CPU of hubs and stores together for one negotiation, microseconds. */
export function bothMicros({ cpuMicros, storeMicros }: Measured): number {
  return cpuMicros + storeMicros;
}

/** Tells how many seconds of CPU were used so far, for hubs and for stores. */
export interface Meter {
  hubs(): number;
  stores(): number;
}

/** Reads the CPU of processes; those without a store have none. */
export function meterOf(processes: { hubs: readonly number[]; stores?: readonly number[] }): Meter {
  const sum = (pids: readonly number[] = []) => pids.reduce((seconds, pid) => seconds + cpuSeconds(pid), 0);
  return { hubs: () => sum(processes.hubs), stores: () => sum(processes.stores) };
}

/** Measures servers over a number of negotiations. */
export async function measure(pairs: Pairs, count: number, meter: Meter): Promise<Measured> {
  const [hubs, stores, started] = [meter.hubs(), meter.stores(), performance.now()];
  await negotiateAll(pairs.list, count);
  const seconds = (performance.now() - started) / 1000;
  return {
    cpuMicros: ((meter.hubs() - hubs) * 1e6) / count,
    storeMicros: ((meter.stores() - stores) * 1e6) / count,
    perSecond: count / seconds,
  };
}

export interface MeasuredHub {
  readonly hub: ServerProcess;
  readonly redis: TestRedis;
  readonly pairs: Pairs;
  measure(count: number): Promise<Measured>;
  stop(): Promise<void>;
}

export interface HubOptions extends Omit<Circle, "url"> {
  /** Settings of the store besides the durable ones. */
  redis?: Record<string, string>;
  environment?: Record<string, string>;
}

/** A hub with a durable store of its own, and pairs of terminals connected to it. */
export async function startMeasuredHub(options: HubOptions): Promise<MeasuredHub> {
  const redis = await startRedis({ durable: true, ...(options.redis && { settings: options.redis }) });
  const environment = {
    JWT_SECRET: SECRET,
    REDIS_URL: redis.url,
    BENCH_PAYERS: String(options.payers ?? options.pairs),
    ...options.environment,
  };
  const hub = await startHub(environment);
  const pairs = await connectPairs({ ...options, url: hub.url });
  const meter = meterOf({ hubs: [hub.pid], stores: [redis.pid] });
  return {
    hub,
    redis,
    pairs,
    measure: (count) => measure(pairs, count, meter),
    stop: async () => {
      pairs.close();
      await hub.stop();
      await redis.stop();
    },
  };
}

/** Measures several things in turn, so that the machine's moods meet all alike; the first round is not counted. */
export async function inTurn<K extends string, T>(
  rounds: number,
  measures: { readonly [key in K]: () => Promise<T> },
): Promise<Record<K, T[]>> {
  const keys = Object.keys(measures) as K[];
  const found = Object.fromEntries(keys.map((key) => [key, [] as T[]])) as Record<K, T[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const key of keys) {
      const value = await measures[key]();
      if (round > 0) found[key].push(value);
    }
  }
  return found;
}
