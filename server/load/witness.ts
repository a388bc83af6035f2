/** What both terminals knew at last of an issuance or a voucher, and whether that is the same. */
import type { Snapshot, VoucherSnapshot } from "@tallystick/protocol";
import type { Witnessed } from "./messages.ts";

/** @param problem what either terminal found wrong with the order of events. */
export function witness<S extends Snapshot | VoucherSnapshot>(
  issuanceId: string,
  { asIssuer, asPayer, problem }: { asIssuer: S; asPayer: S; problem: string | undefined },
): Witnessed {
  const differ = asIssuer.digest !== asPayer.digest ? "the two sides were told different events" : undefined;
  const disorder = problem ?? differ;
  return {
    issuanceId,
    issuerVersion: asIssuer.version,
    payerVersion: asPayer.version,
    state: asIssuer.state,
    digest: asIssuer.digest,
    ...(disorder !== undefined && { disorder }),
  };
}
