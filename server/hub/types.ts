/** The hub's parts, as its modules see them. */
import type { ClientToHub, HubToClient } from "@tallystick/protocol";
import type { DefaultEventsMap, Server, Socket } from "socket.io";
import type { Ledger } from "../ledger/ledger.ts";
import type { Replicas } from "../ledger/replicas.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { DurabilityWatch } from "../redis/durability.ts";
import type { Allowance } from "./allowance.ts";
import type { Neighbours } from "./neighbours.ts";

/** What the hub keeps of a connection. */
export interface TerminalData {
  party: string;
  /** When its token ends, milliseconds since the epoch. */
  expiresAt: number;
  allowance: Allowance;
}

export type HubServer = Server<ClientToHub, HubToClient, DefaultEventsMap, TerminalData>;
export type Terminal = Socket<ClientToHub, HubToClient, DefaultEventsMap, TerminalData>;

export interface Hub {
  readonly io: HubServer;
  readonly ledger: Ledger;
  /** Other hubs of the same book; undefined when this one is alone, and what is told need not leave it. */
  readonly neighbours: Neighbours | undefined;
  readonly metrics: Metrics;
  readonly durability: DurabilityWatch;
  /** With MIN_REPLICAS: what waits until they have an issue. */
  readonly replicas: Replicas | undefined;
  readonly log: Logger;
  /** Commands a second that one terminal may send. */
  readonly rateLimit: number;
  /** True once the hub has begun to close: it takes no more commands. */
  closing: boolean;
  /** Messages and HTTP requests that are being worked on. */
  inHand: number;
}
