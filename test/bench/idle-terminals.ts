/** Memory of a terminal that does nothing, against a bare Socket.IO connection. */
import { io, type Socket } from "socket.io-client";
import { createTokens } from "../../server/tokens.ts";
import { startRedis } from "../helpers/redis.ts";
import type { Size } from "./benches.ts";
import { SECRET } from "./measure.ts";
import type { Row } from "./report.ts";
import { type ServerProcess, startServer } from "./server-process.ts";

export async function benchIdleTerminals(size: Size): Promise<Row[]> {
  const hub: number[] = [];
  const bare: number[] = [];
  const redis = await startRedis({ durable: true });
  for (let round = 0; round < Math.min(3, size.rounds); round++) {
    hub.push(
      await bytesEach(
        await startServer("./hub-server.ts", { JWT_SECRET: SECRET, REDIS_URL: redis.url }),
        size,
      ),
    );
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
  // The first connections also pay for what is made once.
  const first = await connectIdle(server, Math.ceil(size.terminals / 10), "first");
  const before = await server.collected();
  const sockets = await connectIdle(server, size.terminals, "idle");
  const after = await server.collected();
  for (const socket of [...first, ...sockets]) socket.disconnect();
  await server.stop();
  return (after - before) / size.terminals;
}

/** Connects terminals, a hundred at a time, each of a party of its own. */
export async function connectIdle(server: { url: string }, count: number, prefix: string): Promise<Socket[]> {
  const tokens = await createTokens({ JWT_SECRET: SECRET, DATA_DIR: "" });
  const sockets: Socket[] = [];
  while (sockets.length < count) {
    const batch = Array.from({ length: Math.min(100, count - sockets.length) }, async (_, index) => {
      const party = `${prefix}-${sockets.length + index}`;
      const token = await tokens.sign?.({ party, ttlSeconds: 36_000 });
      const socket = io(server.url, { transports: ["websocket"], auth: { party, token }, forceNew: true });
      await new Promise<void>((resolve, reject) => {
        socket.once("session:ready", () => resolve());
        socket.once("connect_error", reject);
      });
      return socket;
    });
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}
