/** How much was done a second while the load was full: the ramp before and the last ends after are left out. */
import type { Point } from "./collector.ts";
import { INTERVAL_MS } from "./messages.ts";

export interface Rates {
  negotiationsPerSecond: number;
  commandsPerSecond: number;
}

/**
 * Means over the intervals that are whole within the full load; over all of the run when there is none, as
 * when it was stopped during the ramp.
 *
 * @param options.endMs when the full load ended, since the start.
 */
export function fullLoadRates(
  timeline: readonly Point[],
  options: { rampMs: number; endMs: number; seconds: number },
): Rates {
  const from = Math.ceil(options.rampMs / INTERVAL_MS);
  const to = Math.floor(options.endMs / INTERVAL_MS);
  const isWithin = ({ second }: Point) => {
    const index = Math.round((second * 1000) / INTERVAL_MS);
    return index >= from && index < to;
  };
  const points = from < to ? timeline.filter(isWithin) : timeline;
  const intervals = from < to ? to - from : (options.seconds * 1000) / INTERVAL_MS;
  const mean = (of: (point: Point) => number) =>
    points.reduce((sum, point) => sum + of(point), 0) / intervals;
  return {
    negotiationsPerSecond: mean((point) => point.negotiationsPerSecond),
    commandsPerSecond: mean((point) => point.commandsPerSecond),
  };
}
