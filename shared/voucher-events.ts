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
  /** The state that the voucher is in after the event. */
  state: VoucherStateField,
  /** Short digest of the event, chained from the one before it; the first from the issuance's last. */
  digest: Digest,
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
  /** The payer's account: for issuer and payer alone. */
  account: AccountGlimpse.optional(),
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
  /** Until when the approver may refuse it. */
  deadline: Time,
});
export const DrawingHonoured = z.object({
  type: z.literal("drawing.honoured"),
  ...base,
  ...drawing,
  ...payee,
  final: z.literal(true).optional(),
  /** What was unfrozen with it, since it was final; minor units. */
  released: Sum.optional(),
});
export const DrawingRefused = z.object({
  type: z.literal("drawing.refused"),
  ...base,
  ...drawing,
  reason: Text,
  /** What was unfrozen with it, since the voucher had expired or a final drawing was honoured; minor units. */
  released: Sum.optional(),
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
  /** Minor units. */
  amount: Amount,
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
  /** What was unfrozen; minor units. */
  released: Sum,
});
export const VoucherVoided = z.object({
  type: z.literal("voucher.voided"),
  ...base,
  reason: Text,
  /** What was unfrozen; minor units. */
  released: Sum,
});

/** Any event of a voucher; `type` tells which. */
export const VoucherEvent = z.discriminatedUnion("type", [
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
]);
export type VoucherEvent = z.infer<typeof VoucherEvent>;
/** The event of one type. */
export type VoucherEventOf<T extends VoucherEvent["type"]> = Extract<VoucherEvent, { type: T }>;
