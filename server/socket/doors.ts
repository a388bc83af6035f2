/**
 * How connections come in. Each costs the hub about as much as a negotiation, whoever it is: so they come in by turns, beside
 * what the hub does for terminals that are in, and who has come first is first. A party whose terminals come without end
 * waits for more of them, and an address that brings tokens without end that are not good waits to hear of it.
 */
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Paces } from "../limits/pace.ts";
import { Turns } from "../limits/turns.ts";

/** So many may wait to come in: a socket and its request each. */
const MOST_WAITING = 4096;
/** Terminals of a party that come in each second, or as many as this share of what it may have, if that is more. */
const PARTY_PER_SECOND = 200;
const PARTY_SHARE = 0.2;
/** Bad tokens of an address that are answered each second. */
const BAD_TOKENS = { perSecond: 20, burst: 40 };
/** Who would have to wait for longer is refused, milliseconds: clients wait for some time only. */
const LONGEST_WAIT_MS = 5000;

const BUSY =
  "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export class Doors {
  readonly #turns = new Turns();
  readonly #parties: Paces;
  readonly #badTokens = new Paces(BAD_TOKENS);

  /** @param partyConnections how many terminals a party may have. */
  constructor({ partyConnections }: { partyConnections: number }) {
    const perSecond = Math.max(PARTY_PER_SECOND, PARTY_SHARE * partyConnections);
    this.#parties = new Paces({ perSecond, burst: 2 * perSecond });
  }

  /** Whoever upgrades connections of a server does so by turns. */
  guard(http: HttpServer): void {
    const upgrades = http.listeners("upgrade") as Upgrade[];
    http.removeAllListeners("upgrade");
    http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#wait(socket, () => {
        for (const upgrade of upgrades) upgrade.call(http, request, socket, head);
      });
    });
  }

  /** The turn of one whose token is to be looked at. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#turns.add(resolve, "begun"));
  }

  /** A terminal of a party may come in, or must not for so many milliseconds. */
  async admitParty(party: string): Promise<number> {
    const waitMs = this.#parties.take(party, performance.now(), LONGEST_WAIT_MS);
    if (waitMs > LONGEST_WAIT_MS) return Math.ceil(waitMs);
    if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
    return 0;
  }

  /** When an address that has brought a bad token may hear of it. */
  async refuseToken(address: string): Promise<void> {
    const waitMs = this.#badTokens.take(address, performance.now(), LONGEST_WAIT_MS);
    if (waitMs > 0) await sleep(Math.min(waitMs, LONGEST_WAIT_MS), undefined, { ref: false });
  }

  #wait(socket: Duplex, enter: () => void): void {
    if (this.#turns.waiting >= MOST_WAITING) {
      socket.on("error", () => undefined);
      socket.end(BUSY);
      return;
    }
    const leave = () => this.#turns.forget(step);
    const step = () => {
      socket.off("close", leave);
      socket.off("error", leave);
      enter();
    };
    // Nobody else listens until the upgrade, and an error without a listener would end the process.
    socket.on("close", leave);
    socket.on("error", leave);
    this.#turns.add(step, "fresh");
  }
}
