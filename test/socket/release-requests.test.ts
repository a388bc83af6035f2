/** The request that a connection began with is collected while the connection goes on. */

import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Server } from "socket.io";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { releaseRequests } from "../../server/socket/release-requests.ts";
import { openSocket } from "../helpers/raw-terminal.ts";

const requests = suite("upgrade requests");

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Connects some terminals; answers how many of their requests are still in memory after a while. */
async function left(prepare: (io: Server) => void): Promise<number> {
  const http = createServer();
  const io = new Server(http, { transports: ["websocket"], allowUpgrades: false, serveClient: false });
  prepare(io);
  const seen: WeakRef<IncomingMessage>[] = [];
  http.prependListener("upgrade", (request) => seen.push(new WeakRef(request)));
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const sockets = Array.from({ length: 5 }, () => openSocket(url));
  await Promise.all(
    sockets.map((socket) => new Promise((resolve) => socket.on("connect", () => resolve(undefined)))),
  );
  assert.is(seen.length, 5);
  const alive = () => seen.filter((reference) => reference.deref() !== undefined).length;
  for (let round = 0; round < 20 && alive() > 0; round++) {
    await setTimeout(20);
    collectGarbage();
  }
  const count = alive();
  for (const socket of sockets) socket.disconnect();
  await io.close();
  return count;
}

requests("are let go while their connections go on", async () => {
  assert.is(await left(releaseRequests), 0);
});

requests("would be kept otherwise, so that the release is still needed", async () => {
  assert.is(await left(() => undefined), 5);
});

requests.run();
