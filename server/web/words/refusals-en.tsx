/** Refusals in three sentences: what happened, what became of the money, what to do. */
import type { TallystickErrorCode } from "@tallystick/client";

/** What the sentences can name. */
export interface Circumstances {
  /** The account that was sent, as it is called on the page. */
  account: string | undefined;
  currency: string;
  /** How many accounts may still be sent. */
  attemptsLeft: number | undefined;
  /** What remains of the voucher, as text. */
  remaining: string | undefined;
  /** The state that it is in now, in words. */
  state: string | undefined;
  /** What is wrong with what was sent, as the hub says it. */
  message: string;
}

/** What happened, the money, what to do; in this order, always all three. */
export type Sentences = readonly [what: string, money: string, next: string];

const UNTOUCHED = "Untouched. Nothing is frozen.";
const AS_BEFORE = "As before.";
const UNKNOWN = "Not known yet: done as a whole, or untouched. Never a part of it.";

function more(left: number | undefined): string {
  if (left === undefined) return "";
  return left === 0 ? " No try is left." : ` ${left} ${left === 1 ? "try is" : "tries are"} left.`;
}

export function refusalsEn(code: TallystickErrorCode, about: Circumstances): Sentences {
  const account = about.account ?? "This account";
  switch (code) {
    case "account_name_mismatch":
      return [
        "Number and holder do not match an account",
        UNTOUCHED,
        `Check both and send them again.${more(about.attemptsLeft)} The other side does not see what you typed, nor why.`,
      ];
    case "account_blocked":
      return [`${account} is blocked`, UNTOUCHED, `Send another account.${more(about.attemptsLeft)}`];
    case "currency_mismatch":
      return [
        `${account} is kept in another currency`,
        UNTOUCHED,
        `Send an account in ${about.currency}.${more(about.attemptsLeft)}`,
      ];
    case "insufficient_funds":
    case "insufficient_credit":
      return [`${account} has too little`, UNTOUCHED, `Send another account.${more(about.attemptsLeft)}`];
    case "account_refused":
      return [
        "The payer’s account no longer passes",
        "Untouched. Nothing was issued.",
        "Wait: the payer was told why and may send another.",
      ];
    case "account_not_payable":
      return [`${account} can’t be paid into`, AS_BEFORE, "Choose an account of funds."];
    case "too_many_open":
      return [
        "Too many are open already, in all or with this payer or beneficiary",
        "Nothing was requested.",
        "Wait until some are answered, or cancel some.",
      ];
    case "change_not_allowed":
      return [
        "The account has been changed 5 times, which is the most",
        UNTOUCHED,
        "Accept the account, or cancel.",
      ];
    case "exceeds_remaining":
      return [
        `That is more than remains${about.remaining ? `: ${about.remaining}` : ""}`,
        "As before: what remains stays frozen for the beneficiary.",
        `Ask for ${about.remaining ?? "that"} or less.`,
      ];
    case "too_many_drawings":
      return [
        "This voucher has been drawn on as often as is allowed",
        AS_BEFORE,
        "What remains can still be given up.",
      ];
    case "wrong_state":
      return [
        about.state ? `Too late: it is ${about.state.toLowerCase()} now` : "Too late: it has moved on",
        AS_BEFORE,
        "Look at what has happened, and go on from there.",
      ];
    case "conflict":
      return ["It has moved on while you decided", AS_BEFORE, "Look at what has happened, and decide again."];
    case "rolled_back":
      return [
        "The store has gone back behind what you saw",
        "As before. Nothing moves until an operator decides.",
        "Wait. You may still cancel.",
      ];
    case "rate_limited":
      return ["Too much was asked for in too short a time", UNTOUCHED, "Wait a moment, and try again."];
    case "unauthenticated":
      return [
        "This token is no longer good",
        "Untouched. What is open goes on without this terminal.",
        "Sign in again; you come back to this page.",
      ];
    case "forbidden":
      return ["This is for another role to do", UNTOUCHED, "Leave it to the other side."];
    case "not_found":
      return [
        "There is no such thing, or it is not yours",
        UNTOUCHED,
        "Look for it in the inbox, or sign in as one of its parties.",
      ];
    case "invalid_request":
      return [`The hub does not take this: ${about.message}`, UNTOUCHED, "Change it, and send it again."];
    case "unavailable":
    case "internal":
    case "timeout":
    case "aborted":
    case "disconnected":
      return [
        "We do not know yet whether it was done",
        UNKNOWN,
        "Look again when the hub is back: what was done is in the timeline.",
      ];
    default:
      return [about.message, AS_BEFORE, "Look at what has happened, and go on from there."];
  }
}
