/** What follows a change: it is counted, and the others are told. */
import type { IssuanceEvent, Snapshot } from "@tallystick/protocol";
import { hasEnded } from "@tallystick/protocol";
import { tell } from "./rooms.ts";
import type { Hub, Terminal } from "./types.ts";

export function publish(
  hub: Hub,
  change: {
    event: IssuanceEvent;
    snapshot: Snapshot;
    sender?: Terminal;
    repeated?: boolean;
    words?: string | undefined;
  },
): void {
  const { event, snapshot, sender, repeated, words } = change;
  if (!repeated && (event.version === 1 || hasEnded(event.state))) hub.metrics.reached(event.state);
  tell(hub, { event, snapshot, sender, words });
}

/** Ends an issuance whose deadline has passed, and tells both sides; nothing when it has not passed. */
export async function expire(hub: Hub, issuanceId: string): Promise<void> {
  const outcome = await hub.ledger.expire(issuanceId);
  if (outcome.kind === "done") publish(hub, outcome);
}
