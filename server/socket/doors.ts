/**
 * How connections come in. Each costs the hub about as much as a negotiation, whoever it is: so they come in by turns, beside
 * what the hub does for terminals that are in, one address after the other. An address that brings tokens without end
 * that are not good waits to hear of it, and a party whose terminals leave as soon as they are in waits for more of them.
 */
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { Paces } from "../limits/pace.ts";
import { type InTurn, Turns } from "../limits/turns.ts";

/** What letting in may take of the time that everything else took meanwhile, when that is long. */
const SHARE = 0.5;
/** So many may wait to come in: a socket and its request each. */
const MOST_WAITING = 4096;
/** Bad tokens of an address that are answered each second. */
const BAD_TOKENS = { perSecond: 20, burst: 40 };
/** Terminals of a party that may leave each second as soon as they are in: so many, or this part of what it may have. */
const VISITS_PER_SECOND = 50;
const VISITING = 1 / 20;
/** A session that lasts so long is no visit. */
const VISIT_MS = 10_000;
/** Nobody waits for longer, milliseconds: clients wait for some time only. */
const LONGEST_WAIT_MS = 5000;

const BUSY =
  "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export class Doors {
  readonly #turns = new Turns<Newcomer>({ share: SHARE });
  readonly #badTokens = new Paces(BAD_TOKENS);
  readonly #visits: Paces;
  #isClosed = false;

  /** @param partyConnections how many terminals a party may have. */
  constructor({ partyConnections }: { partyConnections: number }) {
    const perSecond = Math.max(VISITS_PER_SECOND, VISITING * partyConnections);
    this.#visits = new Paces({ perSecond, burst: perSecond });
  }

  /** Whoever upgrades connections of a server does so by turns, one address after the other. */
  guard(http: HttpServer, addressOf: (request: IncomingMessage) => string): void {
    const upgrades = http.listeners("upgrade") as Upgrade[];
    http.removeAllListeners("upgrade");
    http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const enter = () => {
        if (this.#isClosed) refuse(socket);
        else for (const upgrade of upgrades) upgrade.call(http, request, socket, head);
      };
      this.#wait(addressOf(request), new Newcomer(socket, enter, this.#forget));
    });
  }

  /** Nobody comes in from now on: a connection that began while its hub closes would be let go by nobody. */
  close(): void {
    this.#isClosed = true;
  }

  /** The turn of one whose token is to be looked at. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#turns.waitFirst({ step: resolve }));
  }

  /** When a terminal of a party may come in: at once, or one after the other while too many have left. */
  async admit(party: string): Promise<void> {
    const now = performance.now();
    if (this.#visits.wait(party, now) > 0) await upTo(this.#visits.take(party, now, LONGEST_WAIT_MS));
  }

  /** A session of a party has ended that began so many milliseconds ago. */
  left(party: string, afterMs: number): void {
    if (afterMs < VISIT_MS) this.#visits.take(party, performance.now(), LONGEST_WAIT_MS);
  }

  /** When an address that has brought a bad token may hear of it. */
  async refuseToken(address: string): Promise<void> {
    await upTo(this.#badTokens.take(address, performance.now(), LONGEST_WAIT_MS));
  }

  #wait(address: string, newcomer: Newcomer): void {
    if (this.#turns.waiting >= MOST_WAITING) {
      const other = this.#turns.givesWayTo(address);
      (other ?? newcomer).refuse();
      if (!other) return;
      this.#turns.forget(other);
    }
    this.#turns.wait(newcomer, address);
  }

  readonly #forget = (newcomer: Newcomer) => this.#turns.forget(newcomer);
}

/** A connection that waits to come in. */
class Newcomer implements InTurn {
  readonly #socket: Duplex;
  readonly #enter: () => void;
  readonly #left: () => void;

  /** @param left is called when it has gone, or been broken, while it waited. */
  constructor(socket: Duplex, enter: () => void, left: (newcomer: Newcomer) => void) {
    this.#socket = socket;
    this.#enter = enter;
    this.#left = () => left(this);
    // Nobody else listens until the upgrade, and an error without a listener would end the process.
    socket.on("close", this.#left);
    socket.on("error", this.#left);
  }

  step(): void {
    this.#socket.off("close", this.#left);
    this.#socket.off("error", this.#left);
    this.#enter();
  }

  refuse(): void {
    refuse(this.#socket);
  }
}

/** Its other side need not end what is refused: Node would leave that half open for as long as it does not. */
function refuse(socket: Duplex): void {
  socket.on("error", () => undefined);
  socket.once("finish", () => socket.destroy());
  socket.end(BUSY);
}

async function upTo(waitMs: number): Promise<void> {
  if (waitMs > 0) await sleep(Math.min(waitMs, LONGEST_WAIT_MS), undefined, { ref: false });
}
