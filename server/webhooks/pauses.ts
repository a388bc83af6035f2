/** When what was not delivered is tried again. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Pauses after the first attempt that failed, the second, and so on; the last is the longest. */
const PAUSES_MS = [
  SECOND,
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
];

/** How long an event is tried before it is given up, milliseconds. */
export const GIVE_UP_AFTER_MS = 72 * HOUR;

/** @param attempts how many have failed, 1 or more. */
export function pauseAfter(attempts: number): number {
  return PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1] as number;
}

/** From so many subjects on whose events failed, with none taken between, it is the endpoint that is down, and not an event that is bad. */
const MANY_FAILED = 4;
/** An endpoint that is down is asked so seldom at the least, milliseconds. */
const LONGEST_REST_MS = MINUTE;

/** How long an endpoint is left alone. @param failed how many subjects' events failed since one was taken. */
export function restAfter(failed: number): number {
  if (failed < MANY_FAILED) return 0;
  return Math.min(pauseAfter(failed - MANY_FAILED + 1), LONGEST_REST_MS);
}
