/** The schema of an issuance as a party may see it. */
import { z } from "zod";
import {
  AccountKind,
  Amount,
  Currency,
  Digest,
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

/** All that the issuer may know of the payer's account (design, "What each side may see"). */
export const AccountGlimpse = z.object({ kind: AccountKind, last4: z.string() });
export type AccountGlimpse = z.infer<typeof AccountGlimpse>;

export const VoucherStub = z.object({ voucherId: VoucherId, issuedAt: Time });
export type VoucherStub = z.infer<typeof VoucherStub>;

/** The whole snapshot of an issuance at one version. */
export const Snapshot = z.object({
  issuanceId: IssuanceId,
  version: Version,
  state: StateField,
  issuer: Party,
  payer: Party,
  /** The party that the voucher is made out to. */
  beneficiary: Party,
  /** Seconds from the issue in which the voucher can be drawn on. */
  validFor: ValidFor,
  /** Whose word drawings wait for; absent where they are honoured at once. */
  approval: Approval.optional(),
  /** Minor units. */
  amount: Amount,
  currency: Currency,
  memo: Text.optional(),
  review: ReviewField,
  /** The account that passed verification and stands. */
  account: AccountGlimpse.optional(),
  /** Changes of the account that were agreed so far. */
  changes: z.int().min(0),
  voucher: VoucherStub.optional(),
  createdAt: Time,
  /** When the present wait ends; absent once the issuance has ended. */
  deadline: Time.optional(),
  /** Digest of the newest event, chained from those before: two stores that differ show it. */
  digest: Digest,
});
export type Snapshot = z.infer<typeof Snapshot>;

/** A line of a party's list of issuances. */
export const OpenIssuance = z.object({
  issuanceId: IssuanceId,
  version: Version,
  state: StateField,
  role: RoleField,
});
export type OpenIssuance = z.infer<typeof OpenIssuance>;
