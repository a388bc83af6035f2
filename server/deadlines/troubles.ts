/** What the sweep could not do, in one line of the log now and then: a server that is away is so every second. */
import type { Logger } from "../log.ts";

/** Two lines are at least this far apart, milliseconds. */
const QUIET_MS = 10_000;

export class Troubles {
  readonly #log: Pick<Logger, "warn">;
  /** Where something failed since the last line. */
  readonly #where = new Set<string>();
  #failures = 0;
  #quietUntil = 0;

  constructor(log: Pick<Logger, "warn">) {
    this.#log = log;
  }

  /** Something was not done, and is tried again with the next round. */
  note(where: string, error: unknown): void {
    this.#where.add(where);
    this.#failures += 1;
    const now = performance.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + QUIET_MS;
    const facts = { failures: this.#failures, where: [...this.#where].slice(0, 10), error: String(error) };
    this.#log.warn(facts, "a part of the sweep is tried again; the others go on");
    this.#where.clear();
    this.#failures = 0;
  }
}
