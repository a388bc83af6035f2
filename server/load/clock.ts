/** One clock for all threads, and waiting by it. */

/** Milliseconds since the epoch, with fractions; it goes on evenly, and is the same in every thread. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Waits until a moment of `now`, or until the signal; at once when it is past. */
export function waitUntil(moment: number, signal?: AbortSignal): Promise<void> {
  const delayMs = moment - now();
  if (delayMs <= 0 || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal?.addEventListener("abort", done);
  });
}
