/** Waiting for an issuance or a voucher to reach a state. */
import { abandonError, abortable, type WaitOptions } from "./abortable.ts";
import { TallystickError } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import type { Noun, SnapshotOn, StateOn } from "./kind.ts";

/** Resolves once one of the states is reached; see `LiveObject.until`. */
export function until<N extends Noun>(
  log: EventLog<N>,
  states: readonly StateOn<N>[],
  options: WaitOptions,
): Promise<SnapshotOn<N>> {
  const wanted = states.join(" or ");
  const { hasEnded, passed } = log.kind;
  const what = abandonError(`Waiting for ${log.id} to be ${wanted}`);
  return abortable<SnapshotOn<N>>(options, what, (resolve, reject) => {
    const check = (snapshot: SnapshotOn<N>, reason?: string) => {
      const { state } = snapshot;
      const reached: readonly StateOn<N>[] = [state, ...(passed[state as StateOn<N>] ?? [])];
      if (states.some((one) => reached.includes(one))) resolve(snapshot);
      else if (hasEnded(state)) reject(ended(log, wanted, reason));
    };
    check(log.snapshot);
    return log.watch({
      event: (event, snapshot) => check(snapshot, "reason" in event ? event.reason : undefined),
      failed: reject,
    });
  });
}

function ended<N extends Noun>(
  { id, kind, snapshot }: EventLog<N>,
  wanted: string,
  reason: string | undefined,
): TallystickError {
  return new TallystickError("ended", `${id} is ${snapshot.state}, and will not be ${wanted}.`, {
    [kind.noun]: snapshot,
    details: { reason },
    money: "voucher" in snapshot ? "frozen" : "untouched",
  });
}
