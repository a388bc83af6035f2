/** Counts what happens in one thread, by interval. */
import { now } from "./clock.ts";
import { INTERVAL_MS, type Interval, type Series, type Witnessed } from "./messages.ts";
import type { ScenarioName } from "./mix.ts";

export class Tally {
  readonly #startedAt: number;
  readonly #report: (interval: Interval) => void;
  #current: Interval;
  readonly #timer: NodeJS.Timeout;
  /** Sessions in a negotiation, and arrivals that wait for a session, now. */
  sessions = 0;
  waiting = 0;

  constructor(startedAt: number, report: (interval: Interval) => void) {
    this.#startedAt = startedAt;
    this.#report = report;
    this.#current = empty(0);
    this.#timer = setInterval(() => this.#interval(), INTERVAL_MS / 5);
  }

  took(series: Series, milliseconds: number): void {
    const { samples } = this.#interval();
    samples[series] ??= [];
    samples[series].push(milliseconds);
  }

  finished(scenario: ScenarioName): void {
    increase(this.#interval().finished, scenario);
  }

  failed(scenario: ScenarioName, code: string, reason: string): void {
    const { failed, errors, reasons } = this.#interval();
    increase(failed, scenario);
    increase(errors, code);
    reasons[code] ??= reason;
  }

  refused(code: string): void {
    increase(this.#interval().refusals, code);
  }

  reconnected(): void {
    this.#interval().reconnects += 1;
  }

  witnessed(issuance: Witnessed): void {
    this.#interval().witnessed.push(issuance);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#flush();
  }

  /** The interval of this moment; those that have passed are told. */
  #interval(): Interval {
    const index = Math.max(0, Math.floor((now() - this.#startedAt) / INTERVAL_MS));
    if (index !== this.#current.index) {
      this.#flush();
      this.#current = empty(index);
    }
    return this.#current;
  }

  #flush(): void {
    this.#report({ ...this.#current, sessions: this.sessions, waiting: this.waiting });
  }
}

function empty(index: number): Interval {
  const counts = { samples: {}, finished: {}, failed: {}, errors: {}, reasons: {}, refusals: {} };
  return { index, ...counts, reconnects: 0, sessions: 0, waiting: 0, witnessed: [] };
}

function increase(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1;
}
