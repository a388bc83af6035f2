/** The hub's log: JSON lines, without what payers want kept private. */
import { type BaseLogger, type DestinationStream, pino } from "pino";

/** Never logged, whatever they hold and wherever they sit. */
const PRIVATE: ReadonlySet<string> = new Set([
  "number",
  "holder",
  "account",
  "token",
  "authorization",
  "secret",
  "password",
]);
const CENSORED = "[private]";
/** What is nested deeper than this is left out; nothing that the hub means to log is. */
const DEEPEST = 8;

/** No children: what is bound to a child passes by the formatters, and so by the censor. */
export type Logger = BaseLogger;

/** How often a line of one kind is written at the most, milliseconds. */
const SAMPLE_MS = 1000;

/**
 * Lines that a flood or an outage would bring by the thousand: one a second is written, with how many others there
 * were since the one before.
 */
export class SampledLines {
  #quietUntil = Number.NEGATIVE_INFINITY;
  #others = 0;

  /** @param write is called with what the line has to say besides; or not at all. */
  say(write: (besides: { others?: number }) => void): void {
    const now = performance.now();
    if (now < this.#quietUntil) {
      this.#others += 1;
      return;
    }
    this.#quietUntil = now + SAMPLE_MS;
    write(this.#others > 0 ? { others: this.#others } : {});
    this.#others = 0;
  }
}

/** A logger that never writes account numbers, holders or tokens, wherever they sit in what is logged. */
export function createLog(options: { level: string; destination?: DestinationStream }): Logger {
  const settings = {
    level: options.level,
    base: null,
    formatters: { log: (entry: object) => censorEntries(entry, 0) },
    // The errors are described by then; the message is the one text that no formatter sees.
    serializers: { err: (value: unknown) => value, msg: censorText },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

function censorEntries(entry: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry).map(([name, value]) => [
      name,
      PRIVATE.has(name.toLowerCase()) ? CENSORED : censor(value, depth + 1),
    ]),
  );
}

function censor(value: unknown, depth: number): unknown {
  if (typeof value === "string") return censorText(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Error) return describe(value, depth);
  if (depth > DEEPEST) return "[deeper]";
  return Array.isArray(value) ? value.map((item) => censor(item, depth + 1)) : censorEntries(value, depth);
}

/**
 * What an error says, and nothing that hangs on it: the store's client hangs the whole command on its
 * errors, with account numbers and holders as arguments.
 */
function describe(error: Error & { code?: unknown }, depth: number): Record<string, unknown> {
  return {
    type: error.name,
    message: censorText(error.message),
    stack: censorText(error.stack ?? ""),
    ...(typeof error.code === "string" && { code: error.code }),
    ...(error.cause !== undefined && depth < DEEPEST && { cause: censor(error.cause, depth + 1) }),
  };
}

/** Takes out of a text what the store or a token's checker might have put into it. */
function censorText(text: string): string {
  return text
    .replace(/(ts:\{\d+\}:account:)[^\s'",]+/g, `$1${CENSORED}`)
    .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, CENSORED)
    .replace(/(with args beginning with: ).*/g, `$1${CENSORED}`);
}
