/** When the negotiations of an open loop should start, whether or not those before them have ended. */

export interface ArrivalPlan {
  /** Negotiations a second once the ramp is over. */
  rate: number;
  /** The rate grows evenly from 0 over this long, milliseconds. */
  rampMs: number;
  /** How long the full rate lasts, milliseconds. */
  durationMs: number;
}

/**
 * When arrival number `index` (from 0) is due, milliseconds after the start. While the rate grows evenly, the
 * arrivals grow with the square of the time.
 */
export function arrivalMs({ rate, rampMs }: ArrivalPlan, index: number): number {
  const perMs = rate / 1000;
  const duringRamp = (perMs * rampMs) / 2;
  if (index < duringRamp) return Math.sqrt((2 * index * rampMs) / perMs);
  return rampMs + (index - duringRamp) / perMs;
}

/** How many arrivals there are in all. */
export function arrivalCount({ rate, rampMs, durationMs }: ArrivalPlan): number {
  return Math.ceil((rate * (rampMs / 2 + durationMs)) / 1000);
}
