/** Tells a store that can't serve from a fault of our own. */
import { UnavailableError } from "./errors.ts";

/**
 * The first word of the error of a server that is up, but can't serve just now; of one that no longer takes the
 * password or the user's rights, too: nothing was done, and it helps to repeat the command once they are right.
 */
const TEMPORARY =
  /^(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|OOM|MISCONF|BUSY|ASK|MOVED|NOAUTH|WRONGPASS|NOPERM) /;

/** What a script's command is refused with when its user has no right to it: from Redis 7.0 without NOPERM before it. */
const NO_RIGHT_IN_SCRIPT = /^ERR (ACL failure in script|The user executing the script)\b/;

/** True when the server refuses a command, or one of a script, for want of a right (ACL). */
export function lacksRight(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.message.startsWith("NOPERM ") || NO_RIGHT_IN_SCRIPT.test(error.message);
}

/** True when nobody knows whether the command was done, or the store says that it can't do it now. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof UnavailableError) return true;
  // A reply of the server is a ReplyError; everything else that the client throws is about the connection.
  if (error.name === "ReplyError") return TEMPORARY.test(error.message) || lacksRight(error);
  return CLIENT_ERRORS.test(error.message) || "syscall" in error || CLIENT_NAMES.has(error.name);
}

/** True when the connection to the store is the trouble, or nothing answers at its end. */
export function isAway(error: unknown): boolean {
  return isUnavailable(error) && (error as Error).name !== "ReplyError";
}

/** Errors of ioredis, which does not export their classes. */
const CLIENT_NAMES: ReadonlySet<string> = new Set([
  "MaxRetriesPerRequestError",
  "ClusterAllFailedError",
  "AbortError",
]);
const CLIENT_ERRORS =
  /^(Connection is closed|Command timed out|Stream isn't writeable|Reached the max retries|Cluster isn't ready|Failed to refresh slots|None of startup nodes|Command aborted|connect E|Too many Cluster redirections|All sentinels are unreachable)/i;
