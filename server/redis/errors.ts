/** The base of the errors that the hub itself throws when the store can't serve. */

/**
 * The store can't do a command now, or nobody knows whether it has: the sender is answered `unavailable`, and
 * may repeat the command.
 */
export class UnavailableError extends Error {
  override name = "UnavailableError";
}
