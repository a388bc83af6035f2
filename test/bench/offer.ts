/** Negotiations that are begun at a fixed rate, however long they take. */
import { setTimeout as pause } from "node:timers/promises";
import type { Pair } from "./negotiate.ts";

/**
 * Begins so many each second, each by a pair that is free; where none is, it begins late, and that counts.
 *
 * @returns how long each took from when it was due until both sides had the voucher, milliseconds, the shortest first.
 */
export async function offer(pairs: readonly Pair[], perSecond: number, count: number): Promise<number[]> {
  const tookMs: number[] = [];
  const free = [...pairs];
  const underWay = new Set<Promise<void>>();
  const started = performance.now();
  for (let begun = 0; begun < count; begun++) {
    const dueAt = started + (1000 * begun) / perSecond;
    // Timers are no finer than a millisecond: what is due within the next begins now.
    if (dueAt - performance.now() > 1) await pause(dueAt - performance.now());
    while (free.length === 0) await Promise.race(underWay);
    const pair = free.shift() as Pair;
    const one = pair.negotiate().then(() => {
      tookMs.push(performance.now() - dueAt);
      underWay.delete(one);
      free.push(pair);
    });
    underWay.add(one);
  }
  await Promise.all(underWay);
  return tookMs.sort((a, b) => a - b);
}

/** A value of a sorted list below which that share of it is. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
