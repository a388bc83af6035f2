/**
 * What a connection may send, before anything is read of it: what costs least comes first. One CONNECT; one unit
 * of the allowance for each message, good or bad, and of its party's; and who goes far beyond its own is cut off.
 */
import { type Allowance, fullAllowance, isFlooding, owe, spend } from "../limits/allowance.ts";
import { Pace } from "../limits/pace.ts";
import type { PartyRates } from "../limits/party-rates.ts";

/** `pass` on; refuse, since the allowance is spent for `retryAfter` milliseconds; or `cut` the connection off. */
export type Verdict = "pass" | "cut" | { retryAfter: number };

/** Reading a message is work by its length: one of so many characters costs one unit more, and so on. */
const LARGE = 2048;
/** When so much was refused within a second, nothing more is read of a connection before the next: bytes. */
const REFUSED_BYTES = 64 * 1024;

/** Of a terminal's messages for which there is no room an overloaded hub answers so many a second without making it wait. */
const ANSWERED_FREELY = 1;

/**
 * To refuse is work as well. So many are refused in a second over all connections, and each whose message was one more is
 * read on only when its place comes. A single terminal that floods is cut off before that.
 */
const REFUSALS = { perSecond: 2000, burst: 500 };

/** A packet of Socket.IO that begins with this asks for a session. */
const CONNECT = "0".charCodeAt(0);

export interface GateOptions {
  /** Messages that a connection may send on average; twice as many in a burst. */
  perSecond: number;
  /** What its party may send over all of its connections. */
  parties: PartyRates;
}

/** Calls what it is given once there is room for more of the connection's, or after a time. */
export type WhenFree = (readOn: () => void) => void;

export class Gate {
  readonly #options: GateOptions;
  readonly #refusals = new Pace(REFUSALS);

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** @param hold reads nothing of the connection until the function that it answers is called. */
  open(hold: () => () => void): ConnectionGate {
    return new ConnectionGate(this.#options, this.#refusals, hold);
  }
}

export class ConnectionGate {
  readonly #options: GateOptions;
  readonly #refusals: Pace;
  readonly #hold: () => () => void;
  readonly #allowance: Allowance;
  #connects = 0;
  /** Whose connection it is, once that is known. */
  #party: string | undefined;
  readonly #waiter = { window: 0 };
  /** Bytes that were refused in the second that began then. */
  #refusedBytes = 0;
  #refusedIn = 0;
  #heldUntil = 0;
  /** Whether it is held for a time. */
  #isHeld = false;
  /** Whether it is held until there is room. */
  #awaitsRoom = false;
  /** Messages that were put off in the second that began then. */
  #putOff = 0;
  #putOffIn = 0;

  constructor(options: GateOptions, refusals: Pace, hold: () => () => void) {
    this.#options = options;
    this.#refusals = refusals;
    this.#hold = hold;
    this.#allowance = fullAllowance(options.perSecond, Date.now());
  }

  /** A session has begun: what comes from now on is its party's as well. */
  begin(party: string): void {
    this.#party = party;
  }

  /** Decides about what has just come. */
  admit(data: unknown): Verdict {
    if (typeof data === "string" && data.charCodeAt(0) === CONNECT && ++this.#connects > 1) return "cut";
    return this.charge(typeof data === "string" ? 1 + Math.floor(data.length / LARGE) : 1);
  }

  /** Takes more units, for a message that costs more than one. */
  charge(units: number): Verdict {
    const verdict = this.chargeConnection(units);
    if (verdict !== "pass" || this.#party === undefined) return verdict;
    const retryAfter = this.#options.parties.charge(this.#party, units, this.#waiter);
    return retryAfter === 0 ? "pass" : { retryAfter };
  }

  /**
   * An overloaded hub has refused what the terminal may send, and told it when to come again. What comes next of one that
   * does not wait is read when there is room for it, or after a time: to refuse takes time as well, of which there is
   * too little then.
   */
  putOff(whenFree: WhenFree): void {
    const now = Date.now();
    if (now - this.#putOffIn >= 1000 || now < this.#putOffIn) {
      this.#putOff = 0;
      this.#putOffIn = now;
    }
    this.#putOff += 1;
    if (this.#putOff > ANSWERED_FREELY) this.waitForRoom(whenFree);
  }

  /** There is no room for more than has come: what comes next is read when there is. */
  waitForRoom(whenFree: WhenFree): void {
    if (this.#awaitsRoom) return;
    this.#awaitsRoom = true;
    const letGo = this.#hold();
    whenFree(() => {
      this.#awaitsRoom = false;
      letGo();
    });
  }

  /**
   * Something was refused, and reading it was work as well. Beyond so much nothing more is read in this second.
   *
   * @returns whether to cut the connection off, since it goes on in the next second as in this one.
   */
  refuse(bytes: number): boolean {
    const { secondAt } = this.#allowance;
    if (this.#refusedIn !== secondAt) this.#refusedBytes = 0;
    this.#refusedIn = secondAt;
    this.#refusedBytes += bytes;
    const now = Date.now();
    const waitMs = this.#refusals.take(now);
    if (waitMs > 0) this.#holdFor(waitMs);
    const wasHeld = now < this.#heldUntil + 1000;
    // What had been read when it was held comes in the next second as well.
    if (this.#refusedBytes <= (wasHeld ? 2 : 1) * REFUSED_BYTES) return false;
    if (wasHeld) return true;
    this.#heldUntil = secondAt + 1000;
    this.#holdFor(Math.max(0, this.#heldUntil - now));
    return false;
  }

  /** Reads nothing for so many milliseconds; while that lasts no other time counts. */
  #holdFor(milliseconds: number): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    const release = this.#hold();
    setTimeout(() => {
      this.#isHeld = false;
      release();
    }, milliseconds).unref();
  }

  /** Takes units for what is nobody's doing but the connection's own. */
  chargeConnection(units: number): Verdict {
    const { perSecond } = this.#options;
    const retryAfter = spend(this.#allowance, perSecond, Date.now(), units);
    if (retryAfter === 0) return "pass";
    return isFlooding(this.#allowance, perSecond) ? "cut" : { retryAfter };
  }

  /** Takes more units for a message that is answered already: what comes next waits for them. */
  owe(units: number): void {
    owe(this.#allowance, units);
    if (this.#party !== undefined) this.#options.parties.owe(this.#party, units);
  }
}
