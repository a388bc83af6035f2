/** Terminals that connect and leave again, many at once, each in another way. */
import { once } from "node:events";
import { WebSocket } from "ws";
import type { ChildHub } from "../helpers/child-hub.ts";

const AT_ONCE = 50;
const PARTIES = 20;

/** How a terminal leaves: in order, by closing the connection, or by being gone. */
const LEAVE: readonly ((socket: WebSocket) => void)[] = [
  (socket) => {
    socket.send("41");
    socket.close();
  },
  (socket) => socket.close(),
  (socket) => socket.terminate(),
];

/** Connects so many terminals one after the other, some at a time; each has a session before it leaves. */
export async function connectAndLeave(hub: ChildHub, count: number): Promise<void> {
  const tokens = await Promise.all(
    Array.from({ length: PARTIES }, (_, index) => hub.token(`passer-by-${index}`)),
  );
  let next = 0;
  const work = async () => {
    for (let index = next++; index < count; index = next++)
      await passBy(hub, tokens[index % PARTIES] as string, LEAVE[index % LEAVE.length] as (typeof LEAVE)[0]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

async function passBy(hub: ChildHub, token: string, leave: (socket: WebSocket) => void): Promise<void> {
  const socket = new WebSocket(`${hub.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const closed = once(socket, "close");
  const begun = new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (data) => {
      if (String(data).startsWith('42["session:ready"')) resolve();
    });
    void closed.then(() => reject(new Error("a connection was closed before its session had begun")));
  });
  await once(socket, "open");
  socket.send(`40${JSON.stringify({ token })}`);
  await begun;
  leave(socket);
  await closed;
}
