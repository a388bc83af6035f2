/** One clock for all threads, and waiting by it. */

/** Milliseconds since the epoch, with fractions; it goes on evenly, and is the same in every thread. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Waits until a moment of `now`, or until one of the signals; at once when it is past. */
export function waitUntil(moment: number, ...signals: AbortSignal[]): Promise<void> {
  const delayMs = moment - now();
  if (delayMs <= 0 || signals.some(({ aborted }) => aborted)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    for (const signal of signals) signal.addEventListener("abort", done);
  });
}
