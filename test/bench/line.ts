/**
 * Terminals' lines for the benchmarks, of two kinds. One is Socket.IO's own client. The other writes and reads
 * the wire's own bytes, so that the clients take as little as can be of the processors that they share with
 * what is measured.
 */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { io } from "socket.io-client";

export interface Line {
  onEvent: (event: Event) => void;
  /** Called with each event of a voucher. */
  onVoucherEvent: (event: { type: string; voucherId: string }) => void;
  send(name: string, payload: object, answered: (answer: Answer) => void): void;
  close(): void;
}
/** What a client that goes on with a negotiation has to know of an event. */
export interface Event {
  type: string;
  issuanceId: string;
  version: number;
  digest: string;
}
export interface Answer {
  ok: boolean;
  /** Of the issuance that it tells of. */
  issuanceId: string;
  /** All of it. */
  whole(): { events?: Event[]; error?: { code: string; message: string } };
}
export type OpenLine = (url: string, auth: object) => Promise<Line>;

/** Connects Socket.IO's client and waits for `session:ready`. */
export async function openClient(url: string, auth: object): Promise<Line> {
  const socket = io(url, { transports: ["websocket"], auth, forceNew: true, reconnection: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("session:ready", () => resolve());
    socket.once("connect_error", reject);
  });
  const line: Line = {
    onEvent: () => undefined,
    onVoucherEvent: () => undefined,
    send: (name, payload, answered) =>
      socket.emit(name, payload, (answer: { ok: boolean; issuance?: { issuanceId: string } }) =>
        answered({
          ok: answer.ok,
          issuanceId: answer.issuance?.issuanceId ?? "",
          whole: () => answer as ReturnType<Answer["whole"]>,
        }),
      ),
    close: () => socket.disconnect(),
  };
  socket.on("issuance:event", (event) => line.onEvent(event));
  socket.on("voucher:event", (event) => line.onVoucherEvent(event));
  return line;
}

/** A connection's first message, and what begins the others (Engine.IO 4 in Socket.IO 5). */
const OPENED = "0";
const PING = "2";
const PONG = "3";
const CONNECT = "40";
const REFUSED = "44";
const READY = '42["session:ready",';
const EVENT = '42["issuance:event",';
const VOUCHER_EVENT = '42["voucher:event",';
const ANSWER = "43";

/** A mask hides nothing here, but what is zero would spare the server its work (RFC 6455, section 5.3). */
const MASK = Buffer.from([0x5a, 0x1f, 0x93, 0xc7]);
const INCOMING = Buffer.allocUnsafe(64 * 1024);
const TEXT = 1;
const CLOSE = 8;

/** Connects by hand and waits for `session:ready`; rejects when the token is refused. */
export async function openLine(url: string, auth: object): Promise<Line> {
  const { hostname, port } = new URL(url);
  let take: (bytes: Buffer) => void = () => undefined;
  const socket = connect({
    port: Number(port),
    host: hostname,
    noDelay: true,
    // One buffer for all lines, since what comes is taken at once: a new one for each read is most of a read's cost.
    onread: {
      buffer: INCOMING,
      callback: (length) => {
        take(INCOMING.subarray(0, length));
        return true;
      },
    },
  });
  await once(socket, "connect");
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\n` +
      `Connection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  return new Promise((resolve, reject) => {
    const line: TerminalLine = new TerminalLine(socket, (text) => {
      if (text.startsWith(OPENED)) line.write(CONNECT + JSON.stringify(auth));
      else if (text.startsWith(READY)) resolve(line);
      else if (text.startsWith(REFUSED)) reject(new Error(text));
    });
    take = (bytes) => line.take(bytes);
    socket.once("close", () => reject(new Error("the connection was closed")));
  });
}

class TerminalLine implements Line {
  onEvent: (event: Event) => void = () => undefined;
  onVoucherEvent: Line["onVoucherEvent"] = () => undefined;
  readonly #socket: Socket;
  readonly #other: (text: string) => void;
  readonly #answers = new Map<number, (answer: Answer) => void>();
  #lastId = 0;
  /** What came and is not yet a whole frame; before the upgrade is answered, its head. */
  #rest: Buffer | undefined;
  #upgraded = false;

  constructor(socket: Socket, other: (text: string) => void) {
    this.#socket = socket;
    this.#other = other;
    // What it was waiting for then never comes, and whoever waits says so.
    socket.on("error", () => undefined);
  }

  send(name: string, payload: object, answered: (answer: Answer) => void): void {
    const id = ++this.#lastId;
    this.#answers.set(id, answered);
    this.write(`42${id}["${name}",${JSON.stringify(payload)}]`);
  }

  /** Sends one text of ASCII. */
  write(text: string): void {
    const { length } = text;
    const head = length < 126 ? 2 : 4;
    const frame = Buffer.allocUnsafe(head + 4 + length);
    frame[0] = 0x80 | TEXT;
    frame[1] = 0x80 | Math.min(length, 126);
    if (head === 4) frame.writeUInt16BE(length, 2);
    MASK.copy(frame, head);
    frame.write(text, head + 4, "latin1");
    for (let index = 0; index < length; index++)
      frame[head + 4 + index] = (frame[head + 4 + index] as number) ^ (MASK[index & 3] as number);
    this.#socket.write(frame);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Reads what has come, which is its caller's again afterwards. */
  take(chunk: Buffer): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    if (!this.#upgraded) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.#upgraded = true;
        bytes = bytes.subarray(end + 4);
      }
    }
    let at = 0;
    while (this.#upgraded) {
      const next = this.#readFrame(bytes, at);
      if (next === at) break;
      at = next;
    }
    if (at < bytes.length) this.#rest = Buffer.from(bytes.subarray(at));
  }

  /** Reads the frame that begins there; answers where it ends, or where it begins when it is not all there. */
  #readFrame(bytes: Buffer, from: number): number {
    if (bytes.length < from + 2) return from;
    const short = bytes[from + 1] as number;
    const head = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < from + head) return from;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(from + 2)
          : Number(bytes.readBigUInt64BE(from + 2));
    const end = from + head + length;
    if (bytes.length < end) return from;
    const kind = (bytes[from] as number) & 0x0f;
    if (kind === TEXT) this.#read(bytes.toString("latin1", from + head, end));
    else if (kind === CLOSE) this.close();
    return end;
  }

  #read(text: string): void {
    if (text.startsWith(EVENT))
      this.onEvent({
        type: field(text, "type"),
        issuanceId: field(text, "issuanceId"),
        version: numberField(text, "version"),
        digest: field(text, "digest"),
      });
    else if (text.startsWith(VOUCHER_EVENT))
      this.onVoucherEvent({ type: field(text, "type"), voucherId: field(text, "voucherId") });
    else if (text.startsWith(ANSWER)) this.#answer(text);
    else if (text === PING) this.write(PONG);
    else this.#other(text);
  }

  #answer(text: string): void {
    const start = text.indexOf("[");
    const id = Number(text.slice(ANSWER.length, start));
    const answered = this.#answers.get(id);
    this.#answers.delete(id);
    answered?.({
      ok: text.startsWith('{"ok":true', start + 1),
      issuanceId: field(text, "issuanceId"),
      whole: () => JSON.parse(text.slice(start + 1, -1)),
    });
  }
}

function numberField(text: string, name: string): number {
  return Number.parseInt(text.slice(text.indexOf(`"${name}":`) + name.length + 3), 10);
}

/** The value of a field of text. Read as a whole, most of a message would be read for nothing. */
function field(text: string, name: string): string {
  const start = text.indexOf(`"${name}":"`) + name.length + 4;
  return text.slice(start, text.indexOf('"', start));
}
