/** Waits for what fails apart: a server of the store that is away says nothing of the others. */
import { isUnavailable } from "./availability.ts";

export interface Apart<T> {
  /** What succeeded, in the order in which it was asked for. */
  values: T[];
  /** Why the others were unavailable. */
  failures: unknown[];
}

/**
 * Waits for all of them, and leaves out what is unavailable.
 *
 * @throws the first failure when nothing succeeded, and any other than that something was unavailable.
 */
export async function settleApart<T>(promises: readonly Promise<T>[]): Promise<Apart<T>> {
  const settled = await Promise.allSettled(promises);
  const values = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failures = settled.flatMap((result) =>
    result.status === "rejected" ? [result.reason as unknown] : [],
  );
  const fault = failures.find((failure) => !isUnavailable(failure));
  if (fault !== undefined) throw fault;
  if (values.length === 0 && failures.length > 0) throw failures[0];
  return { values, failures };
}
