/**
 * What a hub does that is asked for more than it carries, or its store: it refuses new requests, so that what has begun
 * goes on. How much is too much it finds out by how long things wait: for the event loop, and for the store beyond what
 * that takes at its best. As long as they wait for too long it lets fewer and fewer requests in, otherwise more and more
 * again; those of parties that have had their share are the first to be refused.
 */
import { type Logger, SampledLines } from "../log.ts";
import { type Lag, LagWatch } from "./lag-watch.ts";
import { PartyShares } from "./party-shares.ts";

/** A hub is overloaded when things have waited for longer than this, all of the time, for a second: milliseconds. */
const TOO_LONG_MS = 50;
const FOR_MS = 1000;
/** From then on no more are let in than can be done within this, milliseconds. */
const TARGET_MS = 20;
/** So many a second are let in at the least, and as long as there are no more it is not they who are too many. */
const LEAST_PER_SECOND = 100;
/** It is over when for so long all that came was let in, milliseconds. */
const CALM_MS = 2000;
/** What is let in at once, as a part of what is let in within a second. */
const BURST = 0.05;
/** What is left of a rate that is too high; what is added to one that is not. */
const LESS = { late: 0.93, veryLate: 0.8 };
const MORE = { factor: 1.03, constant: 2 };
/** Whoever is refused comes again after about this, each at another moment, milliseconds. */
const RETRY_AFTER_MS = 1000;

export interface OverloadOptions {
  /** Counts a request that was refused. */
  shed: () => void;
  log: Logger;
}

export class Overload {
  readonly #options: OverloadOptions;
  readonly #lags = new LagWatch((lag) => this.#adjust(lag));
  readonly #shares = new PartyShares();
  readonly #lines = new SampledLines();
  /** What is let in each second; undefined while that is all that comes. */
  #perSecond: number | undefined;
  #tokens = 0;
  #filledAt = 0;
  #lateMs = 0;
  #calmMs = 0;

  constructor(options: OverloadOptions) {
    this.#options = options;
  }

  /** A script's call has come back. */
  readonly storeCalled = (seconds: number): void => this.#lags.storeCalled(seconds * 1000);

  /** Lets a new request in; otherwise says in how many milliseconds to come again. */
  admit(party: string): number {
    this.#lags.start();
    const share = this.#shares.ask(party);
    if (this.#perSecond !== undefined && !this.#take(this.#perSecond, share.admitted)) return this.#refuse();
    this.#shares.admit(share);
    return 0;
  }

  stop(): void {
    this.#lags.stop();
  }

  #take(perSecond: number, admitted: number): boolean {
    const now = performance.now();
    const most = Math.max(4, perSecond * BURST);
    this.#tokens = Math.min(most, this.#tokens + ((now - this.#filledAt) * perSecond) / 1000);
    this.#filledAt = now;
    // Who has had its share leaves the others half of what there is.
    const reserved = admitted > perSecond / this.#shares.parties ? most / 2 : 0;
    if (this.#tokens - 1 < reserved) return false;
    this.#tokens -= 1;
    return true;
  }

  #refuse(): number {
    const { shed, log } = this.#options;
    shed();
    this.#lines.say((besides) => {
      const facts = { perSecond: Math.round(this.#perSecond ?? 0), lagMs: Math.round(this.#lags.lagMs) };
      log.warn({ ...facts, ...besides }, "overloaded: new requests are refused");
    });
    return Math.ceil(RETRY_AFTER_MS * (0.5 + Math.random()));
  }

  #adjust({ lagMs, elapsedMs }: Lag): void {
    this.#shares.decay(elapsedMs);
    const { asked, admitted } = this.#shares;
    if (this.#perSecond === undefined) {
      const isLate = lagMs > TOO_LONG_MS && admitted > LEAST_PER_SECOND;
      this.#lateMs = isLate ? this.#lateMs + elapsedMs : 0;
      if (this.#lateMs >= FOR_MS) this.#begin(admitted);
      else if (asked < 1) this.#lags.stop();
      return;
    }
    const isLate = lagMs > TARGET_MS;
    const changed = isLate
      ? this.#perSecond * (lagMs > 4 * TARGET_MS ? LESS.veryLate : LESS.late)
      : // What is not asked for says nothing of how much could be done.
        Math.min(this.#perSecond * MORE.factor + MORE.constant, Math.max(this.#perSecond, 2 * asked));
    this.#perSecond = Math.max(LEAST_PER_SECOND, changed);
    this.#calmMs = !isLate && asked < this.#perSecond ? this.#calmMs + elapsedMs : 0;
    if (this.#calmMs >= CALM_MS) this.#end();
  }

  #begin(perSecond: number): void {
    this.#perSecond = perSecond;
    this.#tokens = 0;
    this.#filledAt = performance.now();
    this.#calmMs = 0;
  }

  #end(): void {
    this.#perSecond = undefined;
    this.#lateMs = 0;
    this.#options.log.info("no longer overloaded: all requests are let in");
  }
}
