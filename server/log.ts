/** The hub's log: JSON lines, without what payers want kept private. */
import { type DestinationStream, type Logger, pino } from "pino";

const PRIVATE = ["number", "holder", "account", "token", "authorization"];

/** A logger that never writes account numbers, holders or tokens, wherever they sit in what is logged. */
export function createLog(options: { level: string; destination?: DestinationStream }): Logger {
  const paths = PRIVATE.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]);
  const settings = { level: options.level, redact: { paths, censor: "[private]" }, base: null };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}
export type { Logger };
