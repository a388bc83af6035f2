/** How fast terminals get in, and how soon all are back after the hub was restarted. */

import { startRedis } from "../helpers/redis.ts";
import { freePort } from "../helpers/redis-process.ts";
import type { Size } from "./benches.ts";
import { connectIdle } from "./idle-terminals.ts";
import { SECRET } from "./measure.ts";
import type { Row } from "./report.ts";
import { startServer } from "./server-process.ts";

export async function benchAcceptors(size: Size): Promise<Row[]> {
  const redis = await startRedis({ durable: true });
  const environment = { JWT_SECRET: SECRET, REDIS_URL: redis.url, BENCH_PORT: String(await freePort()) };
  const hub = await startServer("./hub-server.ts", environment);
  const started = performance.now();
  const sockets = await connectIdle(hub, size.terminals, "idle");
  const perSecond = size.terminals / ((performance.now() - started) / 1000);
  const back = Promise.all(
    sockets.map((socket) => new Promise((resolve) => socket.once("session:ready", resolve))),
  );
  await hub.stop();
  const stopped = performance.now();
  const again = await startServer("./hub-server.ts", environment);
  await back;
  const seconds = (performance.now() - stopped) / 1000;
  for (const socket of sockets) socket.disconnect();
  await again.stop();
  await redis.stop();
  return [
    { what: "terminals let in", unit: "/s", values: [perSecond] },
    { what: `all ${size.terminals} back after the hub was restarted`, unit: "s", values: [seconds] },
  ];
}
