/**
 * What a hub does that is asked for more than it carries, or its store: it refuses new requests, so that what has begun
 * goes on. That it is too much it finds out by how long things wait: for the event loop, and for the store beyond what
 * that takes at its best. From then on no more requests are worked on at once than keep the store busy, so that as
 * many are done as can be; parties that have had their share are the first to be refused. Who has sent more than there is
 * room for is read on when a place becomes free: to refuse all that it has sent would cost what the places are for.
 */
import { type Logger, SampledLines } from "../log.ts";
import { type Lag, LagWatch } from "./lag-watch.ts";
import { PartyShares, type Share } from "./party-shares.ts";
import { ReadLater } from "./read-later.ts";

/** A hub is overloaded when things have waited for longer than this, all of the time, for a second: milliseconds. */
const TOO_LONG_MS = 50;
const FOR_MS = 1000;
/** While fewer requests come in a second, and there is room for them, it is not they who are too many. */
const FEW_PER_SECOND = 100;
/** So many are worked on at once then; more where it is far to the store. */
const AT_ONCE = 48;
/** By how much more for a party below its share, and for one that asks for little. */
const BELOW_SHARE = 2;
const MODEST = 4;
/** No more than so much in a second, none of which had to wait in the last one. */
const LITTLE = 10;
const WAITED_MS = 1000;
/** As many times the room there is while a hub is not overloaded: beyond it none is refused, but read later. */
const AT_EASE = 2;
/** A place that becomes free is for one; the next that is read may have nothing more to ask for. */
const READ_ON = 2;
/** It is over when none was refused for so long, and none waited to be read, milliseconds. */
const CALM_MS = 2000;
/** Whoever is refused comes again after about this, each at another moment, milliseconds. */
const RETRY_AFTER_MS = 1000;

/** A request is let in; or let in, but no more of its terminal is to be read before a place is free; or it is refused. */
export type Entry = "in" | "full" | { retryAfter: number };

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
  /** How many may be; undefined while none is refused. */
  #atOnce: number | undefined;
  /** What the store takes at its best, milliseconds. */
  #bestMs = 0;
  readonly #later = new ReadLater();
  /** For how long things have waited too long, or nothing was refused, milliseconds. */
  #lateMs = 0;
  #calmMs = 0;

  constructor(options: OverloadOptions) {
    this.#options = options;
  }

  /** A script's call has come back. */
  readonly storeCalled = (seconds: number): void => this.#lags.storeCalled(seconds * 1000);

  /** Decides about a new request; when it is let in, `end` has to follow. */
  begin(party: string): Entry {
    this.#lags.start();
    const share = this.#shares.ask(party);
    const most = this.#mostFor(share);
    const isOver = this.#working >= most;
    if (isOver && this.#atOnce !== undefined) {
      share.waitedAt = performance.now();
      return { retryAfter: this.#refuse() };
    }
    this.#shares.admit(share);
    this.#working += 1;
    if (this.#working < most) return "in";
    share.waitedAt = performance.now();
    return "full";
  }

  /** A request that was let in has been answered. */
  end(): void {
    this.#working -= 1;
    for (let read = 0; read < READ_ON && this.#working < this.#room(); read++)
      if (!this.#later.readNext()) return;
  }

  /** Calls `readOn` once there is room for more of a terminal's, or after a time. */
  readonly whenFree = (readOn: () => void): void => this.#later.add(readOn);

  stop(): void {
    // Terminals that wait to be read are told that the hub closes; their timer ends by itself.
    this.#lags.stop();
  }

  /** How many are worked on at once. */
  #room(): number {
    return this.#atOnce ?? AT_EASE * this.#enough();
  }

  /** As many as keep the store busy. */
  #enough(): number {
    return Math.max(AT_ONCE, Math.ceil((2 * this.#shares.admitted * this.#bestMs) / 1000));
  }

  /** Who has had more than its share leaves the others some of what there is, and most to who asks for little. */
  #mostFor(share: Share): number {
    const { admitted, parties } = this.#shares;
    if (share.asked <= LITTLE && performance.now() - share.waitedAt > WAITED_MS) return MODEST * this.#room();
    return share.admitted > admitted / parties ? this.#room() : BELOW_SHARE * this.#room();
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
    this.#bestMs = bestMs;
    this.#shares.decay(elapsedMs);
    const { asked, admitted } = this.#shares;
    if (this.#atOnce === undefined) {
      const waitsMs = Math.max(lagMs, this.#later.waitsMs);
      const areMany = admitted > FEW_PER_SECOND || !this.#later.isEmpty;
      const isLate = waitsMs > TOO_LONG_MS && areMany;
      this.#lateMs = isLate ? this.#lateMs + elapsedMs : 0;
      if (this.#lateMs >= FOR_MS) {
        this.#atOnce = this.#enough();
        this.#calmMs = 0;
      } else if (asked < 1) this.#lags.stop();
      return;
    }
    this.#calmMs = this.#later.isEmpty ? this.#calmMs + elapsedMs : 0;
    if (this.#calmMs < CALM_MS) return;
    this.#atOnce = undefined;
    this.#lateMs = 0;
    this.#options.log.info("no longer overloaded: all requests are let in");
  }
}
