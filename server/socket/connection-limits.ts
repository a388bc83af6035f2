/**
 * How many connections an address and a party may have at this hub. What is refused at the upgrade costs nothing more:
 * no WebSocket, no token.
 */
import type { IncomingMessage } from "node:http";
import type { Settings } from "../config.ts";
import { inboxOf } from "./rooms.ts";
import type { HubServer } from "./terminal.ts";

/** Connections of one address that have no session yet. */
const MOST_WITHOUT_SESSION = 256;
/** When somebody who was refused may try again, milliseconds. */
export const RETRY_AFTER_MS = 5000;

type Limits = Pick<Settings, "ADDRESS_CONNECTIONS" | "PARTY_CONNECTIONS" | "TRUST_PROXY">;

/** What an address has at this hub. */
interface Count {
  open: number;
  withoutSession: number;
}

interface EngineConnection {
  readonly request: IncomingMessage;
  once(event: "close", listener: () => void): void;
}

export class ConnectionLimits {
  readonly #limits: Limits;
  readonly #counts = new Map<string, Count>();
  /** Called when a connection has got its session, with whose it is. */
  readonly #sessions = new WeakMap<object, (party: string) => void>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Whether the address of an upgrade may have one more connection. */
  admits(request: IncomingMessage): boolean {
    const count = this.#counts.get(this.addressOf(request));
    if (!count) return true;
    const { ADDRESS_CONNECTIONS = Number.POSITIVE_INFINITY } = this.#limits;
    return count.open < ADDRESS_CONNECTIONS && count.withoutSession < MOST_WITHOUT_SESSION;
  }

  /** Whether a party may have one more terminal at this hub. */
  admitsTerminal(io: HubServer, party: string): boolean {
    const members = io.of("/").adapter.rooms.get(inboxOf(party));
    return (members?.size ?? 0) < this.#limits.PARTY_CONNECTIONS;
  }

  /** Counts the connections of a server; `left` is called for each session that ends, with how long it was. */
  watch(io: HubServer, left: (party: string, afterMs: number) => void): void {
    io.engine.on("connection", (connection: EngineConnection) => this.#opened(connection, left));
    io.on("connection", ({ conn, data }) => this.#sessions.get(conn)?.(data.sender.party));
  }

  /**
   * Who connects. Each proxy that is trusted has added the address that it saw at the end of `X-Forwarded-For`; what
   * stands before those can be anybody's invention.
   */
  addressOf({ headers, socket }: IncomingMessage): string {
    const { TRUST_PROXY } = this.#limits;
    const said = String(headers["x-forwarded-for"] ?? "");
    const seen = [...said.split(",").map((part) => part.trim()), socket.remoteAddress ?? ""].filter(Boolean);
    return seen.at(-1 - TRUST_PROXY) ?? seen[0] ?? "";
  }

  #opened(connection: EngineConnection, left: (party: string, afterMs: number) => void): void {
    const address = this.addressOf(connection.request);
    const count = this.#counts.get(address) ?? { open: 0, withoutSession: 0 };
    this.#counts.set(address, count);
    count.open += 1;
    count.withoutSession += 1;
    let session: { party: string; since: number } | undefined;
    this.#sessions.set(connection, (party) => {
      session = { party, since: performance.now() };
      count.withoutSession -= 1;
    });
    connection.once("close", () => {
      if (session) left(session.party, performance.now() - session.since);
      else count.withoutSession -= 1;
      count.open -= 1;
      if (count.open === 0) this.#counts.delete(address);
    });
  }
}
