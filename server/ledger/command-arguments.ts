/** The arguments that each command on an issuance begins with; `lua/steps/read-command.lua` names them. */
import type { CommandName } from "@tallystick/protocol";
import { type LedgerContext, leavesAfter } from "./context.ts";
import { type Intent, payloadDigest } from "./payload-digest.ts";

/** Who sends a command. */
export interface Party {
  readonly party: string;
}

export function commonArguments(
  context: LedgerContext,
  { command, sender, payload }: { command: CommandName; sender: Party; payload: Intent },
): (string | number)[] {
  const { issuanceId = "", commandId, ifVersion = "", seen } = payload;
  const digest = payloadDigest(command, payload);
  const known = seen ? [seen.version, seen.digest] : ["", ""];
  return [
    issuanceId,
    sender.party,
    commandId,
    digest,
    ifVersion,
    ...known,
    context.waitMs,
    leavesAfter(context),
  ];
}
