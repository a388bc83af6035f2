/** Waiting that its caller can end. */
import { type ClientErrorCode, TallystickError, withStack } from "./errors.ts";

/** How long to wait, and a signal to stop waiting. */
export interface WaitOptions {
  /** Stops waiting: the promise is rejected with the code `aborted`. */
  signal?: AbortSignal | undefined;
  /** Milliseconds to wait; then the promise is rejected with the code `timeout`. */
  timeoutMs?: number | undefined;
}

/** The longest delay that timers can have; the SDK waits as long as that where it waits for ever. */
export const LONGEST_MS = 2 ** 31 - 1;

/** Says what a wait that was given up, for which reason, comes to. */
export type AbandonError = (code: ClientErrorCode, cause?: unknown) => TallystickError;

/** The error of a wait that leaves no command open. */
export function abandonError(what: string): AbandonError {
  return (code, cause) => new TallystickError(code, `${what} was given up (${code}).`, { cause });
}

/**
 * A promise that also ends with its caller's signal or time. `begin` starts the wait, which may settle at
 * once, and may answer how to stop it; that is called however the wait ends. An error has the stack of this
 * call, and so the line of whoever waits.
 */
export function abortable<T>(
  { signal, timeoutMs = LONGEST_MS }: WaitOptions,
  errorOf: AbandonError,
  // biome-ignore lint/suspicious/noConfusingVoidType: most have nothing to stop, and say so by returning nothing.
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => void | (() => void),
): Promise<T> {
  const { stack } = new Error();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: ReturnType<typeof begin>;
  let abort = () => {};
  const giveUp = () => {
    stop?.();
    stop = undefined;
  };
  return new Promise<T>((resolve, fail) => {
    const reject = (error: unknown) =>
      fail(error instanceof TallystickError ? withStack(error, stack) : error);
    // In this very step: what comes next must not find it waiting still.
    abort = () => {
      giveUp();
      reject(errorOf("aborted", signal?.reason));
    };
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort);
    if (timeoutMs < LONGEST_MS) timer = setTimeout(() => reject(errorOf("timeout")), timeoutMs);
    stop = begin(resolve, reject);
  }).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
    giveUp();
  });
}
