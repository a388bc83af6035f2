/** A packet that is written in one piece is what the engine's own would be, and comes in its turn. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { Server, type Socket } from "socket.io";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packetOf, send } from "../../../server/socket/fast-path/frames.ts";
import { openSocket } from "../../helpers/raw-terminal.ts";

const frames = suite("frames in one piece");

/** Lengths at which a frame's header changes its form, and at which it is no longer joined; the packet adds 12. */
const LENGTHS = [0, 1, 100, 112, 113, 114, 115, 200, 4000, 4083, 4084, 4085, 65_500, 65_536, 70_000];
const ASCII = [...LENGTHS.map((length) => "x".repeat(length)), "\u007f", "\u0000\u001f"];
const OTHER = ["é", "ÿ", "\u0080", "华夏贸易", "🧾"].map((text) => `a${text.repeat(50)}z`);
const SENT = [...ASCII, ...OTHER];

const packet = (text: string) => packetOf(`2["text",${JSON.stringify(text)}]`);

/** Lets a server send; answers the texts that came, and how many packets went through the engine. */
async function carry(say: (socket: Socket, io: Server) => Promise<void>) {
  const http = createServer();
  const io = new Server(http, { transports: ["websocket"], allowUpgrades: false, serveClient: false });
  let byEngine = 0;
  io.on("connection", async (socket) => {
    // What the engine has to say at the start is done.
    await once(socket, "go");
    const write = socket.conn.write.bind(socket.conn);
    socket.conn.write = (...args) => {
      byEngine += 1;
      return write(...args);
    };
    await say(socket, io);
    socket.emit("end");
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const socket = openSocket(`http://127.0.0.1:${(http.address() as AddressInfo).port}`);
  const came: string[] = [];
  const other = socket as unknown as Socket;
  other.on("text", (text: string | Buffer) => came.push(text.toString()));
  const ended = once(other as never, "end");
  other.emit("go");
  await ended;
  socket.disconnect();
  await io.close();
  return { came, byEngine: byEngine - 1 };
}

/** The texts in short, so that a difference can be read. */
const shown = (texts: string[]) => texts.map((text) => `${text.length} ${text.slice(0, 8)}`);

frames("carry every text and every length", async () => {
  const { came } = await carry(async (socket) => {
    for (const text of SENT) {
      send(socket.conn, packet(text));
      await turn();
    }
  });
  assert.equal(shown(came), shown(SENT));
  assert.ok(came.every((text, index) => text === SENT[index]));
});

frames("of short texts of ASCII need no engine", async () => {
  const short = ASCII.filter((text) => packet(text).frame !== undefined);
  assert.ok(short.length > 10);
  const { came, byEngine } = await carry(async (socket) => {
    for (const text of short) send(socket.conn, packet(text));
  });
  assert.equal(shown(came), shown(short));
  assert.is(byEngine, 0);
});

frames("come in their turn, whatever the engine has to send", async () => {
  const { came } = await carry(async (socket, io) => {
    for (const text of SENT) {
      socket.emit("text", `engine ${text}`);
      send(socket.conn, packet(`hub ${text}`));
      io.emit("text", `room ${text}`);
      send(socket.conn, packet(`hub again ${text}`));
      await turn();
    }
  });
  const expected = SENT.flatMap((text) => [
    `engine ${text}`,
    `hub ${text}`,
    `room ${text}`,
    `hub again ${text}`,
  ]);
  assert.equal(shown(came), shown(expected));
});

frames("are not sent to a connection that is closing", async () => {
  const { came } = await carry(async (socket) => {
    send(socket.conn, packet("before"));
    socket.emit("end");
    const { socket: line } = socket.conn.transport as unknown as {
      socket: { close(): void; _socket: { bytesWritten: number } };
    };
    await turn();
    line.close();
    const { bytesWritten } = line._socket;
    send(socket.conn, packet("after"));
    socket.conn.close();
    send(socket.conn, packet("after that"));
    assert.is(line._socket.bytesWritten, bytesWritten);
  });
  assert.equal(came, ["before"]);
});

frames.run();
