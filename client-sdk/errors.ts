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

/** What a code says of repeating it and of the money. */
interface Outcome {
  readonly retry: Retry;
  readonly money: MoneyOutcome;
}
const OPEN = { retry: "same", money: "unknown" } as const satisfies Outcome;
const OVER = { retry: "no", money: "untouched" } as const satisfies Outcome;
/** What most of the hub's refusals say. */
const CHANGED = { retry: "new", money: "untouched" } as const satisfies Outcome;

type Row<C extends ErrorCode> = Pick<(typeof ERRORS)[C], keyof Outcome>;
/** The codes of the protocol's table whose rows say something else than `CHANGED`. */
type OtherCode = { [C in ErrorCode]: Row<C> extends typeof CHANGED ? never : C }[ErrorCode];

// Held to the protocol's table by its type. The table itself, with a sentence for each code, would be a sixth of all
// that the SDK weighs.
const HUB_ERRORS: { readonly [C in OtherCode]: Row<C> } = {
  rate_limited: { retry: "same", money: "untouched" },
  invalid_request: OVER,
  not_found: OVER,
  forbidden: OVER,
  change_not_allowed: OVER,
  too_many_drawings: OVER,
  unavailable: OPEN,
  internal: OPEN,
};

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
} as const satisfies Record<string, Outcome>;

/** A code that only a terminal can have. */
export type ClientErrorCode = keyof typeof CLIENT_ERRORS;
/** Every code that a `TallystickError` can have. */
export type TallystickErrorCode = ErrorCode | ClientErrorCode;

const OUTCOMES: { readonly [C in TallystickErrorCode]?: Outcome } = { ...HUB_ERRORS, ...CLIENT_ERRORS };

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
    Object.assign(this, { name: "TallystickError", code }, OUTCOMES[code] ?? CHANGED, context);
  }

  /** True when the very same command, with its `commandId`, can be sent again and may then be answered. */
  get retryable(): boolean {
    return this.retry === "same";
  }

  /** What `JSON.stringify` keeps, such as for a log. */
  toJSON(): Record<string, unknown> {
    const { issuance: _issuance, voucher: _voucher, cause: _cause, ...rest } = this;
    return { ...rest, message: this.message, state: this.state };
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
