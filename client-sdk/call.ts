/**
 * Calls what the SDK's user has given, a listener or a handler. What it throws, or rejects with, goes to
 * `failed`, and holds up nobody else.
 */
export function callSafely(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    (call() as PromiseLike<unknown> | null | undefined)?.then?.(undefined, failed);
  } catch (error) {
    failed(error);
  }
}
