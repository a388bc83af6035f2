/**
 * What a hub does that is asked for more than it carries, or its store: it refuses new requests, so that what has begun
 * goes on. That it is too much it finds out by how long things wait: for the event loop, and for the store beyond what
 * that takes at its best. From then on no more requests are worked on at once than keep the store busy, so that as
 * many are done as can be; parties that have had their share are the first to be refused.
 */
import { type Logger, SampledLines } from "../log.ts";
import { type Lag, LagWatch } from "./lag-watch.ts";
import { PartyShares } from "./party-shares.ts";

/** A hub is overloaded when things have waited for longer than this, all of the time, for a second: milliseconds. */
const TOO_LONG_MS = 50;
const FOR_MS = 1000;
/** While fewer requests come in a second, it is not they who are too many. */
const FEW_PER_SECOND = 100;
/** So many are worked on at once then; more where it is far to the store, twice as many for parties below their share. */
const AT_ONCE = 64;
/** It is over when none was refused for so long, milliseconds. */
const CALM_MS = 2000;
/** Whoever is refused comes again after about this, each at another moment, milliseconds. */
const RETRY_AFTER_MS = 1000;

export interface OverloadOptions {
  /** Counts a request that was refused. */
  shed: () => void;
  log: Logger;
}

export class Overload {
  readonly #options: OverloadOptions;
  readonly #lags = new LagWatch((lag) => this.#look(lag));
  readonly #shares = new PartyShares();
  readonly #lines = new SampledLines();
  /** Requests that are worked on. */
  #working = 0;
  /** How many may be; undefined while that is as many as come. */
  #atOnce: number | undefined;
  /** For how long things have waited too long, or nothing was refused, milliseconds. */
  #lateMs = 0;
  #calmMs = 0;

  constructor(options: OverloadOptions) {
    this.#options = options;
  }

  /** A script's call has come back. */
  readonly storeCalled = (seconds: number): void => this.#lags.storeCalled(seconds * 1000);

  /** Lets a new request in, and `end` has to follow; otherwise says in how many milliseconds to come again. */
  begin(party: string): number {
    this.#lags.start();
    const share = this.#shares.ask(party);
    if (this.#atOnce !== undefined && this.#working >= this.#mostFor(share.admitted, this.#atOnce))
      return this.#refuse();
    this.#shares.admit(share);
    this.#working += 1;
    return 0;
  }

  /** A request that was let in has been answered. */
  end(): void {
    this.#working -= 1;
  }

  stop(): void {
    this.#lags.stop();
  }

  /** Who has had more than its share leaves the others half of what there is. */
  #mostFor(admitted: number, atOnce: number): number {
    return admitted > this.#shares.admitted / this.#shares.parties ? atOnce : 2 * atOnce;
  }

  #refuse(): number {
    const { shed, log } = this.#options;
    this.#calmMs = 0;
    shed();
    this.#lines.say((besides) => {
      const facts = { atOnce: this.#atOnce, lagMs: Math.round(this.#lags.lagMs) };
      log.warn({ ...facts, ...besides }, "overloaded: new requests are refused");
    });
    return Math.ceil(RETRY_AFTER_MS * (0.5 + Math.random()));
  }

  #look({ lagMs, bestMs, elapsedMs }: Lag): void {
    this.#shares.decay(elapsedMs);
    const { asked, admitted } = this.#shares;
    if (this.#atOnce === undefined) {
      const isLate = lagMs > TOO_LONG_MS && admitted > FEW_PER_SECOND;
      this.#lateMs = isLate ? this.#lateMs + elapsedMs : 0;
      if (this.#lateMs >= FOR_MS) {
        this.#atOnce = Math.max(AT_ONCE, Math.ceil((2 * admitted * bestMs) / 1000));
        this.#calmMs = 0;
      } else if (asked < 1) this.#lags.stop();
      return;
    }
    this.#calmMs += elapsedMs;
    if (this.#calmMs < CALM_MS) return;
    this.#atOnce = undefined;
    this.#lateMs = 0;
    this.#options.log.info("no longer overloaded: all requests are let in");
  }
}
