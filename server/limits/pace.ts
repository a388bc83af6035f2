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

  /** In how many milliseconds the next place is. */
  wait(now: number): number {
    return Math.max(0, Math.max(now, this.#dueAt) + this.#everyMs - this.#burstMs - now);
  }

  /** Takes it, and answers the same. None is taken that would be later than `longestMs`. */
  take(now: number, longestMs = Number.POSITIVE_INFINITY): number {
    const waitMs = this.wait(now);
    if (waitMs <= longestMs) this.#dueAt = Math.max(now, this.#dueAt) + this.#everyMs;
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

  /** In how many milliseconds one's next place is. */
  wait(name: string, now: number): number {
    return this.#paces.get(name)?.wait(now) ?? 0;
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
