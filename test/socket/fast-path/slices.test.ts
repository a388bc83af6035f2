/** A connection is read in slices: nothing is lost, comes twice or out of order, and between any two others are heard. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket as TcpSocket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { Server } from "socket.io";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { WebSocket } from "ws";
import { Turns } from "../../../server/limits/turns.ts";
import type { EngineConnection, Transport } from "../../../server/socket/fast-path/engine.ts";
import { Inflow } from "../../../server/socket/fast-path/inflow.ts";
import { SLICE_BYTES } from "../../../server/socket/fast-path/slices.ts";
import { holds } from "../../helpers/properties.ts";

const slices = suite("slices");

const PATH = "/socket.io/?EIO=4&transport=websocket";
/** More than a TCP socket hands over at once. */
const MUCH = 200 * 1024;

/** What a connection of the server's has got, and how it is held. */
interface Served {
  connection: EngineConnection;
  inflow: Inflow;
  taken: (string | Buffer)[];
  closed: Promise<unknown>;
}

interface ServedOptions {
  pingInterval?: number;
  pingTimeout?: number;
  /** Called with each message, when it is in `taken`. */
  take?: (served: Served) => void;
}

/** A server whose connections are read by an `Inflow` each, and the TCP connections to it. */
async function serve({ take = () => undefined, ...engine }: ServedOptions = {}) {
  const http = createServer();
  const io = new Server(http, { transports: ["websocket"], perMessageDeflate: false, ...engine });
  const turns = new Turns();
  const arrived: Served[] = [];
  io.engine.on("connection", (connection: EngineConnection) => {
    connection.removeAllListeners("data");
    const inflow = new Inflow(connection, turns, (data) => {
      // The engine has nothing rather than an empty text.
      served.taken.push((data ?? "") as string | Buffer);
      take(served);
    });
    const closed = new Promise<void>((resolve) => connection.once("close", resolve));
    const served: Served = { connection, inflow, taken: [], closed };
    arrived.push(served);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  return {
    port,
    /** An upgraded connection, of which both ends are answered. */
    open: async (): Promise<[tcp: TcpSocket, served: Served]> => {
      const tcp = connect(port, "127.0.0.1").on("error", () => undefined);
      const key = Buffer.from("a key of 16 byte").toString("base64");
      tcp.write(
        `GET ${PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      );
      const before = arrived.length;
      while (arrived.length === before) await sleep(2);
      return [tcp, arrived.at(-1) as Served];
    },
    close: () => io.close(),
  };
}

/** The kinds of frames (RFC 6455, section 5.2). */
const [CONTINUATION, TEXT, BINARY, CLOSE, PING] = [0x0, 0x1, 0x2, 0x8, 0x9];
const FINAL = 0x80;

/** A masked frame. */
function frame(kind: number, content: Buffer, mask = Buffer.from([0x5a, 0x01, 0xff, 0x80])): Buffer {
  const { length } = content;
  const head =
    length < 126
      ? Buffer.from([kind, 0x80 | length])
      : Buffer.from([kind, 0x80 | 126, length >> 8, length & 0xff]);
  return Buffer.concat([head, mask, content.map((byte, index) => byte ^ (mask[index % 4] as number))]);
}

/** A message of Engine.IO's; its text comes without the type, `4`. */
const text = (content: string) => frame(FINAL | TEXT, Buffer.from(`4${content}`));
const numbered = (count: number, length: number) =>
  Array.from({ length: count }, (_, index) => `${index}:`.padEnd(length, "x"));

interface Sent {
  content: Buffer;
  isBinary: boolean;
  /** Where it is cut into fragments, and a ping comes in between. */
  cuts: number[];
  /** The connection is held after it, for so many milliseconds. */
  holdMs: number | undefined;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  content: fc.oneof(
    fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes.map((byte) => byte & 0x7f))),
    fc.integer({ min: 0, max: 2500 }).map((length) => Buffer.from("y".repeat(length))),
    fc.integer({ min: 0, max: 4000 }).map((length) => Buffer.from("é华🧾".repeat(length / 9))),
  ),
  isBinary: fc.boolean(),
  cuts: fc.array(fc.nat(4000), { maxLength: 3 }),
  holdMs: fc.option(fc.nat(3), { freq: 8, nil: undefined }),
});

/** All frames of a message: its fragments, and pings between them. */
function framesOf({ content, isBinary, cuts }: Sent): Buffer[] {
  const whole = isBinary ? content : Buffer.concat([Buffer.from("4"), content]);
  const at = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return at.slice(1).flatMap((end, index) => {
    const isLast = index === at.length - 2;
    const kind = index > 0 ? CONTINUATION : isBinary ? BINARY : TEXT;
    const part = frame((isLast ? FINAL : 0) | kind, whole.subarray(at[index], end));
    return isLast ? [part] : [part, frame(FINAL | PING, Buffer.from("?"))];
  });
}

slices(
  "lose nothing and keep the order, however frames and slices lie, and whenever it is held",
  async () => {
    let all: Sent[] = [];
    const server = await serve({
      take: ({ inflow, taken }) => {
        const holdMs = all[taken.length - 1]?.holdMs;
        if (holdMs !== undefined) setTimeout(inflow.hold(), holdMs);
      },
    });
    const carried = fc.asyncProperty(
      // A slice may end anywhere in what comes after the first.
      fc.nat(SLICE_BYTES),
      fc.array(sent, { minLength: 1, maxLength: 40 }),
      async (first, others) => {
        const [tcp, { taken }] = await server.open();
        all = [{ content: Buffer.alloc(first, "z"), isBinary: true, cuts: [], holdMs: undefined }, ...others];
        let said = "";
        tcp.on("data", (chunk: Buffer) => {
          said += chunk.toString("latin1");
        });
        tcp.write(Buffer.concat(all.flatMap(framesOf)));
        const pings = all.reduce((sum, { cuts }) => sum + cuts.length, 0);
        // A pong has what its ping had; nothing else that the server says has these bytes.
        const pongs = () => said.split("\x8a\x01?").length - 1;
        while (taken.length < all.length || pongs() < pings) await sleep(1);
        assert.equal(
          taken,
          all.map(({ content, isBinary }) => (isBinary ? content : content.toString())),
        );
        tcp.destroy();
      },
    );
    await holds(carried, { name: "slices", runs: 15 });
    await server.close();
  },
);

slices("of one connection come between those of others, and nobody waits for the end of them", async () => {
  let order: unknown[] = [];
  const server = await serve({ take: ({ taken }) => order.push(taken.at(-1)) });
  const [busy] = await server.open();
  const [other, { taken }] = await server.open();
  const before: number[] = [];
  // A busy machine may bring it before all that was sent earlier, or behind it; without slices it does nothing else.
  const isBetween = (count: number) => count > 0 && count < 1000;
  while (before.filter(isBetween).length < 3) {
    order = [];
    busy.write(Buffer.concat(numbered(2000, 20).map(text)));
    other.write(text("alone"));
    while (order.length < 2001 || taken.length <= before.length) await sleep(1);
    before.push(order.indexOf("alone"));
    assert.ok(before.length < 100, `${before} came before it`);
  }
  for (const tcp of [busy, other]) tcp.destroy();
  await server.close();
});

slices("are all that is read of a connection that is held, and little waits for it here", async () => {
  const server = await serve({ take: ({ inflow }) => inflow.hold() });
  const [tcp, { connection, taken }] = await server.open();
  const { socket } = connection.transport as Transport;
  let read = 0;
  (socket as unknown as WebSocket).on("message", () => {
    read += 1;
  });
  tcp.write(Buffer.concat(numbered(MUCH / 20, 20).map(text)));
  while (taken.length === 0) await sleep(1);
  await sleep(200);
  assert.is(taken.length, 1);
  assert.ok(read <= SLICE_BYTES / 20, `${read} were read`);
  assert.ok((socket?._socket?.readableLength ?? MUCH) <= 144 * 1024);
  // Of what is held nobody sees that it has ended.
  socket?.terminate();
  tcp.destroy();
  await server.close();
});

slices("end with a goodbye: what came before it is taken, nothing that comes after it", async () => {
  const server = await serve();
  for (const count of [0, 1, 90, 700]) {
    const [tcp, { taken, closed }] = await server.open();
    const ended = once(tcp.resume(), "end");
    const goodbye = frame(FINAL | CLOSE, Buffer.from([0x03, 0xe8]));
    tcp.write(Buffer.concat([...numbered(count, 100).map(text), goodbye, ...numbered(500, 100).map(text)]));
    await closed;
    assert.equal(taken, numbered(count, 100));
    await ended;
  }
  await server.close();
});

slices("end with what makes no sense, likewise, and it is said what", async () => {
  const server = await serve();
  const [tcp, { taken, closed }] = await server.open();
  let said = Buffer.alloc(0);
  tcp.on("data", (chunk: Buffer) => {
    said = Buffer.concat([said, chunk]);
  });
  const unmasked = Buffer.from([FINAL | TEXT, 1, 0x34]);
  tcp.write(Buffer.concat([...numbered(700, 100).map(text), unmasked, ...numbered(500, 100).map(text)]));
  await closed;
  assert.equal(taken, numbered(700, 100));
  // A frame that closes, with the code 1002.
  while (!said.subarray(-4).equals(Buffer.from([0x88, 2, 0x03, 0xea]))) await sleep(1);
  tcp.destroy();
  await server.close();
});

slices("that were sent before the other side ended its half of the connection are taken", async () => {
  const server = await serve();
  const [tcp, { taken, closed }] = await server.open();
  tcp.resume().end(Buffer.concat(numbered(700, 100).map(text)));
  await closed;
  assert.equal(taken, numbered(700, 100));
  await server.close();
});

/** An answer has more time than a busy machine takes, and less than what is sent before it here. */
const HEARTBEAT = { pingInterval: 100, pingTimeout: 1500 };

slices("that are read late are no reason to take for dead who has answered each ping", async () => {
  const take = ({ inflow }: Served) => {
    const release = inflow.hold();
    setTimeout(release, 20);
  };
  const server = await serve({ ...HEARTBEAT, take });
  const [tcp, { taken, closed }] = await server.open();
  let isClosed = false;
  void closed.then(() => {
    isClosed = true;
  });
  // What the server writes is short, and comes in one piece.
  tcp.on("data", (chunk: Buffer) => {
    if (chunk.toString("latin1").includes("\x81\x012")) tcp.write(frame(FINAL | TEXT, Buffer.from("3")));
  });
  tcp.write(Buffer.concat(numbered(150, 1000).map(text)));
  while (taken.length < 150 && !isClosed) await sleep(20);
  assert.is(taken.length, 150);
  await sleep(HEARTBEAT.pingInterval + HEARTBEAT.pingTimeout + 400);
  assert.not(isClosed);
  tcp.destroy();
  await server.close();
});

slices("that have been read keep nobody alive who answers no ping", async () => {
  const server = await serve(HEARTBEAT);
  const [tcp, { taken, closed }] = await server.open();
  tcp.write(Buffer.concat(numbered(150, 1000).map(text)));
  await closed;
  assert.is(taken.length, 150);
  tcp.destroy();
  await server.close();
});

slices.run();
