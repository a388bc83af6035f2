/** The schemas of the HTTP bodies (design, section 3). */
import { z } from "zod";
import { DurabilityField } from "./commands.ts";
import { ERROR_CODES } from "./errors.ts";
import {
  AccountHandle,
  AccountKind,
  AccountNumber,
  AccountStatus,
  Amount,
  Currency,
  Digest,
  IssuanceId,
  NUMBER_ANSWERED,
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

export const AccountPut = z
  .discriminatedUnion("kind", [
    z.strictObject({ ...describedAccount, kind: z.literal("funds"), balance: Sum }),
    z.strictObject({ ...describedAccount, kind: z.literal("credit"), limit: Sum }),
  ])
  .describe("The body of `PUT /v1/parties/:party/accounts/:number`: the whole account as it should be.");
export type AccountPut = z.infer<typeof AccountPut>;

export const AccountAdjust = z
  .strictObject({
    amount: z
      .int()
      .min(-MAX_AMOUNT)
      .max(MAX_AMOUNT)
      .refine((amount) => amount !== 0, "must not be 0"),
    reference: Reference,
  })
  .describe("The body of `POST …/adjust`: a signed amount, once for each reference.");
export type AccountAdjust = z.infer<typeof AccountAdjust>;

export const AccountRepay = z
  .strictObject({ amount: Amount, reference: Reference })
  .describe("The body of `POST …/repay`: what is paid back of a line of credit, once for each reference.");
export type AccountRepay = z.infer<typeof AccountRepay>;

export const Account = z
  .object({
    party: Party,
    ...NUMBER_ANSWERED,
    holder: Text,
    kind: AccountKind,
    currency: Currency,
    balance: Sum.optional().describe("Of a funds account."),
    limit: Sum.optional().describe("Of a credit account."),
    used: Sum.optional().describe("Of a credit account: what has been drawn and not been repaid."),
    frozen: Sum,
    available: Sum.describe("Balance, or limit minus used, minus frozen."),
    status: AccountStatus,
  })
  .describe("An account as its operator sees it.");
export type Account = z.infer<typeof Account>;
/** The same, for the SDK: there an account is what a payer names. */
export type BookAccount = Account;

export const AccountPage = z
  .object({ accounts: z.array(Account), next: z.union([AccountNumber, AccountHandle]).optional() })
  .describe("A page of a party's accounts by number; `next`, when there is more, goes into `?after=`.");
export type AccountPage = z.infer<typeof AccountPage>;

export const Voucher = VoucherSnapshot.extend({ status: VoucherStateField }).describe(
  "A voucher over HTTP: its snapshot, and its state once more as the status of claim 4, *issued* (已开证) at first.",
);
export type Voucher = z.infer<typeof Voucher>;
/** The same, for the SDK: there a voucher is an object that acts. */
export type BookVoucher = Voucher;

/** What an operator does about a fenced issuance. */
export const FENCE_DECISIONS = ["resume", "cancel"] as const;
export type FenceDecision = (typeof FENCE_DECISIONS)[number];

export const Revoked = z
  .object({ party: Party, revokedAt: Time.describe("Tokens that were made until then are refused.") })
  .describe("A party whose tokens were revoked.");
export type Revoked = z.infer<typeof Revoked>;

export const FenceDecide = z
  .strictObject({
    decision: z.enum(FENCE_DECISIONS),
    reason: Text.optional().describe("Told with the cancellation."),
  })
  .describe(
    "The body of `POST /v1/fences/:issuanceId`: go on from what the store has, or end it without a voucher.",
  );
export type FenceDecide = z.infer<typeof FenceDecide>;

export const FenceCursor = z
  .string()
  .regex(/^\d{1,16}:v?\d{1,5}-[A-Za-z0-9_-]{16}$/, "not the next of a page")
  .describe("Where a page of fences ends: when the last one was made, and of what.");

export const Fence = z
  .object({
    issuanceId: IssuanceId.optional().describe("One of the two."),
    voucherId: VoucherId.optional(),
    by: z
      .union([VoucherActorField, Party])
      .describe(
        "Whose terminal showed it: a role; `hub` where a payment did; of one that is missing, of which nobody knows the roles, the party.",
      ),
    version: z.int().min(1).describe("The version that the terminal had, and its digest when it told that."),
    digest: Digest.optional(),
    at: Time.describe("Since when it is fenced."),
    issuance: Snapshot.optional().describe("The issuance as the store has it."),
    voucher: VoucherSnapshot.optional().describe("The voucher as the store has it."),
    missing: z.literal(true).optional().describe("It is not in the store at all."),
  })
  .describe(
    "An issuance or a voucher that is fenced, or missing: a terminal knew more of it than the store has.",
  );
export type Fence = z.infer<typeof Fence>;

export const MissingClosed = z
  .object({
    issuanceId: IssuanceId.optional(),
    voucherId: VoucherId.optional(),
    missing: z.literal(true),
  })
  .describe("The answer to a decision about one that is missing: it is no longer listed.");
export type MissingClosed = z.infer<typeof MissingClosed>;

export const FencePage = z
  .object({
    fences: z.array(Fence),
    next: FenceCursor.optional(),
    degraded: z.int().positive().optional(),
  })
  .describe(
    "A page of fences, the oldest first; `next`, when there is more, goes into `?after=`. `degraded` is of how many partitions it lacks the fences, since they are not served now.",
  );
export type FencePage = z.infer<typeof FencePage>;

export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(ERROR_CODES),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .describe("An error over HTTP: a problem document of RFC 9457, with the wire protocol's code.");
export type Problem = z.infer<typeof Problem>;

export const Alive = z.object({ status: z.literal("alive") });
export type Alive = z.infer<typeof Alive>;

export const Ready = z
  .object({
    status: z.literal("ready"),
    durability: DurabilityField.describe("What an issue survives now."),
    degraded: z.int().positive().optional().describe("How many partitions are not served."),
    issues: z
      .literal("unavailable")
      .optional()
      .describe("Vouchers can't be issued now, since too few replicas confirm them."),
  })
  .describe("The store serves the book, and takes writes.");
export type Ready = z.infer<typeof Ready>;

/** A party of the sample book that a person may choose on their own machine. */
export const LocalParty = z.object({ party: Party, name: Text });
export const LocalParties = z.object({ parties: z.array(LocalParty) });
export type LocalParties = z.infer<typeof LocalParties>;
export const LocalSignIn = z.union([
  z.strictObject({ party: Party }),
  z.strictObject({ operator: z.literal(true).describe("An operator's token, for the console.") }),
]);
export type LocalSignIn = z.infer<typeof LocalSignIn>;
export const LocalToken = z.object({ token: z.string() });
