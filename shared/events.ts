/** The schema of each event that the hub tells terminals, as `issuance:event` or in an acknowledgement. */
import { z } from "zod";
import {
  ActorField,
  Amount,
  Currency,
  Digest,
  IssuanceId,
  Party,
  ReviewField,
  StateField,
  Text,
  Time,
  Version,
} from "./fields.ts";
import { AccountGlimpse, VoucherStub } from "./issuance.ts";
import { Approval, ValidFor } from "./voucher-fields.ts";

const base = {
  issuanceId: IssuanceId,
  version: Version,
  at: Time,
  by: ActorField,
  state: StateField.describe("The state that the issuance is in after the event."),
  deadline: Time.optional().describe(
    "When the wait that the event began ends; absent once the issuance has ended.",
  ),
  digest: Digest.describe("Short digest of the event, chained from the one before it."),
};

export const PayerRequested = z.object({
  type: z.literal("payer.requested"),
  ...base,
  issuer: Party,
  payer: Party,
  amount: Amount,
  currency: Currency,
  memo: Text.optional(),
  review: ReviewField,
  beneficiary: Party,
  validFor: ValidFor.describe("Seconds from the issue."),
  approval: Approval.optional(),
});
export const PayerAgreed = z.object({ type: z.literal("payer.agreed"), ...base });
export const PayerDeclined = z.object({
  type: z.literal("payer.declined"),
  ...base,
  reason: Text.optional(),
});
export const IssuanceOpened = z.object({ type: z.literal("issuance.opened"), ...base });
export const AccountVerified = z.object({
  type: z.literal("account.verified"),
  ...base,
  account: AccountGlimpse,
});
export const AccountRefused = z
  .object({
    type: z.literal("account.refused"),
    ...base,
    account: AccountGlimpse.pick({ last4: true }),
    attemptsLeft: z
      .int()
      .min(0)
      .describe("How many more accounts may be refused before the issuance has failed."),
  })
  .describe(
    "An account was refused. No reason, and no `kind`: that an account exists at all would show which check it failed.",
  );
export const AccountChangeAgreed = z.object({
  type: z.literal("account.change_agreed"),
  ...base,
  reason: Text.optional(),
  changes: z.int().min(1),
});
export const AccountKept = z.object({ type: z.literal("account.kept"), ...base, account: AccountGlimpse });
export const VoucherIssued = z.object({
  type: z.literal("voucher.issued"),
  ...base,
  account: AccountGlimpse,
  voucher: VoucherStub,
});
export const IssuanceCancelled = z.object({
  type: z.literal("issuance.cancelled"),
  ...base,
  reason: Text.optional(),
});
export const IssuanceExpired = z.object({ type: z.literal("issuance.expired"), ...base });

export const IssuanceEvent = z
  .discriminatedUnion("type", [
    PayerRequested,
    PayerAgreed,
    PayerDeclined,
    IssuanceOpened,
    AccountVerified,
    AccountRefused,
    AccountChangeAgreed,
    AccountKept,
    VoucherIssued,
    IssuanceCancelled,
    IssuanceExpired,
  ])
  .describe("Any event of an issuance; `type` tells which.");
export type IssuanceEvent = z.infer<typeof IssuanceEvent>;
/** The event of one type. */
export type EventOf<T extends IssuanceEvent["type"]> = Extract<IssuanceEvent, { type: T }>;
