/**
 * The one closed table of error codes. The order of the rows is the order of the checks: the first that
 * fails is the answer.
 */

/** Whether sending again can help: not at all, the same `commandId`, or a new command once something changed. */
export type Retry = "no" | "same" | "new";

/** What became of the money: nothing was frozen by this command, or nobody knows until it is repeated. */
export type MoneyFate = "untouched" | "unknown";

export interface ErrorRow {
  /** What it means, in a sentence. */
  readonly meaning: string;
  /** The HTTP status of the same answer over HTTP (RFC 9457). */
  readonly status: number;
  readonly retry: Retry;
  readonly money: MoneyFate;
}

export const ERRORS = {
  rate_limited: {
    meaning: "Too many commands in too short a time; wait retryAfter milliseconds.",
    status: 429,
    retry: "same",
    money: "untouched",
  },
  unauthenticated: {
    meaning: "The token is missing, malformed, expired or not signed by a key that the hub trusts.",
    status: 401,
    retry: "new",
    money: "untouched",
  },
  invalid_request: {
    meaning: "The message does not have the shape that the protocol asks for; details name each issue.",
    status: 400,
    retry: "no",
    money: "untouched",
  },
  not_found: {
    meaning: "There is no such thing, or it is not yours.",
    status: 404,
    retry: "no",
    money: "untouched",
  },
  forbidden: {
    meaning: "You take part, but in another role than the one that may do this.",
    status: 403,
    retry: "no",
    money: "untouched",
  },
  rolled_back: {
    meaning:
      "The store has gone back behind what a terminal was told; synced, it is fenced until an operator decides.",
    status: 409,
    retry: "new",
    money: "untouched",
  },
  wrong_state: {
    meaning: "Its state does not allow this command, or its deadline has passed.",
    status: 409,
    retry: "new",
    money: "untouched",
  },
  conflict: {
    meaning: "It has moved on from ifVersion, or this commandId was used for something else.",
    status: 409,
    retry: "new",
    money: "untouched",
  },
  too_many_open: {
    meaning: "As many are open already as one issuer may have, or have with this payer or beneficiary.",
    status: 409,
    retry: "new",
    money: "untouched",
  },
  change_not_allowed: {
    meaning: "The account of this issuance has been changed as often as is allowed.",
    status: 409,
    retry: "no",
    money: "untouched",
  },
  account_name_mismatch: {
    meaning: "There is no account of this number under this holder's name.",
    status: 422,
    retry: "new",
    money: "untouched",
  },
  account_blocked: {
    meaning: "The account is blocked.",
    status: 422,
    retry: "new",
    money: "untouched",
  },
  currency_mismatch: {
    meaning: "The account is kept in another currency than the voucher's.",
    status: 422,
    retry: "new",
    money: "untouched",
  },
  insufficient_funds: {
    meaning: "The account's available funds are less than the amount.",
    status: 422,
    retry: "new",
    money: "untouched",
  },
  insufficient_credit: {
    meaning: "The account's available credit is less than the amount.",
    status: 422,
    retry: "new",
    money: "untouched",
  },
  account_refused: {
    meaning: "The account no longer passes verification; the payer is told why and may send another.",
    status: 422,
    retry: "new",
    money: "untouched",
  },
  too_many_drawings: {
    meaning:
      "The voucher has as many drawings, or events, as are allowed; all that remains can still be released.",
    status: 409,
    retry: "no",
    money: "untouched",
  },
  exceeds_remaining: {
    meaning: "The amount is more than what remains.",
    status: 422,
    retry: "new",
    money: "untouched",
  },
  account_not_payable: {
    meaning: "Nothing can be paid into the account: it is a line of credit, or has no room.",
    status: 422,
    retry: "new",
    money: "untouched",
  },
  unavailable: {
    meaning:
      "The store can't be reached, or the hub is overloaded; nothing was done, or nobody knows; repeat the same command.",
    status: 503,
    retry: "same",
    money: "unknown",
  },
  internal: {
    meaning: "The hub has met a fault of its own; it is in the hub's log.",
    status: 500,
    retry: "same",
    money: "unknown",
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;
export const ERROR_CODES = Object.keys(ERRORS) as ErrorCode[];

/** The answers of a verification that failed, in the order of the checks (claim 3). */
export const REFUSALS = [
  "account_name_mismatch",
  "account_blocked",
  "currency_mismatch",
  "insufficient_funds",
  "insufficient_credit",
] as const satisfies ErrorCode[];
export type Refusal = (typeof REFUSALS)[number];

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(ERRORS, code);
}
