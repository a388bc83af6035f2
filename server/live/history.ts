/** The last quarter of an hour, hub by hub, and what it comes to for all of them. */
import { LIVE_EVERY_MS, LIVE_SLICES, type LiveSlice } from "@tallystick/protocol";
import { addSlice, countOf, emptySlice, type RawSlice, timeWithin } from "./pace.ts";

/** The newest slices of one hub, the last being the newest. */
export class PastSlices {
  #slices: RawSlice[] = [];

  get all(): readonly RawSlice[] {
    return this.#slices;
  }

  replace(slices: readonly RawSlice[]): void {
    this.#slices = slices.slice(-LIVE_SLICES);
  }

  push(slice: RawSlice): void {
    this.#slices.push(slice);
    if (this.#slices.length > LIVE_SLICES) this.#slices.shift();
  }

  /** Counted from the newest, 0. Hubs' clocks may differ, so that none says when a slice was. */
  ago(place: number): RawSlice | undefined {
    return this.#slices[this.#slices.length - 1 - place];
  }
}

/** What several hubs did in the same slices, the oldest first. */
export function mergeSlices(hubs: readonly PastSlices[], count: number, now: number): LiveSlice[] {
  const longest = Math.max(0, ...hubs.map(({ all }) => all.length));
  const merged: LiveSlice[] = [];
  for (let place = Math.min(count, longest) - 1; place >= 0; place -= 1) {
    const sum = emptySlice();
    for (const hub of hubs) {
      const slice = hub.ago(place);
      if (slice) addSlice(sum, slice);
    }
    merged.push(told(sum, now - place * LIVE_EVERY_MS));
  }
  return merged;
}

function told({ failed, steps, paid, times }: RawSlice, at: number): LiveSlice {
  const [p50Ms, p99Ms] = [timeWithin(times, 0.5), timeWithin(times, 0.99)];
  return {
    at,
    answered: countOf(times),
    failed,
    ...(p50Ms !== undefined && { p50Ms }),
    ...(p99Ms !== undefined && { p99Ms }),
    steps,
    paid: paid as LiveSlice["paid"],
  };
}
