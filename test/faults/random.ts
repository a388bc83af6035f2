/** Chance that can be had again: everything in a run that is chosen is chosen from its seed. */
import { setTimeout } from "node:timers/promises";

/** A seeded generator (mulberry32). Whoever chooses has one of its own, so that no order of events mixes them. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The generator of somebody who is known by a name: another for each name, the same for each seed. */
  fork(name: string): Random {
    let mixed = this.#state ^ 0x811c9dc5;
    for (const letter of name) mixed = Math.imul(mixed ^ (letter.codePointAt(0) as number), 0x01000193);
    return new Random(mixed);
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end);
  }

  /** A whole number, both ends among them. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @throws Error when there is nothing to pick from. */
  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error("there is nothing to pick from");
    return list[this.below(list.length)] as T;
  }
}

/** Waits; resolves at once when it is interrupted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
