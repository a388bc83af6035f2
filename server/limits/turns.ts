/**
 * Work that anybody can bring about, as letting connections in: it goes on beside what a hub does for those who are in, and
 * takes no more than a share of its time. One step is done in each turn of the event loop, and more while they take
 * less than that share, so that whoever asks for something else meanwhile waits for one of them, and not for all.
 */

/** What the steps may take of the time that everything else took since the last ones. */
const SHARE = 0.5;

export class Turns {
  /** Steps of who is nearly in, and of who has just come. */
  readonly #begun = new Set<() => void>();
  readonly #fresh = new Set<() => void>();
  #isDue = false;
  #endedAt = 0;

  /** How many wait that have just come. */
  get waiting(): number {
    return this.#fresh.size;
  }

  /** Does a step when its turn has come: after those of its kind, and before all that is fresh unless it is so itself. */
  add(step: () => void, kind: "begun" | "fresh"): void {
    (kind === "begun" ? this.#begun : this.#fresh).add(step);
    if (this.#isDue) return;
    this.#isDue = true;
    this.#endedAt = performance.now();
    setImmediate(this.#run);
  }

  /** A fresh step is not to be done any more. */
  forget(step: () => void): void {
    this.#fresh.delete(step);
  }

  readonly #run = (): void => {
    const began = performance.now();
    const mayTakeMs = SHARE * (began - this.#endedAt);
    do this.#next()?.();
    while (performance.now() - began < mayTakeMs && this.#begun.size + this.#fresh.size > 0);
    this.#endedAt = performance.now();
    this.#isDue = this.#begun.size + this.#fresh.size > 0;
    if (this.#isDue) setImmediate(this.#run);
  };

  #next(): (() => void) | undefined {
    const steps = this.#begun.size > 0 ? this.#begun : this.#fresh;
    const [step] = steps;
    if (step) steps.delete(step);
    return step;
  }
}
