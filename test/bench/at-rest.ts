/** What a hub costs that has nothing to do: it looks for deadlines, and walks the indexes of its book. */
import { setTimeout as pause } from "node:timers/promises";
import { startRedis } from "../helpers/redis.ts";
import { SECRET } from "./connect-pairs.ts";
import { cpuNanos, wakeUps } from "./process-stats.ts";
import type { Row } from "./report.ts";
import { startHub } from "./server-process.ts";
import type { Size } from "./size.ts";

export async function benchAtRest(size: Size): Promise<Row[]> {
  const redis = await startRedis({ durable: true });
  const hub = await startHub({ JWT_SECRET: SECRET, REDIS_URL: redis.url, ARCHIVE_URL: "none" });
  // It walks all indexes in haste when it has started.
  await pause(size.restMs);
  const hubMs: number[] = [];
  const storeMs: number[] = [];
  const woken: number[] = [];
  for (let round = 0; round < size.rounds; round++) {
    const before = { hub: cpuNanos(hub.pid), store: cpuNanos(redis.pid), woken: wakeUps(hub.pid) };
    const began = performance.now();
    await pause(size.restMs);
    const seconds = (performance.now() - began) / 1000;
    hubMs.push((cpuNanos(hub.pid) - before.hub) / 1e6 / seconds);
    storeMs.push((cpuNanos(redis.pid) - before.store) / 1e6 / seconds);
    woken.push((wakeUps(hub.pid) - before.woken) / seconds);
  }
  await hub.stop();
  await redis.stop();
  return [
    { what: "CPU of a hub at rest, each second", unit: "ms", values: hubMs, budget: 2 },
    { what: "CPU of its store, each second", unit: "ms", values: storeMs },
    { what: "how often its main thread wakes each second", unit: "", values: woken },
  ];
}
