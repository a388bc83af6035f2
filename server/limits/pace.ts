/** How many of something are done in a second by all together: beyond that each comes later, one after the other. */

export interface PaceOptions {
  perSecond: number;
  /** How many may come at once after a while without any. */
  burst: number;
}

export class Pace {
  readonly #everyMs: number;
  readonly #burstMs: number;
  /** When the next one is due. */
  #dueAt = 0;

  constructor({ perSecond, burst }: PaceOptions) {
    this.#everyMs = 1000 / perSecond;
    this.#burstMs = burst * this.#everyMs;
  }

  /** Whether nothing is remembered of what was taken. */
  isOver(now: number): boolean {
    return this.#dueAt <= now;
  }

  /** Takes a place; answers in how many milliseconds it is. None is taken that would be later than `longestMs`. */
  take(now: number, longestMs = Number.POSITIVE_INFINITY): number {
    const dueAt = Math.max(now, this.#dueAt) + this.#everyMs;
    const waitMs = Math.max(0, dueAt - this.#burstMs - now);
    if (waitMs <= longestMs) this.#dueAt = dueAt;
    return waitMs;
  }
}

/** How often those are forgotten of whom there is nothing to remember, milliseconds. */
const FORGETS_EVERY_MS = 1000;

/** A pace for each of many. */
export class Paces {
  readonly #options: PaceOptions;
  readonly #paces = new Map<string, Pace>();
  #forgotAt = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Of how many there is something to remember. */
  get size(): number {
    return this.#paces.size;
  }

  /** Takes a place of one's as a pace does. */
  take(name: string, now: number, longestMs?: number): number {
    if (now - this.#forgotAt >= FORGETS_EVERY_MS) this.#forget(now);
    const pace = this.#paces.get(name) ?? new Pace(this.#options);
    this.#paces.set(name, pace);
    return pace.take(now, longestMs);
  }

  #forget(now: number): void {
    this.#forgotAt = now;
    for (const [name, pace] of this.#paces) if (pace.isOver(now)) this.#paces.delete(name);
  }
}
