/**
 * How long things wait at this hub: for the event loop, and for the store beyond what that takes at its best. It looks
 * only while it is told to, so that a hub at rest does not wake for it.
 */

/** How often it looks, milliseconds. */
const LOOK_EVERY_MS = 50;
/** While the store answers nothing at all, what it took before counts for so many looks. */
const COUNTS_FOR = 4;
/** What the store takes at its best may have changed, as by a failover: milliseconds, each look. */
const FORGETS_MS = 0.05;

export interface Lag {
  /** How long what comes now will wait, milliseconds. */
  lagMs: number;
  /** What the store takes at its best, milliseconds. */
  bestMs: number;
  /** Since the last look, milliseconds. */
  elapsedMs: number;
}

export class LagWatch {
  readonly #looked: (lag: Lag) => void;
  #timer: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  /** The shortest call since the last look: a single stall is no queue. */
  #shortestMs = Number.POSITIVE_INFINITY;
  /** The shortest call there was. */
  #bestMs = Number.POSITIVE_INFINITY;
  #storeMs = 0;
  #silent = 0;
  /** As it was at the last look, milliseconds. */
  lagMs = 0;

  /** @param looked is called with each look. */
  constructor(looked: (lag: Lag) => void) {
    this.#looked = looked;
  }

  start(): void {
    if (this.#timer) return;
    this.#lookedAt = performance.now();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.lagMs = 0;
  }

  storeCalled(milliseconds: number): void {
    if (milliseconds < this.#shortestMs) this.#shortestMs = milliseconds;
  }

  #look(): void {
    const now = performance.now();
    const elapsedMs = now - this.#lookedAt;
    this.#lookedAt = now;
    this.lagMs = Math.max(0, elapsedMs - LOOK_EVERY_MS) + this.#lookAtStore();
    const bestMs = Number.isFinite(this.#bestMs) ? this.#bestMs : 0;
    this.#looked({ lagMs: this.lagMs, bestMs, elapsedMs });
  }

  #lookAtStore(): number {
    const shortest = this.#shortestMs;
    this.#shortestMs = Number.POSITIVE_INFINITY;
    if (shortest === Number.POSITIVE_INFINITY) {
      this.#silent += 1;
      return this.#silent > COUNTS_FOR ? 0 : this.#storeMs;
    }
    this.#silent = 0;
    this.#bestMs = Math.min(this.#bestMs + FORGETS_MS, shortest);
    this.#storeMs = shortest - this.#bestMs;
    return this.#storeMs;
  }
}
