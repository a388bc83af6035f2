/** How quick the terminals of a run are. Faults are short, so they try again soon. */

/** How long something that was not told may stay unseen, milliseconds. */
export const WATCH_INTERVAL_MS = 2000;
export const PACE = {
  ackTimeoutMs: 1000,
  resyncIntervalMs: WATCH_INTERVAL_MS,
  commandTimeoutMs: 5000,
  timeoutMs: 60_000,
};
export const RECONNECTING = { reconnectionDelay: 25, reconnectionDelayMax: 250, timeout: 2000 };
