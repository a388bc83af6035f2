/** The schema of a voucher as a party may see it (design, section 7). */
import { z } from "zod";
import {
  Amount,
  Currency,
  Digest,
  Forgotten,
  IssuanceId,
  Party,
  Sum,
  Text,
  Time,
  VoucherId,
} from "./fields.ts";
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

export const Drawing = z
  .object({
    drawingId: DrawingId,
    amount: Amount.describe("Minor units."),
    state: DrawingStateField,
    at: Time.describe("When it was presented, or honoured at once."),
    deadline: Time.optional().describe("Until when the approver may refuse it; silence honours it."),
    final: z.literal(true).optional().describe("What remains after it is unfrozen, once it is honoured."),
    reason: Text.optional().describe("Why it was refused."),
    settlement: SettlementStateField.optional().describe("How far its payment is, once it is honoured."),
    to: z
      .object({ last4: z.string() })
      .optional()
      .describe("The beneficiary's account, by its last digits alone."),
  })
  .describe("A demand of the beneficiary's for a part or all of a voucher.");
export type Drawing = z.infer<typeof Drawing>;

export const VoucherSnapshot = z
  .object({
    voucherId: VoucherId,
    issuanceId: IssuanceId,
    version: VoucherVersion,
    state: VoucherStateField,
    issuer: Party,
    payer: Party,
    beneficiary: Party,
    amount: Amount.describe("Minor units, as all sums here."),
    currency: Currency,
    memo: Text.optional(),
    forgotten: Forgotten,
    honoured: Sum.describe("Drawn and taken from the payer's account."),
    released: Sum.describe("Unfrozen again without being drawn."),
    pending: Sum.describe("Drawn, and waiting for the approver."),
    remaining: Sum.describe("What can still be drawn or released."),
    approval: Approval.optional(),
    issuedAt: Time,
    expiresAt: Time,
    drawings: z.array(Drawing).describe("Oldest first."),
    account: AccountGlimpse.optional().describe("The payer's account: for issuer and payer alone."),
    digest: Digest,
  })
  .describe("The whole voucher at one version: amount = honoured + released + pending + remaining, always.");
export type VoucherSnapshot = z.infer<typeof VoucherSnapshot>;

export const ListedVoucher = z
  .object({
    voucherId: VoucherId,
    version: VoucherVersion,
    state: VoucherStateField,
    role: VoucherRoleField,
  })
  .describe("A line of a party's list of vouchers.");
export type ListedVoucher = z.infer<typeof ListedVoucher>;
