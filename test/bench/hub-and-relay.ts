/** The hub against a bare relay: CPU for one negotiation (design, section 6). */
import { createTokens } from "../../server/tokens.ts";
import { startRedis } from "../helpers/redis.ts";
import { connectPair, negotiateAll, type Pair } from "./negotiate.ts";
import { cpuSeconds } from "./process-stats.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

const SECRET = "a secret for benchmarks, of 32 bytes or more";

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

export async function startMeasuredHub(
  environment: Record<string, string> = {},
  nodeArguments: string[] = [],
) {
  const redis = await startRedis({ durable: true });
  const hub = await startServer(
    "./hub-server.ts",
    { JWT_SECRET: SECRET, REDIS_URL: redis.url, ...environment },
    nodeArguments,
  );
  return { redis, hub };
}
