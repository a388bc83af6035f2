/** Terminals that connect and do nothing more. */
import { io, type Socket } from "socket.io-client";
import { identityOf } from "./connect-pairs.ts";
import type { Identity } from "./negotiate.ts";

const AT_ONCE = 100;

export interface Idle {
  /** How long it took to let all of them in, seconds. */
  readonly seconds: number;
  close(): void;
}

/** Connects terminals, a hundred at a time, each of a party of its own. */
export async function connectIdle(server: { url: string }, count: number, prefix: string): Promise<Idle> {
  const identities = await Promise.all(
    Array.from({ length: count }, (_, index) => identityOf(`${prefix}-${index}`)),
  );
  const sockets: Socket[] = [];
  const started = performance.now();
  while (sockets.length < count) {
    const batch = identities.slice(sockets.length, sockets.length + AT_ONCE);
    sockets.push(...(await Promise.all(batch.map((identity) => begin(server.url, identity)))));
  }
  return {
    seconds: (performance.now() - started) / 1000,
    close: () => {
      for (const socket of sockets) socket.disconnect();
    },
  };
}

function begin(url: string, auth: Identity): Promise<Socket> {
  const socket = io(url, { transports: ["websocket"], auth, forceNew: true });
  return new Promise((resolve, reject) => {
    socket.once("session:ready", () => resolve(socket));
    socket.once("connect_error", reject);
  });
}
