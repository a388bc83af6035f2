/** The schema of an issuance as a party may see it. */
import { z } from "zod";
import {
  AccountKind,
  Amount,
  Currency,
  Digest,
  Forgotten,
  IssuanceId,
  Party,
  ReviewField,
  RoleField,
  StateField,
  Text,
  Time,
  Version,
  VoucherId,
} from "./fields.ts";
import { Approval, ValidFor } from "./voucher-fields.ts";

export const AccountGlimpse = z
  .object({ kind: AccountKind, last4: z.string() })
  .describe("All that the issuer may know of the payer's account.");
export type AccountGlimpse = z.infer<typeof AccountGlimpse>;

export const VoucherStub = z.object({ voucherId: VoucherId, issuedAt: Time });
export type VoucherStub = z.infer<typeof VoucherStub>;

export const Snapshot = z
  .object({
    issuanceId: IssuanceId,
    version: Version,
    state: StateField,
    issuer: Party,
    payer: Party,
    beneficiary: Party.describe("The party that the voucher is made out to."),
    validFor: ValidFor.describe("Seconds from the issue in which the voucher can be drawn on."),
    approval: Approval.optional().describe(
      "Whose word drawings wait for; absent where they are honoured at once.",
    ),
    amount: Amount.describe("Minor units."),
    currency: Currency,
    memo: Text.optional(),
    forgotten: Forgotten,
    review: ReviewField,
    account: AccountGlimpse.optional().describe("The account that passed verification and stands."),
    changes: z.int().min(0).describe("Changes of the account that were agreed so far."),
    voucher: VoucherStub.optional(),
    createdAt: Time,
    deadline: Time.optional().describe("When the present wait ends; absent once the issuance has ended."),
    digest: Digest.describe(
      "Digest of the newest event, chained from those before: two stores that differ show it.",
    ),
  })
  .describe("The whole snapshot of an issuance at one version.");
export type Snapshot = z.infer<typeof Snapshot>;

export const OpenIssuance = z
  .object({
    issuanceId: IssuanceId,
    version: Version,
    state: StateField,
    role: RoleField,
  })
  .describe("A line of a party's list of issuances.");
export type OpenIssuance = z.infer<typeof OpenIssuance>;
