/**
 * What each party may see of a voucher: the payer's account is its issuer's and its payer's to know, by kind and last
 * digits. A party sees what any of its roles may see.
 */
import type { VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";
import type { VoucherAnnouncement } from "./broadcast.ts";

/** The parties of a voucher. */
export type Parties = Pick<VoucherSnapshot, "issuer" | "payer" | "beneficiary">;

export function partiesOf({ issuer, payer, beneficiary }: Parties): string[] {
  return [...new Set([issuer, payer, beneficiary])];
}

function maySeeAccount({ issuer, payer }: Parties, party: string): boolean {
  return party === issuer || party === payer;
}

/** @param party absent for an operator, who may see it all. */
export function viewVoucher(snapshot: VoucherSnapshot, party: string | undefined): VoucherSnapshot {
  if (party === undefined || maySeeAccount(snapshot, party)) return snapshot;
  const { account: _, ...seen } = snapshot;
  return seen;
}

export function viewEvent(event: VoucherEvent, parties: Parties, party: string | undefined): VoucherEvent {
  if (party === undefined || event.type !== "voucher.issued" || maySeeAccount(parties, party)) return event;
  const { account: _, ...seen } = event;
  return seen;
}

/** An event as each of these parties is told of it. */
export function toldTo(
  to: readonly string[],
  event: VoucherEvent,
  parties: Parties,
): VoucherAnnouncement["told"] {
  return to.map((party) => ({ party, json: JSON.stringify(viewEvent(event, parties, party)) }));
}
