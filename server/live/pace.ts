/** What happens at this hub, counted by slices of two seconds: a handful of numbers, however much it is. */
import type { State } from "@tallystick/protocol";

/** Times of answers are counted in steps of a quarter, from a tenth of a millisecond on. */
const FIRST_SECONDS = 0.0001;
const STEP = 1.25;
const BUCKETS = 56;
const LOG_STEP = Math.log(STEP);

/** A slice as it is counted, so that those of several hubs can be added up. */
export interface RawSlice {
  failed: number;
  steps: Partial<Record<State, number>>;
  paid: Record<string, number>;
  /** How many answers took as long as each bucket has it; those at the end that are 0 are left out. */
  times: number[];
}

export const emptySlice = (): RawSlice => ({ failed: 0, steps: {}, paid: {}, times: [] });

/** Adds a slice to another. */
export function addSlice(sum: RawSlice, { failed, steps, paid, times }: RawSlice): void {
  sum.failed += failed;
  for (const [state, count] of Object.entries(steps) as [State, number][]) addTo(sum.steps, state, count);
  for (const [currency, amount] of Object.entries(paid)) addTo(sum.paid, currency, amount);
  for (const [bucket, count] of times.entries()) addTime(sum.times, bucket, count);
}

function addTo<K extends string>(counts: Partial<Record<K, number>>, key: K, count: number): void {
  counts[key] = (counts[key] ?? 0) + count;
}

function addTime(times: number[], bucket: number, count: number): void {
  while (times.length <= bucket) times.push(0);
  times[bucket] = (times[bucket] as number) + count;
}

/** The time within which a share of the answers came, milliseconds, no more exact than the buckets; undefined of none. */
export function timeWithin(times: readonly number[], share: number): number | undefined {
  const all = countOf(times);
  if (all === 0) return undefined;
  let seen = 0;
  const found = times.findIndex((count) => {
    seen += count;
    return seen >= share * all;
  });
  return Number((FIRST_SECONDS * STEP ** found * 1000).toPrecision(3));
}

export const countOf = (times: readonly number[]): number => times.reduce((sum, count) => sum + count, 0);

export class Pace {
  #slice = emptySlice();

  answered(isFailed: boolean, seconds: number): void {
    const steps = Math.ceil(Math.log(seconds / FIRST_SECONDS) / LOG_STEP);
    addTime(this.#slice.times, Math.max(0, Math.min(BUCKETS - 1, steps)), 1);
    if (isFailed) this.#slice.failed += 1;
  }

  /** An issuance came into a state. */
  stepped(state: State): void {
    addTo(this.#slice.steps, state, 1);
  }

  /** A drawing was paid out. */
  paid(currency: string, amount: number): void {
    addTo(this.#slice.paid, currency, amount);
  }

  /** Ends the slice, and begins the next. */
  cut(): RawSlice {
    const slice = this.#slice;
    this.#slice = emptySlice();
    return slice;
  }
}
