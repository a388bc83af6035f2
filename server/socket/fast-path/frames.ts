/**
 * How a short message is written: as one WebSocket frame in one piece, made once for all who get it. Socket.IO,
 * its engine and ws would make it in three steps for each, and hand its header and payload to the socket as two
 * pieces. README.md in this folder says what that is worth, and what it leans on.
 */
import { cutOffSlowReader } from "./backlog.ts";
import type { Connection, Transport } from "./engine.ts";

/** A packet of Socket.IO, and its frame when it has one in one piece. */
export interface Packet {
  readonly text: string;
  readonly frame: string | undefined;
}

/** Longer ones are not worth copying. */
const LONGEST_JOINED = 4096;
/** A frame that is final and of text (RFC 6455, section 5.2). */
const FINAL_TEXT = "\x81";
/** Says that the length follows in two bytes. */
const IN_TWO_BYTES = "\x7e";
/** Engine.IO's type of a message. */
const MESSAGE = "4";

/** Makes a packet ready to be sent. */
export function packetOf(text: string): Packet {
  return { text, frame: frameOf(MESSAGE + text) };
}

/** Sends a packet to one connection; what is closing or closed gets none. */
export function send(connection: Connection, { text, frame }: Packet): void {
  const { writable, socket } = connection.transport as Transport;
  const tcp = socket?._socket;
  const isFree = writable && connection.readyState === "open" && socket?.readyState === socket?.OPEN;
  // What the engine still has to write comes first.
  if (frame !== undefined && tcp && isFree) {
    tcp.write(frame, "latin1");
    cutOffSlowReader(tcp);
  } else {
    connection.write(text);
  }
}

/** The frame of a short text of ASCII, whose bytes are the same in Latin-1. */
function frameOf(text: string): string | undefined {
  const { length } = text;
  if (length > LONGEST_JOINED || Buffer.byteLength(text) !== length) return undefined;
  return length < 126
    ? FINAL_TEXT + String.fromCharCode(length) + text
    : FINAL_TEXT + IN_TWO_BYTES + String.fromCharCode(length >> 8, length & 0xff) + text;
}
