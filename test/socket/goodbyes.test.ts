/** A connection that the hub ends is gone soon, whatever its other side does. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";

const goodbyes = suite("goodbyes");

/** Within this a line is gone; ws alone would wait for 30 s, and the engine for 45 s. */
const SOON_MS = 8000;
const LATE = Symbol("late");
const late = () => sleep(SOON_MS, LATE, { ref: false });

/** A line of TCP to a hub, which answers no goodbye of WebSocket's. */
async function openLine(hub: TestHub): Promise<Socket> {
  const line = connect(hub.port, "127.0.0.1");
  line.on("error", () => undefined);
  await once(line, "connect");
  return line;
}

/** When nothing is left of it; `once` would fail where it ends with an error. */
function goneFrom(line: Socket): Promise<unknown> {
  line.resume();
  return new Promise((resolve) => line.once("close", resolve));
}

/** Asks to come in. */
function knock(line: Socket): void {
  const key = Buffer.from("a key of 16 byte").toString("base64");
  const asks = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13`;
  line.write(`GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n${asks}\r\n\r\n`);
}

/** A masked WebSocket frame of a short text (RFC 6455, section 5.2), with a mask of zeros. */
function frameOf(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);
}

goodbyes("a line is gone soon after its token was refused, though it answers no goodbye", async () => {
  const hub = await startHub();
  const line = await openLine(hub);
  knock(line);
  await once(line, "data");
  const gone = goneFrom(line);
  line.write(frameOf('40{"token":"none"}'));
  const sends = setInterval(() => line.write(frameOf("3")), 100);
  assert.is.not(await Promise.race([gone, late()]), LATE);
  clearInterval(sends);
  await hub.close();
});

goodbyes.run();
