/**
 * The commands' short way from a connection to the hub and back. Socket.IO decodes each message into a packet,
 * lets it wait for two turns of the event loop, and asks all listeners; answers and events it searches for binary
 * parts before it encodes them. The hub has one listener and sends text alone, so it reads and writes the few
 * forms of its messages itself. Whatever has another form goes Socket.IO's way, and ends in the same listener.
 *
 * The forms are those of the Socket.IO protocol, version 5: `2<id>[name,payload]` is a message that asks for an
 * acknowledgement, `3<id>[answer]` the acknowledgement, and `2[name,payload]` a message that asks for none.
 */
import type { HubToClient } from "@tallystick/protocol";
import { Turns } from "../../limits/turns.ts";
import type { ConnectionGate, Gate } from "../gate.ts";
import type { HubServer, Terminal } from "../terminal.ts";
import { cutOff, limitBacklog } from "./backlog.ts";
import type { Connection, EngineConnection, Transport } from "./engine.ts";
import { type Packet, packetOf, send } from "./frames.ts";
import { Inflow } from "./inflow.ts";

/** What a terminal sent. */
export interface Message {
  name: string;
  /** What came with it: one payload, when it is as it should be. */
  args: unknown[];
  /** Answers it with a text of JSON; absent when no answer was asked for. */
  acknowledge?: (json: string) => void;
}

/** What is done with what terminals send. */
export interface MessageHandlers {
  /** Decides about each text before it is read. */
  gate: Gate;
  receive(terminal: Terminal, message: Message): void;
  /** The answer to a message that the gate refuses, as JSON. */
  overLimit(retryAfter: number): string;
}

/** Hands each terminal's messages to `receive`; those named here in the short way. */
export function takeMessages(io: HubServer, names: ReadonlySet<string>, handlers: MessageHandlers): void {
  const terminals = new WeakMap<object, Terminal>();
  const gates = new WeakMap<object, ConnectionGate>();
  const turns = new Turns();
  // One function for all of them.
  function onAny(this: Terminal, ...content: unknown[]): void {
    handlers.receive(this, generalMessage(content));
  }
  io.engine.on("connection", (connection: EngineConnection) => {
    limitBacklog(connection);
    const gate = handlers.gate.open(() => inflow.hold());
    gates.set(connection, gate);
    chargeHeartbeats(connection, gate);
    const socketIo = connection.listeners("data");
    connection.removeAllListeners("data");
    const inflow = new Inflow(connection, turns, (data) => {
      const verdict = gate.admit(data);
      if (verdict === "cut") return cutOff(connection);
      const terminal = terminals.get(connection);
      const head = typeof data === "string" && terminal?.connected ? readHead(data) : undefined;
      if (verdict !== "pass") {
        // What has another form, or asks for no answer, gets none.
        if (head) acknowledge(connection, head.id, handlers.overLimit(verdict.retryAfter));
        if (gate.refuse(typeof data === "string" ? data.length : 0)) cutOff(connection);
        return;
      }
      const message = head && readMessage(data as string, head, connection);
      if (message && names.has(message.name)) handlers.receive(terminal as Terminal, message);
      else for (const listener of socketIo) listener(data);
    });
  });
  io.on("connection", (terminal) => {
    terminals.set(terminal.conn, terminal);
    terminal.data.gate = gates.get(terminal.conn) as ConnectionGate;
    terminal.data.gate.begin(terminal.data.sender.party);
    terminal.onAny(onAny);
  });
}

/** What the engine and ws answer by themselves costs as much as a message, and could flood the hub as well. */
function chargeHeartbeats(connection: EngineConnection, gate: ConnectionGate): void {
  const charge = () => {
    if (gate.chargeConnection(1) === "cut") cutOff(connection);
  };
  connection.on("heartbeat", charge);
  (connection.transport as Transport).socket?.on("ping", charge);
}

/** The packet of an event, or of another message, from its text of JSON. */
export function eventPacket(json: string, name: keyof HubToClient = "issuance:event"): Packet {
  return packetOf(`2["${name}",${json}]`);
}

const EVENT = "2".charCodeAt(0);
const [ZERO, NINE, BRACKET] = [..."09["].map((character) => character.charCodeAt(0)) as [
  number,
  number,
  number,
];

/** The beginning of a message that asks for an acknowledgement. */
interface Head {
  id: string;
  /** Where its content begins. */
  end: number;
}

/** Reads `2<id>[`; undefined when a text begins otherwise. */
function readHead(text: string): Head | undefined {
  if (text.charCodeAt(0) !== EVENT) return undefined;
  let end = 1;
  while (text.charCodeAt(end) >= ZERO && text.charCodeAt(end) <= NINE) end++;
  if (end === 1 || text.charCodeAt(end) !== BRACKET) return undefined;
  return { id: text.slice(1, end), end };
}

/** Reads what follows the head, `[name,…]`; undefined when it has another form. */
function readMessage(text: string, { id, end }: Head, connection: Connection): Message | undefined {
  const content = parse(text.slice(end));
  if (content === undefined || typeof content[0] !== "string") return undefined;
  const [name, ...args] = content as [string, ...unknown[]];
  return { name, args, acknowledge: (json) => acknowledge(connection, id, json) };
}

function acknowledge(connection: Connection, id: string, json: string): void {
  send(connection, packetOf(`3${id}[${json}]`));
}

function parse(text: string): unknown[] | undefined {
  try {
    return JSON.parse(text);
  } catch {
    // Socket.IO says what is wrong with it.
    return undefined;
  }
}

/** A message that Socket.IO has read, which may have no name; a way to answer it comes last. */
function generalMessage(content: unknown[]): Message {
  const answer = content.at(-1);
  if (typeof answer !== "function") return { name: String(content[0]), args: content.slice(1) };
  const [name = "", ...args] = content.slice(0, -1);
  return { name: String(name), args, acknowledge: (json) => answer(JSON.parse(json)) };
}
