/**
 * Keeps commands from piling up in front of a store that does not answer: once it is known to be away they
 * are refused at once, and a single question finds out when it is back.
 */
import { UnavailableError } from "../redis/errors.ts";

/** The store is away, or too far behind: the command was not sent, so that nothing was done. */
export class StoreAwayError extends UnavailableError {
  override name = "StoreAwayError";
}

export interface CircuitBreakerOptions {
  /** Asks the store whether it is there; rejects when it is not. */
  probe: () => Promise<unknown>;
  /** True for an error that means that the store is away, rather than that a command is wrong. */
  isAway: (error: unknown) => boolean;
  /** How many calls may wait for the store at once. */
  mostWaiting: number;
  /** How long to wait between two probes, milliseconds. */
  probeEveryMs: number;
}

/** After this many calls in a row that found the store away, it is taken to be so. */
const FAILURES_TO_OPEN = 3;

export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #failures = 0;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  /** True while calls are refused without being sent. */
  get isOpen(): boolean {
    return this.#timer !== undefined;
  }

  /**
   * Lets a call through, unless the store is known to be away; `end` has to follow.
   *
   * @throws StoreAwayError when the call must not be made.
   */
  begin(): void {
    if (this.isOpen) throw new StoreAwayError("the store is away; the command was not sent");
    if (this.#waiting >= this.#options.mostWaiting) {
      throw new StoreAwayError(`${this.#waiting} commands wait for the store already; this one was not sent`);
    }
    this.#waiting += 1;
  }

  /** A call that was let through has been answered, or has failed with an error. */
  end(error?: unknown): void {
    this.#waiting -= 1;
    if (error === undefined || !this.#options.isAway(error)) this.#failures = 0;
    else if (++this.#failures >= FAILURES_TO_OPEN) this.#open();
  }

  /** Ends the probing. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #open(): void {
    if (this.isOpen) return;
    const probe = () => {
      this.#options.probe().then(
        () => this.#reset(),
        () => {
          if (this.isOpen) wait();
        },
      );
    };
    const wait = () => {
      this.#timer = setTimeout(probe, this.#options.probeEveryMs);
      this.#timer.unref();
    };
    wait();
  }

  #reset(): void {
    this.close();
    this.#failures = 0;
  }
}
