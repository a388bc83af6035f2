/** How fast terminals get in, and what that costs the hub. */
import { setTimeout as pause } from "node:timers/promises";
import { startRedis } from "../helpers/redis.ts";
import { connectIdle } from "./connect-idle.ts";
import { SECRET } from "./connect-pairs.ts";
import { inTurn } from "./measure.ts";
import { cpuSeconds } from "./process-stats.ts";
import { type Row, rowOf } from "./report.ts";
import { type ServerProcess, startHub, startServer } from "./server-process.ts";
import type { Size } from "./size.ts";

const SETTLE_MS = 250;

/** Against bare Socket.IO, which checks no token and has nothing to read. */
export async function benchAcceptors(size: Size): Promise<Row[]> {
  const redis = await startRedis({ durable: true });
  const [hub, relay] = await Promise.all([
    startHub({ JWT_SECRET: SECRET, REDIS_URL: redis.url }),
    startServer("./relay-server.ts"),
  ]);
  const connect = (server: ServerProcess) => async () => {
    const cpu = cpuSeconds(server.pid);
    const idle = await connectIdle(server, size.terminals, "idle");
    const cpuMicros = ((cpuSeconds(server.pid) - cpu) * 1e6) / size.terminals;
    idle.close();
    // Letting them go is work as well, and not what is measured next.
    await pause(SETTLE_MS);
    return { perSecond: size.terminals / idle.seconds, cpuMicros };
  };
  const found = await inTurn(size.rounds, { hub: connect(hub), bare: connect(relay) });
  await relay.stop();
  await hub.stop();
  await redis.stop();
  const both = { values: found.hub, against: { what: "bare Socket.IO", values: found.bare } };
  return [
    rowOf("terminals let in", "/s", { ...both, of: ({ perSecond }) => perSecond }),
    rowOf("hub CPU for letting one terminal in", "µs", { ...both, of: ({ cpuMicros }) => cpuMicros }),
  ];
}
