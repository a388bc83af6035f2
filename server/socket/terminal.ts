/** A terminal's connection, as Socket.IO and the hub know it. */
import type { ClientToHub, HubToClient } from "@tallystick/protocol";
import type { DefaultEventsMap, Server, Socket } from "socket.io";
import type { Sender } from "../issuances/broadcast.ts";
import type { ConnectionGate } from "./gate.ts";

/** What the hub keeps of a connection. */
export interface TerminalData {
  sender: Sender;
  /** When its token was made, milliseconds since the epoch; 0 when it does not say so. */
  issuedAt: number;
  /** When its token ends, milliseconds since the epoch. */
  expiresAt: number;
  /** When it is told that its token ends soon, likewise. */
  warnAt?: number;
  /** What it may still send. */
  gate: ConnectionGate;
  /** The issuances of which it is told whether the other side is here, and who that is. */
  watched?: Map<string, string>;
}

export type HubServer = Server<ClientToHub, HubToClient, DefaultEventsMap, TerminalData>;
export type Terminal = Socket<ClientToHub, HubToClient, DefaultEventsMap, TerminalData>;
