/** The lives that vouchers have once they are issued: what their beneficiary, issuer and approver do, and when. */
import type { Offer, VoucherSnapshot } from "@tallystick/client";
import { hasVoucherEnded } from "@tallystick/protocol";
import type { Random } from "./random.ts";
import { holderOf } from "./scenarios.ts";
import type { VoucherCommand } from "./send-voucher-command.ts";

export const LIVES = [
  "left_alone",
  "accepted",
  "drawn",
  "drawn",
  "drawn_at_once",
  "drawn_in_parts",
  "drawn_finally",
  "released",
  "rejected",
  "withdrawn",
  "approved",
  "refused",
  "silent",
  "expired",
] as const;
export type Life = (typeof LIVES)[number];

/** Every party's account that drawings are paid into. */
export const TILL = "70000007";
/** Lives in which drawings wait for somebody's word. */
const WITH_APPROVAL: ReadonlySet<Life> = new Set(["approved", "refused", "silent"]);
/** Seconds that an approver has; silence honours after that. */
const APPROVAL_WITHIN = 3;

/** What an offer says for a life: to whom, for how long, and whose word drawings wait for. */
export function chooseLife(
  { issuer, payer, parties }: { issuer: string; payer: string; parties: readonly string[] },
  random: Random,
): { life: Life; terms: Pick<Offer, "beneficiary" | "validFor" | "approval"> } {
  const life = random.pick(LIVES);
  const beneficiary = random.pick(parties.filter((party) => party !== issuer && party !== payer));
  const validFor = random.between(2, 5);
  const by = random.pick(["issuer", "payer"] as const);
  return {
    life,
    terms: {
      beneficiary,
      ...(life === "expired" && { validFor }),
      ...(WITH_APPROVAL.has(life) && { approval: { by, within: APPROVAL_WITHIN } }),
    },
  };
}

/** What the beneficiary does now; undefined when it waits, or has done all that it will. */
export function beneficiaryStep(life: Life, voucher: VoucherSnapshot): VoucherCommand | undefined {
  const { voucherId, state, remaining, drawings, beneficiary } = voucher;
  if (hasVoucherEnded(state)) return undefined;
  const draw = (amount: number, final = false): VoucherCommand => ({
    command: "voucher:draw",
    voucherId,
    demand: { amount, to: { number: TILL, holder: holderOf(beneficiary) }, ...(final && { final }) },
  });
  const release = (amount: number): VoucherCommand => ({ command: "voucher:release", voucherId, amount });
  if (state === "issued") {
    if (life === "rejected") return { command: "voucher:reject", voucherId };
    if (life === "drawn_at_once") return draw(remaining);
    if (life === "left_alone" || life === "withdrawn") return undefined;
    // One that is to expire may do so untouched.
    return life === "expired" && remaining % 2 === 0 ? undefined : { command: "voucher:accept", voucherId };
  }
  if (remaining === 0) return undefined;
  const part = Math.ceil(remaining / 3);
  switch (life) {
    case "drawn_in_parts":
      return drawings.length < 3 ? draw(part) : release(remaining);
    case "drawn_finally":
      return draw(part, true);
    case "released":
      return release(voucher.released === 0 ? part : remaining);
    case "drawn":
    case "approved":
    case "silent":
      return drawings.length === 0 ? draw(remaining) : undefined;
    case "refused":
      return drawings.length === 0 ? draw(part) : release(remaining);
    default:
      return undefined;
  }
}

/** What an approver says; undefined when it keeps silent. */
export function approverStep(
  life: Life,
  { voucherId, drawingId }: { voucherId: string; drawingId: string },
): VoucherCommand | undefined {
  if (life === "approved") return { command: "drawing:approve", voucherId, drawingId };
  if (life === "refused") return { command: "drawing:refuse", voucherId, drawingId };
  return undefined;
}
