/**
 * What a connection may send, before anything is read of it: what costs least comes first. One CONNECT; one unit
 * of the allowance for each message, good or bad; and who goes far beyond the allowance is cut off.
 */
import { type Allowance, fullAllowance, isFlooding, owe, spend } from "./allowance.ts";

/** `pass` on; refuse, since the allowance is spent for `retryAfter` milliseconds; or `cut` the connection off. */
export type Verdict = "pass" | "cut" | { retryAfter: number };

/** A packet of Socket.IO that begins with this asks for a session. */
const CONNECT = "0".charCodeAt(0);

export class Gate {
  readonly #perSecond: number;

  /** @param perSecond messages that a connection may send on average; twice as many in a burst. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  open(): ConnectionGate {
    return new ConnectionGate(this.#perSecond);
  }
}

export class ConnectionGate {
  readonly #perSecond: number;
  readonly #allowance: Allowance;
  #connects = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#allowance = fullAllowance(perSecond, Date.now());
  }

  /** Decides about what has just come. */
  admit(data: unknown): Verdict {
    if (typeof data === "string" && data.charCodeAt(0) === CONNECT && ++this.#connects > 1) return "cut";
    return this.charge(1);
  }

  /** Takes more units, for a message that costs more than one. */
  charge(units: number): Verdict {
    const retryAfter = spend(this.#allowance, this.#perSecond, Date.now(), units);
    if (retryAfter === 0) return "pass";
    return isFlooding(this.#allowance, this.#perSecond) ? "cut" : { retryAfter };
  }

  /** Takes more units for a message that is answered already: what comes next waits for them. */
  owe(units: number): void {
    owe(this.#allowance, units);
  }
}
