/** Connections come in by turns, and those of one party or address without end at a pace. */
import { once } from "node:events";
import { createServer } from "node:http";
import { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { WebSocket } from "ws";
import { Doors } from "../../server/socket/doors.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";

const doors = suite("doors");
let hub: TestHub;
doors.before(async () => {
  hub = await startHub({});
});
doors.after(() => hub.close());

/** Comes with a token; answers the first that the hub says to it, and closes. */
async function visit(token: string): Promise<string> {
  const socket = new WebSocket(`${hub.url.replace(/^http/, "ws")}/socket.io/?EIO=4&transport=websocket`);
  const closed = once(socket, "close");
  let said = "";
  socket.on("error", () => undefined);
  socket.on("message", (data) => {
    const text = String(data);
    if (text.startsWith("0{")) socket.send(`40${JSON.stringify({ token })}`);
    else if (text.startsWith("44") || text.startsWith('42["session:')) {
      said ||= text;
      socket.close();
    }
  });
  await closed;
  return said;
}

/** Many at once; what each was told, and how long it took for all of them, milliseconds. */
async function visitAtOnce(count: number, token: string): Promise<{ told: string[]; tookMs: number }> {
  const began = performance.now();
  const told = await Promise.all(Array.from({ length: count }, () => visit(token)));
  return { told, tookMs: performance.now() - began };
}

doors(
  "terminals of a party that leave as soon as they are in get in again at a pace, and others at once",
  async () => {
    const token = await hub.token("acme");
    const began = performance.now();
    const { told } = await visitAtOnce(200, token);
    assert.ok(told.every((text) => text.startsWith('42["session:ready"')));
    const again = visit(token).then(() => performance.now() - began);
    assert.match(await visit(await hub.token("shop")), /^42\["session:ready"/);
    // 50 at once, and 50 a second from then on.
    assert.ok((await again) >= 3000, `${await again} ms`);
  },
);

doors("terminals of a party that stay come in without waiting", async () => {
  const paced = new Doors({ partyConnections: 1000 });
  for (let count = 0; count < 1000; count++) {
    await paced.admit("fleet");
    paced.left("fleet", 10_000);
  }
  const began = performance.now();
  for (let count = 0; count < 150; count++) paced.left("fleet", 9999);
  await paced.admit("fleet");
  assert.ok(performance.now() - began > 800);
});

doors("a load test that may have many terminals of a party may have them leave", async () => {
  const paced = new Doors({ partyConnections: 10_000_000 });
  for (let count = 0; count < 10_000; count++) paced.left("load", 0);
  const waited = paced.admit("load").then(() => "admitted");
  assert.is(await Promise.race([waited, sleep(20, "waits")]), "admitted");
});

doors("bad tokens without end of one address are answered at a pace, and hold up no good one", async () => {
  const bad = visitAtOnce(60, "none");
  assert.match(await visit(await hub.token("shop")), /^42\["session:ready"/);
  const { told, tookMs } = await bad;
  assert.ok(told.every((text) => /^44\{.*"unauthenticated"/.test(text)));
  // 40 at once, and 20 a second from then on.
  assert.ok(tookMs > 900, `${tookMs} ms for 60`);
});

/** A line whose other side says and ends nothing; with what it was told. */
class Line extends Duplex {
  told = "";

  override _read(): void {
    // Nothing comes.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.told += String(chunk);
    done();
  }
}

/** A server whose upgrades come in by the doors; `come` is what Node does with a request for one. */
function guarded() {
  const http = createServer();
  const entered: object[] = [];
  http.on("upgrade", (_request, socket) => entered.push(socket));
  const guarding = new Doors({ partyConnections: 1000 });
  guarding.guard(http, ({ url = "" }) => url);
  const come = (address = "here") => {
    const socket = new Line();
    http.emit("upgrade", { url: address }, socket, Buffer.alloc(0));
    return socket;
  };
  return { come, entered, close: () => guarding.close() };
}

doors("who goes while it waits, or breaks, is not let in, and ends nothing", async () => {
  const { come, entered } = guarded();
  const [stays, breaks, goes, last] = [come(), come(), come(), come()];
  breaks.destroy(new Error("reset"));
  goes.destroy();
  while (!entered.includes(last)) await new Promise(setImmediate);
  assert.equal(entered, [stays, last]);
  assert.is(stays.listenerCount("error") + stays.listenerCount("close"), new Line().listenerCount("close"));
});

doors("so many may wait; who comes then is told to come again", async () => {
  const { come } = guarded();
  for (let count = 0; count < 4096; count++) come();
  const refused = come();
  await once(refused, "close");
  assert.match(refused.told, /^HTTP\/1\.1 503 .*\r\nRetry-After: 1\r\n/);
});

doors("an address that fills all places keeps no other out, and has its turn after that", async () => {
  const { come, entered } = guarded();
  const all = Array.from({ length: 4096 }, () => come("flood"));
  const last = all.at(-1) as Line;
  const other = come("elsewhere");
  await once(last, "close");
  assert.match(last.told, /^HTTP\/1\.1 503 /);
  while (!entered.includes(other)) await new Promise(setImmediate);
  assert.ok(entered.indexOf(other) < 200, `after ${entered.indexOf(other)}`);
});

doors("once they are closed nobody comes in, neither who waits nor who comes then", async () => {
  const { come, entered, close } = guarded();
  const waits = come();
  close();
  await Promise.all([once(waits, "close"), once(come(), "close")]);
  assert.match(waits.told, /^HTTP\/1\.1 503 /);
  assert.equal(entered, []);
});

doors.run();
