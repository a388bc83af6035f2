/** Durations as they are written on the command line. */

const UNITS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 24 * 3_600_000,
};

function parse(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit] as number);
}

/**
 * Reads a duration such as `50ms`, `1.5s`, `10m`, `12h` or `7d`.
 *
 * @returns milliseconds.
 * @throws RangeError when it is not one.
 */
export function readDuration(text: string): number {
  const milliseconds = parse(text);
  if (milliseconds === undefined) throw new RangeError("a time, as in 50ms, 20s or 10m");
  return milliseconds;
}

/**
 * Reads a duration of at least one second, such as `90s`, `30m`, `12h` or `7d`.
 *
 * @returns whole seconds.
 * @throws RangeError when it is shorter, or not a duration.
 */
export function readSeconds(text: string): number {
  const seconds = Math.floor((parse(text) ?? 0) / 1000);
  if (seconds < 1) throw new RangeError("a number and s, m, h or d, as in 30m or 12h");
  return seconds;
}
