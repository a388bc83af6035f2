/** The errors that terminals are told: a code, and a sentence that says what happened and what to do. */
import type { ErrorBody, ErrorCode, Refused } from "@tallystick/protocol";
import { ERRORS } from "@tallystick/protocol";
import type { ZodError } from "zod";

type Details = Record<string, unknown>;

/** What to do, for the codes where the meaning alone does not say it. */
const ADVICE: { [C in ErrorCode]?: (details: Details) => string } = {
  forbidden: ({ role }) => `Only the ${role} may do this.`,
  wrong_state: ({ state }) =>
    state === "expired"
      ? "The deadline has passed; make a new request."
      : `It is ${state}; sync it and see what it waits for.`,
  rolled_back: ({ version }) =>
    `The store has version ${version}. Load it anew once the operator has decided; a voucher that you were told of may be gone.`,
  conflict: ({ version, commandId }) =>
    commandId === undefined
      ? `It is at version ${version}; sync it and decide again.`
      : "This commandId was used with another payload; use a fresh one for a new intent.",
  too_many_open: ({ limit, most }) =>
    `The operator's ${limit} is ${most}; make room, or wait until there is, and send the same again.`,
  change_not_allowed: () =>
    "The account has been changed as often as is allowed; go on with this one, or cancel.",
  account_name_mismatch: () => "Nothing was frozen. Check number and holder, and send the account again.",
  account_blocked: () => "Nothing was frozen. Send another account.",
  currency_mismatch: () => "Nothing was frozen. Send an account in the voucher's currency.",
  insufficient_funds: () => "Nothing was frozen. Send another account.",
  insufficient_credit: () => "Nothing was frozen. Send another account.",
  account_refused: () => "Nothing was frozen. Wait for another account, or cancel.",
};

export function errorBody(code: ErrorCode, details?: Details): ErrorBody {
  const advice = ADVICE[code]?.(details ?? {});
  const message = advice ? `${ERRORS[code].meaning} ${advice}` : ERRORS[code].meaning;
  return details ? { code, message, details } : { code, message };
}

export function refused(code: ErrorCode, details?: Details): Refused {
  return { ok: false, error: errorBody(code, details) };
}

/** At most this many issues are told of one message; a hostile one could have thousands. */
const MOST_ISSUES = 10;

/** A message that its schema refused, with where and why. */
export function invalidRequest(error: ZodError): Refused {
  const issues = error.issues.slice(0, MOST_ISSUES).map((issue) => ({
    path: issue.path.map(String).join("."),
    message: issue.message.slice(0, 200),
  }));
  return refused("invalid_request", { issues });
}
