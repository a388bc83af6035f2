/** A few at once: the others wait for their turns, in the order in which they came. */

/** Milliseconds. What takes longer goes on, and holds up no others: its store may be away, and theirs there. */
const LONGEST_TURN_MS = 1000;

export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Begins it in this very step where a turn is free. Resolves when it is over; what is begun never rejects. */
  take(begin: () => Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const run = () => {
        const over = begin();
        over.then(resolve);
        void Promise.race([over, pause()]).then(this.#pass);
      };
      if (this.#free === 0) {
        this.#waiting.push(run);
        return;
      }
      this.#free -= 1;
      run();
    });
  }

  readonly #pass = (): void => {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  };
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LONGEST_TURN_MS);
    // In Node, this alone does not keep the process alive.
    (timer as { unref?(): void }).unref?.();
  });
}
