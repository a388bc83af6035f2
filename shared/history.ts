/** What is asked of the book's history: issuances and vouchers that are looked for, their events, an account's statement. */
import { z } from "zod";
import { Refused } from "./commands.ts";
import { IssuanceEvent } from "./events.ts";
import { AccountHandle, AccountKind, Currency, Party, RoleField, StateField, Sum, Time } from "./fields.ts";
import { Account, Voucher } from "./http.ts";
import { Snapshot } from "./issuance.ts";
import { MAX_AMOUNT } from "./money.ts";
import { PageLimit } from "./pages.ts";
import { VoucherEvent } from "./voucher-events.ts";
import { VoucherRoleField, VoucherStateField } from "./voucher-fields.ts";
import { VoucherSnapshot } from "./voucher-snapshot.ts";

/** The longest that words to look for may be, all of them together. */
export const MAX_SEARCH_LENGTH = 140;
/** How many one message can ask for. */
export const MOST_FOUND = 100;

export const FoundCursor = z
  .string()
  .regex(/^\d{1,16}:v?\d{1,5}-[A-Za-z0-9_-]{16}$/, "not the next of a page")
  .describe("Where a page of what was found ends: when the last one began, and which it is.");

const Search = z
  .string()
  .min(1)
  .max(MAX_SEARCH_LENGTH)
  .describe(
    "An id; or words of the memo, of the parties' names and the amount, as 125,000.00 or in minor units: all of them, the last as the beginning of one.",
  );

const AFTER = FoundCursor.optional().describe("The `next` of the page before; absent for the first page.");
const found = {
  currency: Currency.optional(),
  from: Time.optional().describe("Not before this time, milliseconds."),
  to: Time.optional().describe("Before this time, milliseconds."),
  q: Search.optional(),
  after: AFTER,
  limit: z
    .int()
    .min(1)
    .max(MOST_FOUND)
    .optional()
    .describe(`How many at the most; ${MOST_FOUND} unless said.`),
};

export const IssuanceFind = z
  .strictObject({ role: RoleField.optional(), state: StateField.optional(), ...found })
  .describe("Finds issuances of the party's, the newest first, also those that have ended.");
export type IssuanceFind = z.infer<typeof IssuanceFind>;
export const VoucherFind = z
  .strictObject({ role: VoucherRoleField.optional(), state: VoucherStateField.optional(), ...found })
  .describe("Finds vouchers of the party's, the newest first, also those that have ended.");
export type VoucherFind = z.infer<typeof VoucherFind>;

const ok = z.literal(true);
const next = FoundCursor.optional();
export const IssuanceFindAck = z
  .union([z.object({ ok, issuances: z.array(Snapshot), next }), Refused])
  .describe(
    "The answer to `issuance:find`; with `next` where there may be more, also when the page is short.",
  );
export type IssuanceFindAck = z.infer<typeof IssuanceFindAck>;
export const VoucherFindAck = z
  .union([z.object({ ok, vouchers: z.array(VoucherSnapshot), next }), Refused])
  .describe(
    "The answer to `voucher:find`; with `next` where there may be more, also when the page is short.",
  );
export type VoucherFindAck = z.infer<typeof VoucherFindAck>;

/** The messages that ask the archive. */
export const HISTORY_QUERIES = { "issuance:find": IssuanceFind, "voucher:find": VoucherFind } as const;
export type HistoryQueryName = keyof typeof HISTORY_QUERIES;
export type HistoryQueryPayloads = {
  [Q in HistoryQueryName]: z.infer<(typeof HISTORY_QUERIES)[Q]>;
};
export const HISTORY_QUERY_ACKS = {
  "issuance:find": IssuanceFindAck,
  "voucher:find": VoucherFindAck,
} as const satisfies Record<HistoryQueryName, z.ZodType>;
export type HistoryQueryAcks = { [Q in HistoryQueryName]: z.infer<(typeof HISTORY_QUERY_ACKS)[Q]> };

const TIME_RULE = "must be milliseconds since the epoch";
/** A time in a query. */
const QueryTime = z
  .string()
  .regex(/^\d{1,15}$/, TIME_RULE)
  .transform(Number);
const queried = {
  party: Party.optional().describe("Only what this party takes part in; a party's own unless said."),
  currency: Currency.optional(),
  from: QueryTime.optional().describe("Not before this time, milliseconds."),
  to: QueryTime.optional().describe("Before this time, milliseconds."),
  q: Search.optional(),
  after: AFTER,
  limit: PageLimit,
};

export const IssuancePageQuery = z.strictObject({
  role: RoleField.optional(),
  state: StateField.optional(),
  ...queried,
});
export type IssuancePageQuery = z.infer<typeof IssuancePageQuery>;
export const VoucherPageQuery = z.strictObject({
  role: VoucherRoleField.optional(),
  state: VoucherStateField.optional(),
  ...queried,
});
export type VoucherPageQuery = z.infer<typeof VoucherPageQuery>;

export const IssuancePage = z
  .object({ issuances: z.array(Snapshot), next })
  .describe("A page of issuances, the newest first; `next`, when there may be more, goes into `?after=`.");
export type IssuancePage = z.infer<typeof IssuancePage>;
export const VoucherPage = z
  .object({ vouchers: z.array(Voucher), next })
  .describe("A page of vouchers, the newest first; `next`, when there may be more, goes into `?after=`.");
export type VoucherPage = z.infer<typeof VoucherPage>;
export const IssuanceEventPage = z
  .object({ events: z.array(IssuanceEvent) })
  .describe("All events of an issuance, the oldest first.");
export const VoucherEventPage = z
  .object({ events: z.array(VoucherEvent) })
  .describe("All events of a voucher, the oldest first.");

export const FoundAccountCursor = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}\/[A-Za-z0-9-]{1,34}$/, "not the next of a page")
  .describe("Where a page of accounts ends: the last one's party and number.");
export const FoundAccountQuery = z.strictObject({
  q: Search.optional().describe("A part of the party or of the holder, or the last digits of the number."),
  after: FoundAccountCursor.optional().describe("The `next` of the page before; absent for the first page."),
  limit: PageLimit,
});
export type FoundAccountQuery = z.infer<typeof FoundAccountQuery>;
export const FoundAccountPage = z
  .object({ accounts: z.array(Account), next: z.union([FoundAccountCursor, AccountHandle]).optional() })
  .describe("A page of accounts by party and number; `next`, when there may be more, goes into `?after=`.");
export type FoundAccountPage = z.infer<typeof FoundAccountPage>;

/** Where a page of a statement ends. */
export const StatementCursor = z.string().regex(/^\d{1,16}$/, "not the next of a page");
export const StatementPageQuery = z.strictObject({
  after: StatementCursor.optional().describe("The `next` of the page before; absent for the first page."),
  limit: PageLimit,
});

export const StatementEntry = z
  .object({
    at: Time,
    type: z
      .string()
      .describe("The event of the voucher, or what was done to the account, such as `account.adjusted`."),
    amount: z
      .int()
      .min(-MAX_AMOUNT)
      .max(MAX_AMOUNT)
      .describe(
        "What was set more or less, adjusted, repaid, paid in, frozen, unfrozen or drawn; minor units.",
      ),
    kind: AccountKind,
    currency: Currency,
    balance: Sum.optional().describe("After it, of a funds account."),
    limit: Sum.optional().describe("After it, of a credit account."),
    used: Sum.optional().describe("After it, of a credit account."),
    frozen: Sum.describe("After it."),
    cause: z.string().optional().describe("The voucher, the settlement or the reference that it comes from."),
  })
  .describe("A line of a statement, with what stood after it.");
export type StatementEntry = z.infer<typeof StatementEntry>;
export const StatementPage = z
  .object({ entries: z.array(StatementEntry), next: StatementCursor.optional() })
  .describe(
    "A page of an account's statement, the oldest first; `next`, when there is more, goes into `?after=`.",
  );
export type StatementPage = z.infer<typeof StatementPage>;
