/** A frame that is written in one piece carries what one in two pieces does. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { joinFrames } from "../../server/hub/join-frames.ts";
import { openSocket } from "../helpers/raw-terminal.ts";

const frames = suite("frames in one piece");

/** Lengths at which a frame's header changes its form, and at which it is no longer joined. */
const LENGTHS = [0, 1, 100, 120, 125, 126, 127, 200, 4000, 4096, 4097, 65_500, 65_536, 70_000];
const SENT = [
  ...LENGTHS.map((length) => "x".repeat(length)),
  ...["é", "ÿ", "\u0080", "华夏贸易", "🧾", "\u0000\u007f"].map((text) => `a${text.repeat(50)}z`),
];

/** Sends all of them, to one and to a room; answers what came, and how often pieces were held back to be joined. */
async function carry(prepare: (io: Server) => void) {
  const http = createServer();
  let corked = 0;
  http.on("connection", (socket) => {
    const cork = socket.cork.bind(socket);
    socket.cork = () => {
      corked += 1;
      cork();
    };
  });
  const io = new Server(http, { transports: ["websocket"], allowUpgrades: false, serveClient: false });
  prepare(io);
  io.on("connection", (socket) => {
    corked = 0;
    for (const text of SENT) {
      socket.emit("text", text);
      io.emit("text", text);
    }
    socket.emit("bytes", Buffer.from(SENT.join("")));
    socket.emit("end");
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const socket = openSocket(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const came: unknown[] = [];
  const other = socket as unknown as { on(name: string, listener: (value: unknown) => void): void };
  other.on("text", (text) => came.push(text));
  other.on("bytes", (bytes) => came.push(Buffer.from(bytes as Buffer).toString()));
  await new Promise<void>((resolve) => other.on("end", () => resolve()));
  socket.disconnect();
  await io.close();
  return { came, corked };
}

frames("carry every text and every length, to one and to a room", async () => {
  const { came } = await carry(joinFrames);
  const expected = [...SENT.flatMap((text) => [text, text]), SENT.join("")];
  const wrong = expected.flatMap((text, index) => (came[index] === text ? [] : [text.slice(0, 20)]));
  assert.equal(wrong, []);
  assert.is(came.length, expected.length);
});

frames("are joined where they are short, and would be in two pieces otherwise", async () => {
  const { corked } = await carry(joinFrames);
  const { corked: inTwo } = await carry(() => undefined);
  const short = LENGTHS.filter((length) => length < 4000);
  assert.ok(corked <= inTwo - 2 * short.length, `${corked} of ${inTwo} in two pieces`);
});

frames.run();
