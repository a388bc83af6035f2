/** The schemas of the HTTP bodies (design, section 3). */
import { z } from "zod";
import { ERROR_CODES } from "./errors.ts";
import {
  AccountKind,
  AccountNumber,
  AccountStatus,
  Amount,
  Currency,
  Digest,
  IssuanceId,
  Party,
  Reference,
  Sum,
  Text,
  Time,
  VoucherId,
} from "./fields.ts";
import { Snapshot } from "./issuance.ts";
import { MAX_AMOUNT } from "./money.ts";
import { VoucherActorField, VoucherStateField } from "./voucher-fields.ts";
import { VoucherSnapshot } from "./voucher-snapshot.ts";

const describedAccount = { holder: Text, currency: Currency, status: AccountStatus.optional() };

/** The body of `PUT /v1/parties/:party/accounts/:number`: the whole account as it should be. */
export const AccountPut = z.discriminatedUnion("kind", [
  z.strictObject({ ...describedAccount, kind: z.literal("funds"), balance: Sum }),
  z.strictObject({ ...describedAccount, kind: z.literal("credit"), limit: Sum }),
]);
export type AccountPut = z.infer<typeof AccountPut>;

/** The body of `POST …/adjust`: a signed amount, once for each reference. */
export const AccountAdjust = z.strictObject({
  amount: z
    .int()
    .min(-MAX_AMOUNT)
    .max(MAX_AMOUNT)
    .refine((amount) => amount !== 0, "must not be 0"),
  reference: Reference,
});
export type AccountAdjust = z.infer<typeof AccountAdjust>;

/** The body of `POST …/repay`: what is paid back of a line of credit, once for each reference. */
export const AccountRepay = z.strictObject({ amount: Amount, reference: Reference });
export type AccountRepay = z.infer<typeof AccountRepay>;

/** An account as its operator sees it. */
export const Account = z.object({
  party: Party,
  number: AccountNumber,
  holder: Text,
  kind: AccountKind,
  currency: Currency,
  /** Of a funds account. */
  balance: Sum.optional(),
  /** Of a credit account. */
  limit: Sum.optional(),
  /** Of a credit account: what has been drawn and not been repaid. */
  used: Sum.optional(),
  frozen: Sum,
  /** Balance, or limit minus used, minus frozen. */
  available: Sum,
  status: AccountStatus,
});
export type Account = z.infer<typeof Account>;

/** A page of a party's accounts by number; `next`, when there is more, goes into `?after=`. */
export const AccountPage = z.object({ accounts: z.array(Account), next: AccountNumber.optional() });
export type AccountPage = z.infer<typeof AccountPage>;

/** A voucher over HTTP: its snapshot, and its state once more as the status of claim 4, *issued* (已开证) at first. */
export const Voucher = VoucherSnapshot.extend({ status: VoucherStateField });
export type Voucher = z.infer<typeof Voucher>;

/** What an operator does about a fenced issuance. */
export const FENCE_DECISIONS = ["resume", "cancel"] as const;
export type FenceDecision = (typeof FENCE_DECISIONS)[number];

/** The body of `POST /v1/fences/:issuanceId`: go on from what the store has, or end it without a voucher. */
export const FenceDecide = z.strictObject({
  decision: z.enum(FENCE_DECISIONS),
  /** Told with the cancellation. */
  reason: Text.optional(),
});
export type FenceDecide = z.infer<typeof FenceDecide>;

/** Where a page of fences ends: when the last one was made, and of what. */
export const FenceCursor = z
  .string()
  .regex(/^\d{1,16}:v?\d{1,5}-[A-Za-z0-9_-]{16}$/, "not the next of a page");

/** An issuance or a voucher that is fenced, or missing: a terminal knew more of it than the store has. */
export const Fence = z.object({
  /** One of the two. */
  issuanceId: IssuanceId.optional(),
  voucherId: VoucherId.optional(),
  /**
   * Whose terminal showed it: a role; `hub` where a payment did; of one that is missing, of which nobody knows the
   * roles, the party.
   */
  by: z.union([VoucherActorField, Party]),
  /** The version that the terminal had, and its digest when it told that. */
  version: z.int().min(1),
  digest: Digest.optional(),
  /** Since when it is fenced. */
  at: Time,
  /** The issuance as the store has it. */
  issuance: Snapshot.optional(),
  /** The voucher as the store has it. */
  voucher: VoucherSnapshot.optional(),
  /** It is not in the store at all. */
  missing: z.literal(true).optional(),
});
export type Fence = z.infer<typeof Fence>;

/** The answer to a decision about one that is missing: it is no longer listed. */
export const MissingClosed = z.object({
  issuanceId: IssuanceId.optional(),
  voucherId: VoucherId.optional(),
  missing: z.literal(true),
});

/**
 * A page of fences, the oldest first; `next`, when there is more, goes into `?after=`. `degraded` is of how many partitions
 * it lacks the fences, since they are not served now.
 */
export const FencePage = z.object({
  fences: z.array(Fence),
  next: FenceCursor.optional(),
  degraded: z.int().positive().optional(),
});
export type FencePage = z.infer<typeof FencePage>;

/** An error over HTTP: a problem document of RFC 9457, with the wire protocol's code. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(ERROR_CODES),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type Problem = z.infer<typeof Problem>;
