/** Vouchers that wait for their beneficiary, and drawings that wait for their approver. */
import { type ApproverVoucher, IssuerVoucher, PayerVoucher } from "./approver-voucher.ts";
import { BeneficiaryVoucher } from "./beneficiary-voucher.ts";
import type { ApproverDrawing } from "./drawing.ts";
import type { EventLog } from "./event-log.ts";
import { VOUCHER } from "./voucher-kind.ts";
import type { Wanted } from "./watch.ts";
import type { DrawingSnapshot } from "./wire.ts";

/** Takes a voucher that is made out to this party. */
export type VoucherHandler = (voucher: BeneficiaryVoucher) => void | Promise<void>;
/** Decides on a drawing. */
export type DrawingHandler = (drawing: ApproverDrawing) => void | Promise<void>;

/** The side of a voucher that can do all that the party may. */
export function sideOf(
  log: EventLog<"voucher">,
  party: string,
): BeneficiaryVoucher | IssuerVoucher | PayerVoucher {
  const { beneficiary, issuer } = log.snapshot;
  if (beneficiary === party) return new BeneficiaryVoucher(log);
  return issuer === party ? new IssuerVoucher(log) : new PayerVoucher(log);
}

/** Issuer and payer hear of a voucher by the issuance's own event, which does not say who its beneficiary is. */
export const NEW_VOUCHERS: Wanted<"voucher", BeneficiaryVoucher> = {
  kind: VOUCHER,
  told: (event, party) => {
    if (event.type !== "voucher.issued") return undefined;
    if ("voucher" in event) return event.voucher.voucherId;
    return event.beneficiary === party ? event.voucherId : undefined;
  },
  isListed: ({ role, state }) => role === "beneficiary" && state === "issued",
  waiting: ({ voucherId, beneficiary, state }, party) =>
    beneficiary === party && state === "issued" ? [voucherId] : [],
  make: (log) => new BeneficiaryVoucher(log),
};

/** A store that went back gives a drawing's id once more, to another one: its time tells them apart. */
const keyOf = (voucherId: string, { drawingId, at }: DrawingSnapshot) => `${voucherId}.${drawingId}.${at}`;

export const WAITING_DRAWINGS: Wanted<"voucher", ApproverDrawing> = {
  kind: VOUCHER,
  told: (event) => (event.type === "drawing.presented" ? event.voucherId : undefined),
  isListed: ({ role, state }) => role !== "beneficiary" && state === "accepted",
  waiting: ({ voucherId, approval, drawings, ...parties }, party) =>
    approval && parties[approval.by] === party
      ? drawings.flatMap((drawing) => (drawing.state === "presented" ? keyOf(voucherId, drawing) : []))
      : [],
  // An approver is not the beneficiary.
  make: (log, key, party) =>
    (sideOf(log, party) as ApproverVoucher).drawings.find(
      ({ snapshot }) => keyOf(log.id, snapshot) === key,
    ) as ApproverDrawing,
};
