/** Bytes on the hub's port: requests, upgrades and WebSocket frames with some of their bytes altered, cut or doubled. */
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Kind } from "./kind.ts";
import { OPERATOR, PARTIES, type World } from "./world.ts";

export interface SentBytes {
  /** Which of the texts it was made from. */
  from: number;
  edits: Edit[];
}

interface Edit {
  at: number;
  cut: number;
  bytes: Uint8Array;
}

/** What has brought no answer is left after this, milliseconds. */
const PATIENCE_MS = 30;
const HEAD = "Host: 127.0.0.1\r\n";

export const BYTES: Kind<SentBytes> = {
  name: "bytes",
  weight: 1,
  open: async (world) => {
    const whole = await wholes(world);
    const edit = fc.record({
      at: fc.nat(600),
      cut: fc.nat(6),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 8 }),
        fc.constantFrom("\r\n", "\r\n\r\n", "\0", "Content-Length: 5\r\n").map((text) => Buffer.from(text)),
      ),
    });
    return {
      cases: fc.record({
        from: fc.nat(whole.length - 1),
        edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
      }),
      feed: async ({ from, edits }) => {
        await sendBytes(world, edits.reduce(edited, whole[from] as Buffer));
        return 1;
      },
      close: async () => undefined,
    };
  },
};

function edited(text: Buffer, { at, cut, bytes }: Edit): Buffer {
  const place = at % Math.max(1, text.length);
  return Buffer.concat([text.subarray(0, place), bytes, text.subarray(place + cut)]);
}

async function wholes({ hub }: World): Promise<Buffer[]> {
  const operator = `Authorization: Bearer ${await hub.token(OPERATOR, { operator: true })}\r\n`;
  const token = await hub.token(PARTIES[0]);
  const body = '{"amount":1,"reference":"fuzz"}';
  const sized = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const upgrade =
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n" +
    `${HEAD}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
    `Sec-WebSocket-Key: ${Buffer.from("a key of 16 byte").toString("base64")}\r\n\r\n`;
  const packets = [`40${JSON.stringify({ token })}`, '421["issuance:list",{}]', '422["voucher:list",{}]'];
  return [
    Buffer.from(`GET /readyz HTTP/1.1\r\n${HEAD}\r\n`),
    Buffer.from(`GET /v1/parties/acme/accounts HTTP/1.1\r\n${HEAD}${operator}\r\n`),
    Buffer.from(`POST /v1/parties/acme/accounts/EMPTY-1/adjust HTTP/1.1\r\n${HEAD}${operator}${sized}`),
    Buffer.concat([Buffer.from(upgrade), ...packets.map(maskedFrame)]),
  ];
}

/** A final frame of text with a mask of zeros (RFC 6455, section 5.2). */
function maskedFrame(text: string): Buffer {
  const { length } = text;
  const size = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Buffer.from([0x81, ...size, 0, 0, 0, 0, ...Buffer.from(text)]);
}

async function sendBytes({ hub }: World, bytes: Buffer): Promise<void> {
  const socket = connect(hub.port, "127.0.0.1");
  let said = "";
  socket.on("error", () => undefined);
  socket.on("data", (chunk) => {
    said += chunk.toString("latin1");
  });
  await once(socket, "connect");
  socket.write(bytes);
  await Promise.race([once(socket, "close"), sleep(PATIENCE_MS)]);
  socket.destroy();
  if (/^HTTP\/1\.1 500/m.test(said)) throw new Error(`it was answered ${said}`);
}
