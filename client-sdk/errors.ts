/** The one error class of the SDK, and the few codes that only a terminal can have. */
import type { ERRORS, ErrorCode, MoneyFate, Retry } from "@tallystick/protocol/errors";
import type { State } from "@tallystick/protocol/lifecycle";
import type { VoucherState } from "@tallystick/protocol/voucher-lifecycle";
import type { ErrorBody, Snapshot, VoucherSnapshot } from "./wire.ts";

/**
 * What became of the money: it was not touched, nobody knows yet, it is frozen behind a voucher, or it has left the
 * payer's account and waits in clearing to be paid out.
 */
export type MoneyOutcome = MoneyFate | "frozen" | "clearing";

/** The codes of the protocol's table in whose row a column has a value. */
type CodesWith<K extends "retry" | "money", V> = {
  [C in ErrorCode]: (typeof ERRORS)[C][K] extends V ? C : never;
}[ErrorCode];

// Three lists out of the protocol's table, each held to it by its type. The table itself, with a sentence for
// each code, would be a sixth of all that the SDK weighs.
const RETRY_NO: { readonly [C in CodesWith<"retry", "no">]: true } = {
  invalid_request: true,
  not_found: true,
  forbidden: true,
  change_not_allowed: true,
  too_many_drawings: true,
};
const RETRY_SAME: { readonly [C in CodesWith<"retry", "same">]: true } = {
  rate_limited: true,
  unavailable: true,
  internal: true,
};
const MONEY_UNKNOWN: { readonly [C in CodesWith<"money", "unknown">]: true } = {
  unavailable: true,
  internal: true,
};

const OPEN = { retry: "same", money: "unknown" } as const;
const OVER = { retry: "no", money: "untouched" } as const;

/** The codes that the hub does not send, in addition to the protocol's own table. */
export const CLIENT_ERRORS = {
  /** No answer came in the time given. Repeat it with the same `commandId` to learn what happened. */
  timeout: OPEN,
  /** The caller's AbortSignal was raised. What had been sent by then may still have its effect. */
  aborted: OPEN,
  /** The terminal was closed, or could not connect again (`cause` says why). */
  disconnected: OPEN,
  /** The issuance or the voucher ended in another state than the one waited for, or the drawing was refused. */
  ended: OVER,
  /** A drawing was honoured, and could not be paid out. Its operator sees to it. */
  settlement_failed: { retry: "no", money: "clearing" },
  /** The hub speaks another version of the protocol. */
  unsupported: OVER,
} as const satisfies Record<string, { retry: Retry; money: MoneyOutcome }>;

/** A code that only a terminal can have. */
export type ClientErrorCode = keyof typeof CLIENT_ERRORS;
/** Every code that a `TallystickError` can have. */
export type TallystickErrorCode = ErrorCode | ClientErrorCode;

function defaultsOf(code: TallystickErrorCode): { retry: Retry; money: MoneyOutcome } {
  if (code in CLIENT_ERRORS) return CLIENT_ERRORS[code as ClientErrorCode];
  return {
    retry: code in RETRY_NO ? "no" : code in RETRY_SAME ? "same" : "new",
    money: code in MONEY_UNKNOWN ? "unknown" : "untouched",
  };
}

interface Context {
  details?: Record<string, unknown> | undefined;
  commandId?: string | undefined;
  issuance?: Snapshot;
  voucher?: VoucherSnapshot;
  /** Unless given, what the code's row says. */
  money?: MoneyOutcome;
  cause?: unknown;
}

/**
 * Anything that the SDK rejects with.
 *
 * @example
 * try {
 *   await issuance.submitAccount({ number: "6222020200112233", holder: "Acme Ltd" });
 * } catch (error) {
 *   if (isTallystickError(error, "insufficient_funds")) askForAnotherAccount();
 *   else throw error;
 * }
 */
export class TallystickError extends Error {
  /** What went wrong: a code of the protocol, or one of `ClientErrorCode`. */
  declare readonly code: TallystickErrorCode;
  /** Whether sending again can help: not at all, the same `commandId`, or a new command once something changed. */
  declare readonly retry: Retry;
  /** What became of the money of this command. */
  declare readonly money: MoneyOutcome;
  /** More about it, as the error table says; for `invalid_request` each issue. */
  declare readonly details: Record<string, unknown> | undefined;
  /** The command's id. Pass it again to repeat the same intent and to learn what became of it. */
  declare readonly commandId: string | undefined;
  /** The issuance as this terminal knew it when the error came. */
  declare issuance: Snapshot | undefined;
  /** The voucher as this terminal knew it when the error came. */
  declare voucher: VoucherSnapshot | undefined;

  constructor(code: TallystickErrorCode, message: string, context: Context = {}) {
    super(message);
    Object.assign(this, { name: "TallystickError", code }, defaultsOf(code), context);
  }

  /** True when the very same command, with its `commandId`, can be sent again and may then be answered. */
  get retryable(): boolean {
    return this.retry === "same";
  }

  /** What `JSON.stringify` keeps, such as for a log. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, retry, money, state, commandId, details } = this;
    return { name, code, message, retry, money, state, commandId, details };
  }

  /** The state that the issuance, or the voucher, was in; for `ended`, the end that was reached. */
  get state(): State | VoucherState | undefined {
    return (this.issuance ?? this.voucher)?.state;
  }
}

/**
 * True for an error of the SDK, and of that code when one is given. It holds for errors of another copy of
 * the SDK too.
 *
 * @example if (isTallystickError(error, "ended")) console.log(error.state);
 */
export function isTallystickError<C extends TallystickErrorCode = TallystickErrorCode>(
  error: unknown,
  code?: C,
): error is TallystickError & { readonly code: C } {
  return (
    error instanceof Error &&
    error.name === "TallystickError" &&
    (code === undefined || (error as TallystickError).code === code)
  );
}

/** The error that a hub's answer becomes. The message of an `invalid_request` names each field that is wrong. */
export function errorOf({ code, message, details }: ErrorBody, commandId?: string): TallystickError {
  const issues = (details?.issues ?? []) as { path: string; message: string }[];
  const lines = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
  return new TallystickError(code, [message, lines.join("; ")].filter(Boolean).join(" "), {
    details,
    commandId,
  });
}

/**
 * A copy of an error with another stack. An error that a message or a timer brings has only the SDK's and the
 * engine's lines in its own, and one that several wait for can't have the lines of all of them.
 */
export function withStack(error: TallystickError, stack = ""): TallystickError {
  const copy = Object.assign(new TallystickError(error.code, error.message), error);
  copy.stack = stack.replace(/^Error\n?/, () => `${error.name}: ${error.message}\n`);
  return copy;
}
