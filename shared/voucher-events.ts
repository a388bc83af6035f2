/** The schema of each event of a voucher, told as `voucher:event` or in an acknowledgement (design, section 7). */
import { z } from "zod";
import { Amount, Currency, Digest, IssuanceId, Party, Sum, Text, Time, VoucherId } from "./fields.ts";
import { AccountGlimpse } from "./issuance.ts";
import {
  Approval,
  DrawingId,
  VoucherActorField,
  VoucherStateField,
  VoucherVersion,
} from "./voucher-fields.ts";

const base = {
  voucherId: VoucherId,
  version: VoucherVersion,
  at: Time,
  by: VoucherActorField,
  state: VoucherStateField.describe("The state that the voucher is in after the event."),
  digest: Digest.describe(
    "Short digest of the event, chained from the one before it; the first from the issuance's last.",
  ),
};
const drawing = { drawingId: DrawingId, amount: Amount };
const payee = { to: z.object({ last4: z.string() }).optional() };

export const IssuedVoucher = z.object({
  type: z.literal("voucher.issued"),
  ...base,
  issuanceId: IssuanceId,
  issuer: Party,
  payer: Party,
  beneficiary: Party,
  amount: Amount,
  currency: Currency,
  memo: Text.optional(),
  approval: Approval.optional(),
  expiresAt: Time,
  account: AccountGlimpse.optional().describe("The payer's account: for issuer and payer alone."),
});
export const VoucherAccepted = z.object({ type: z.literal("voucher.accepted"), ...base });
export const VoucherRejected = z.object({
  type: z.literal("voucher.rejected"),
  ...base,
  reason: Text.optional(),
});
export const VoucherWithdrawn = z.object({
  type: z.literal("voucher.withdrawn"),
  ...base,
  reason: Text.optional(),
});
export const DrawingPresented = z.object({
  type: z.literal("drawing.presented"),
  ...base,
  ...drawing,
  ...payee,
  final: z.literal(true).optional(),
  deadline: Time.describe("Until when the approver may refuse it."),
});
export const DrawingHonoured = z.object({
  type: z.literal("drawing.honoured"),
  ...base,
  ...drawing,
  ...payee,
  final: z.literal(true).optional(),
  released: Sum.optional().describe("What was unfrozen with it, since it was final; minor units."),
});
export const DrawingRefused = z.object({
  type: z.literal("drawing.refused"),
  ...base,
  ...drawing,
  reason: Text,
  released: Sum.optional().describe(
    "What was unfrozen with it, since the voucher had expired or a final drawing was honoured; minor units.",
  ),
});
export const DrawingSettled = z.object({ type: z.literal("drawing.settled"), ...base, ...drawing });
export const DrawingSettlementFailed = z.object({
  type: z.literal("drawing.settlement_failed"),
  ...base,
  ...drawing,
});
export const VoucherReleased = z.object({
  type: z.literal("voucher.released"),
  ...base,
  amount: Amount.describe("Minor units."),
});
export const VoucherExpiring = z.object({
  type: z.literal("voucher.expiring"),
  ...base,
  expiresAt: Time,
  remaining: Sum,
});
export const VoucherExpired = z.object({
  type: z.literal("voucher.expired"),
  ...base,
  released: Sum.describe("What was unfrozen; minor units."),
});
export const VoucherVoided = z.object({
  type: z.literal("voucher.voided"),
  ...base,
  reason: Text,
  released: Sum.describe("What was unfrozen; minor units."),
});

export const VoucherEvent = z
  .discriminatedUnion("type", [
    IssuedVoucher,
    VoucherAccepted,
    VoucherRejected,
    VoucherWithdrawn,
    DrawingPresented,
    DrawingHonoured,
    DrawingRefused,
    DrawingSettled,
    DrawingSettlementFailed,
    VoucherReleased,
    VoucherExpiring,
    VoucherExpired,
    VoucherVoided,
  ])
  .describe("Any event of a voucher; `type` tells which.");
export type VoucherEvent = z.infer<typeof VoucherEvent>;
/** The event of one type. */
export type VoucherEventOf<T extends VoucherEvent["type"]> = Extract<VoucherEvent, { type: T }>;
