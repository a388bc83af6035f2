/** Waiting for an issuance or a voucher to reach a state. */
import { abandonError, abortable, type WaitOptions } from "./abortable.ts";
import { TallystickError } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import type { Noun, SnapshotOn, StateOn } from "./kind.ts";

/**
 * Resolves as soon as a check has a result, or is rejected with its error.
 *
 * @param check looks at each snapshot, the present one first; `reason` is that of the event which led to it.
 */
export function waitFor<N extends Noun, T extends object>(
  log: EventLog<N>,
  what: string,
  options: WaitOptions,
  check: (snapshot: SnapshotOn<N>, reason?: string) => T | TallystickError | undefined,
): Promise<T> {
  return abortable<T>(options, abandonError(`Waiting for ${what}`), (resolve, reject) => {
    const look = (snapshot: SnapshotOn<N>, reason?: string) => {
      const result = check(snapshot, reason);
      if (result instanceof TallystickError) reject(result);
      else if (result) resolve(result);
    };
    look(log.snapshot);
    return log.watch({
      event: (event, snapshot) => look(snapshot, "reason" in event ? event.reason : undefined),
      failed: reject,
    });
  });
}

/** Resolves once one of the states is reached; see `LiveObject.until`. */
export function until<N extends Noun>(
  log: EventLog<N>,
  states: readonly StateOn<N>[],
  options: WaitOptions,
): Promise<SnapshotOn<N>> {
  const wanted = states.join(" or ");
  const { hasEnded, passed, noun } = log.kind;
  return waitFor(log, `${log.id} to be ${wanted}`, options, (snapshot, reason) => {
    const { state } = snapshot;
    const reached: readonly StateOn<N>[] = [state, ...(passed[state as StateOn<N>] ?? [])];
    if (states.some((one) => reached.includes(one))) return snapshot;
    if (!hasEnded(state)) return undefined;
    return new TallystickError("ended", `${log.id} is ${state}, and will not be ${wanted}.`, {
      [noun]: snapshot,
      details: { reason },
      money: "voucher" in snapshot ? "frozen" : "untouched",
    });
  });
}
