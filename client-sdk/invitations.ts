/** Invitations to be payer. */
import { ISSUANCE } from "./issuance-kind.ts";
import { PayerIssuance } from "./payer-issuance.ts";
import type { Wanted } from "./watch.ts";

/** Answers an invitation. */
export type RequestHandler = (issuance: PayerIssuance) => void | Promise<void>;

export const INVITATIONS: Wanted<"issuance", PayerIssuance> = {
  kind: ISSUANCE,
  told: (event, party) =>
    event.type === "payer.requested" && event.payer === party && event.state === "proposed"
      ? event.issuanceId
      : undefined,
  isListed: ({ role, state }) => role === "payer" && state === "proposed",
  waiting: ({ issuanceId, payer, state }, party) =>
    payer === party && state === "proposed" ? [issuanceId] : [],
  make: (log) => new PayerIssuance(log),
};
