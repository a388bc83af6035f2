/** Waiting for an issuance to reach a state. */
import { hasEnded, type State } from "@tallystick/protocol/lifecycle";
import { abandonError, abortable, type WaitOptions } from "./abortable.ts";
import { TallystickError } from "./errors.ts";
import type { IssuanceLog } from "./issuance-log.ts";
import type { Snapshot } from "./wire.ts";

/** Resolves once one of the states is reached; see `Issuance.until`. */
export function until(log: IssuanceLog, states: readonly State[], options: WaitOptions): Promise<Snapshot> {
  const wanted = states.join(" or ");
  const what = abandonError(`Waiting for ${log.id} to be ${wanted}`);
  return abortable<Snapshot>(options, what, (resolve, reject) => {
    const check = (snapshot: Snapshot, reason?: string) => {
      const reached = [snapshot.state, ...(PASSED[snapshot.state] ?? [])];
      if (states.some((state) => reached.includes(state))) resolve(snapshot);
      else if (hasEnded(snapshot.state)) reject(ended(snapshot, wanted, reason));
    };
    check(log.snapshot);
    return log.watch({
      event: (event, snapshot) => check(snapshot, "reason" in event ? event.reason : undefined),
      failed: reject,
    });
  });
}

function ended(snapshot: Snapshot, wanted: string, reason: string | undefined): TallystickError {
  return new TallystickError(
    "ended",
    `${snapshot.issuanceId} is ${snapshot.state}, and will not be ${wanted}.`,
    {
      issuance: snapshot,
      details: { reason },
      money: snapshot.voucher ? "frozen" : "untouched",
    },
  );
}

/**
 * The states that an issuance has left for good where it is now: every way here led through them, and none
 * leads back. A test holds it against the lifecycle's rules.
 */
export const PASSED: { readonly [S in State]?: readonly State[] } = {
  opened: ["agreed"],
  verified: ["agreed"],
  changing: ["agreed"],
  issued: ["agreed", "opened"],
};
