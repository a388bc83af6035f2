/** Waiting for an issuance to reach a state. */
import { hasEnded, type State } from "@tallystick/protocol/lifecycle";
import { TallystickError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { Snapshot } from "./wire.ts";
import { givenUp, type WaitOptions, within } from "./within.ts";

/** Resolves once one of the states is reached; see `Issuance.until`. */
export function until(log: Log, states: readonly State[], options: WaitOptions): Promise<Snapshot> {
  const wanted = states.join(" or ");
  const what = givenUp(`Waiting for ${log.id} to be ${wanted}`);
  return within<Snapshot>(options, what, (resolve, reject) => {
    const look = (snapshot: Snapshot, reason?: string) => {
      const reached = [snapshot.state, ...(PASSED[snapshot.state] ?? [])];
      if (states.some((state) => reached.includes(state))) resolve(snapshot);
      else if (hasEnded(snapshot.state)) reject(ended(snapshot, wanted, reason));
    };
    look(log.snapshot);
    return log.watch({
      event: (event, snapshot) => look(snapshot, "reason" in event ? event.reason : undefined),
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
