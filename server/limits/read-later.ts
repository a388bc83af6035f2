/**
 * Terminals of which nothing is read until there is room for what they send. The one that has waited longest is read on
 * first. Where no room comes about, some are read on all the same: what they send is refused, and so they hear of it.
 */

/** How long one waits at the least without room, milliseconds: to refuse is work as well. */
const LEAST_MS = 50;
/** So many are read on without room in a second, over all terminals: the step, milliseconds, and how many in each. */
const STEP_MS = 20;
const EACH_STEP = 10;

export class ReadLater {
  /** Reads on a terminal each, with the time since when it waits; the oldest first. */
  readonly #waiting = new Map<() => void, number>();
  #timer: NodeJS.Timeout | undefined;

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** For how long the first of them has waited, milliseconds. */
  get waitsMs(): number {
    const [since] = this.#waiting.values();
    return since === undefined ? 0 : performance.now() - since;
  }

  /** Calls `readOn` when its turn has come, once. */
  add(readOn: () => void): void {
    this.#waiting.set(readOn, performance.now());
    this.#timer ??= setInterval(() => this.#step(), STEP_MS).unref();
  }

  /** There is room for one; false when nobody waits for it. */
  readNext(): boolean {
    const [next] = this.#waiting.keys();
    if (!next) return false;
    this.#waiting.delete(next);
    next();
    return true;
  }

  #step(): void {
    const now = performance.now();
    for (let read = 0; read < EACH_STEP; read++) {
      const [since] = this.#waiting.values();
      if (since === undefined || now - since < LEAST_MS) break;
      this.readNext();
    }
    if (!this.isEmpty) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
