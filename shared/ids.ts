/** The forms of the ids that travel on the wire. */

/** A party: the `sub` of its token. */
export const PARTY_PATTERN = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** A command's id, fresh for each intent and kept over every repeat of it. */
export const COMMAND_ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;
/** An issuance: its partition, then a digest of the issuer and the request's `commandId`. */
export const ISSUANCE_ID_PATTERN = /^\d{1,5}-[A-Za-z0-9_-]{16}$/;
/** A voucher: `v` and the id of the issuance that it came from. */
export const VOUCHER_ID_PATTERN = /^v\d{1,5}-[A-Za-z0-9_-]{16}$/;
/** An account's number. */
export const ACCOUNT_NUMBER_PATTERN = /^[A-Za-z0-9-]{1,34}$/;
/** What stands for an account's number where it was asked to be masked. */
export const ACCOUNT_HANDLE_PATTERN = /^~[A-Za-z0-9_-]{22,160}$/;
/** An adjustment's reference, which makes it idempotent. */
export const REFERENCE_PATTERN = /^[A-Za-z0-9._:-]{1,64}$/;

/**
 * What an issuer may see of an account's number: its last four digits, and of a short number never more
 * than half, so that it stays private too.
 */
export function lastDigits(accountNumber: string): string {
  const shown = Math.min(4, Math.floor(accountNumber.length / 2));
  return accountNumber.slice(accountNumber.length - shown);
}

/** The voucher of an issuance. Derived, so that an issuance cannot have two. */
export function voucherIdOf(issuanceId: string): string {
  return `v${issuanceId}`;
}

/** Tells a voucher's id from an issuance's. */
export function isVoucherId(id: string): boolean {
  return id.startsWith("v");
}

/** The issuance that a voucher came from. */
export function issuanceIdOf(voucherId: string): string {
  return voucherId.slice(1);
}
