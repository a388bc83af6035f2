/**
 * An issuance is the sum of its events: the hub answers a repeated command by folding the log up to the
 * version of its first answer, and the SDK keeps its snapshot current with the same function.
 */
import type { IssuanceEvent } from "./events.ts";
import type { Snapshot } from "./issuance.ts";
import { hasEnded } from "./lifecycle.ts";

/** The snapshot after `event`, the next after `before`; the first event, `payer.requested`, needs none. */
export function fold(before: Snapshot | undefined, event: IssuanceEvent): Snapshot {
  const { version, state, digest, deadline } = event;
  const known = event.type === "payer.requested" ? begin(event) : need(before, event);
  const after: Snapshot = { ...known, version, state, digest };
  delete after.deadline;
  if (deadline !== undefined && !hasEnded(state)) after.deadline = deadline;
  if ("voucher" in event) after.voucher = event.voucher;
  if ("changes" in event) after.changes = event.changes;
  // A refusal while a change is under way leaves the account verified before it standing.
  if (event.type === "account.refused") {
    if (state !== "changing") delete after.account;
  } else if ("account" in event) after.account = event.account;
  return after;
}

/** The snapshot after all of `events`, which start with the issuance's first. */
export function foldAll(events: readonly IssuanceEvent[]): Snapshot | undefined {
  return events.reduce<Snapshot | undefined>(fold, undefined);
}

/** What the first event says of itself is not the issuance's; all else of it is. */
function begin(event: Extract<IssuanceEvent, { type: "payer.requested" }>): Snapshot {
  const { type: _type, by: _by, deadline: _deadline, at: createdAt, ...offer } = event;
  return { ...offer, changes: 0, createdAt };
}

/** What came right before an event; anything else is a bug of the caller's. */
export function need<S extends { version: number }>(
  before: S | undefined,
  { type, version }: { type: string; version: number },
): S {
  if (before?.version === version - 1) return before;
  throw new RangeError(
    `${type} is version ${version}, but what came before is ${before?.version ?? "missing"}`,
  );
}
