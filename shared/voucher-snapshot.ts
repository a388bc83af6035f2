/** The schema of a voucher as a party may see it (design, section 7). */
import { z } from "zod";
import { Amount, Currency, Digest, IssuanceId, Party, Sum, Text, Time, VoucherId } from "./fields.ts";
import { AccountGlimpse } from "./issuance.ts";
import {
  Approval,
  DrawingId,
  DrawingStateField,
  SettlementStateField,
  VoucherRoleField,
  VoucherStateField,
  VoucherVersion,
} from "./voucher-fields.ts";

/** A demand of the beneficiary's for a part or all of a voucher. */
export const Drawing = z.object({
  drawingId: DrawingId,
  /** Minor units. */
  amount: Amount,
  state: DrawingStateField,
  /** When it was presented, or honoured at once. */
  at: Time,
  /** Until when the approver may refuse it; silence honours it. */
  deadline: Time.optional(),
  /** What remains after it is unfrozen, once it is honoured. */
  final: z.literal(true).optional(),
  /** Why it was refused. */
  reason: Text.optional(),
  /** How far its payment is, once it is honoured. */
  settlement: SettlementStateField.optional(),
  /** The beneficiary's account, by its last digits alone. */
  to: z.object({ last4: z.string() }).optional(),
});
export type Drawing = z.infer<typeof Drawing>;

/** The whole voucher at one version: amount = honoured + released + pending + remaining, always. */
export const VoucherSnapshot = z.object({
  voucherId: VoucherId,
  issuanceId: IssuanceId,
  version: VoucherVersion,
  state: VoucherStateField,
  issuer: Party,
  payer: Party,
  beneficiary: Party,
  /** Minor units, as all sums here. */
  amount: Amount,
  currency: Currency,
  memo: Text.optional(),
  /** Drawn and taken from the payer's account. */
  honoured: Sum,
  /** Unfrozen again without being drawn. */
  released: Sum,
  /** Drawn, and waiting for the approver. */
  pending: Sum,
  /** What can still be drawn or released. */
  remaining: Sum,
  approval: Approval.optional(),
  issuedAt: Time,
  expiresAt: Time,
  /** Oldest first. */
  drawings: z.array(Drawing),
  /** The payer's account: for issuer and payer alone. */
  account: AccountGlimpse.optional(),
  digest: Digest,
});
export type VoucherSnapshot = z.infer<typeof VoucherSnapshot>;

/** A line of a party's list of vouchers. */
export const ListedVoucher = z.object({
  voucherId: VoucherId,
  version: VoucherVersion,
  state: VoucherStateField,
  role: VoucherRoleField,
});
export type ListedVoucher = z.infer<typeof ListedVoucher>;
