/** Memory of a terminal that does nothing, against a bare Socket.IO connection. */
import { startRedis } from "../helpers/redis.ts";
import { connectIdle } from "./connect-idle.ts";
import { SECRET } from "./connect-pairs.ts";
import type { Row } from "./report.ts";
import { type ServerProcess, startHub, startServer } from "./server-process.ts";
import type { Size } from "./size.ts";

export async function benchIdleTerminals(size: Size): Promise<Row[]> {
  const hub: number[] = [];
  const bare: number[] = [];
  const redis = await startRedis({ durable: true });
  for (let round = 0; round < Math.min(3, size.rounds); round++) {
    hub.push(await bytesEach(await startHub({ JWT_SECRET: SECRET, REDIS_URL: redis.url }), size));
    bare.push(await bytesEach(await startServer("./relay-server.ts"), size));
  }
  await redis.stop();
  const against = { what: "bare Socket.IO", values: bare };
  return [
    {
      what: `memory of an idle terminal, ${size.terminals} connected`,
      unit: "B",
      values: hub,
      against,
      budget: 1.1,
    },
  ];
}

async function bytesEach(server: ServerProcess, size: Size): Promise<number> {
  // The first connections also pay for what is there once, such as room for what is young.
  const first = await connectIdle(server, Math.ceil(size.terminals / 2), "first");
  const before = await server.collected();
  const idle = await connectIdle(server, size.terminals, "idle");
  const after = await server.collected();
  first.close();
  idle.close();
  await server.stop();
  return (after - before) / size.terminals;
}
