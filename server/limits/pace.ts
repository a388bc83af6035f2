/** How many of something are done in a second by all together: beyond that each comes later, one after the other. */
export class Pace {
  readonly #everyMs: number;
  readonly #burstMs: number;
  /** When the next one is due. */
  #dueAt = 0;

  /** @param burst how many may come at once after a while without any. */
  constructor({ perSecond, burst }: { perSecond: number; burst: number }) {
    this.#everyMs = 1000 / perSecond;
    this.#burstMs = burst * this.#everyMs;
  }

  /** Takes a place; answers in how many milliseconds it is. */
  take(now: number): number {
    this.#dueAt = Math.max(now, this.#dueAt) + this.#everyMs;
    return Math.max(0, this.#dueAt - this.#burstMs - now);
  }
}
