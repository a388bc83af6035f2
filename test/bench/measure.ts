/** Measuring a server from outside: CPU time and memory as the system accounts for them. */
import { createTokens } from "../../server/tokens.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { connectPair, negotiateAll, type Pair } from "./negotiate.ts";
import { cpuSeconds } from "./process-stats.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

export const SECRET = "a secret for benchmarks, of 32 bytes or more";

export interface Measured {
  /** CPU of the server for one negotiation, microseconds. */
  cpuMicros: number;
  /** CPU of the store for one negotiation, microseconds. */
  storeMicros: number;
  perSecond: number;
}

export const account = { number: "6222020200112233", holder: "Acme Ltd" };

export async function connectPairs(server: ServerProcess, count: number): Promise<Pair[]> {
  const tokens = await createTokens({ JWT_SECRET: SECRET, DATA_DIR: "" });
  const token = async (party: string) => ({
    party,
    token: (await tokens.sign?.({ party, ttlSeconds: 36000 })) as string,
  });
  const pairs: Pair[] = [];
  for (let index = 0; index < count; index++) {
    const [issuer, payer] = await Promise.all([token(`issuer-${index}`), token(`payer-${index}`)]);
    pairs.push(await connectPair({ url: server.url, issuer, payer, account }));
  }
  return pairs;
}

/** Measures one server over a number of negotiations. */
export async function measure(
  server: ServerProcess,
  pairs: Pair[],
  count: number,
  redisPid?: number,
): Promise<Measured> {
  const cpu = cpuSeconds(server.pid);
  const store = redisPid ? cpuSeconds(redisPid) : 0;
  const started = performance.now();
  await negotiateAll(pairs, count);
  const seconds = (performance.now() - started) / 1000;
  return {
    cpuMicros: ((cpuSeconds(server.pid) - cpu) * 1e6) / count,
    storeMicros: redisPid ? ((cpuSeconds(redisPid) - store) * 1e6) / count : 0,
    perSecond: count / seconds,
  };
}

export interface MeasuredHub {
  readonly hub: ServerProcess;
  readonly redis: TestRedis;
  readonly pairs: Pair[];
  measure(count: number): Promise<Measured>;
  stop(): Promise<void>;
}

export interface HubOptions {
  /** Issuers and payers that negotiate at once. */
  pairs: number;
  /** Settings of the store besides the durable ones. */
  redis?: Record<string, string>;
  environment?: Record<string, string>;
  nodeArguments?: string[];
}

/** A hub with a durable store of its own, and pairs of terminals connected to it. */
export async function startMeasuredHub(options: HubOptions): Promise<MeasuredHub> {
  const redis = await startRedis({ durable: true, ...(options.redis && { settings: options.redis }) });
  const environment = {
    JWT_SECRET: SECRET,
    REDIS_URL: redis.url,
    BENCH_PAYERS: String(options.pairs),
    ...options.environment,
  };
  const hub = await startServer("./hub-server.ts", environment, options.nodeArguments);
  const pairs = await connectPairs(hub, options.pairs);
  return {
    hub,
    redis,
    pairs,
    measure: (count) => measure(hub, pairs, count, redis.pid),
    stop: async () => {
      for (const pair of pairs) pair.close();
      await hub.stop();
      await redis.stop();
    },
  };
}

/** Measures several things in turn, so that the machine's moods meet all alike; the first round is not counted. */
export async function inTurn<K extends string>(
  rounds: number,
  measures: { readonly [key in K]: () => Promise<number> },
): Promise<Record<K, number[]>> {
  const keys = Object.keys(measures) as K[];
  const found = Object.fromEntries(keys.map((key) => [key, [] as number[]])) as Record<K, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const key of keys) {
      const value = await measures[key]();
      if (round > 0) found[key].push(value);
    }
  }
  return found;
}
