/**
 * Whether a settlement that is found open was paid already. Its marks say so, until they leave the store with its voucher; a
 * store that goes back after that has the settlement open again, and then the archive alone knows.
 */
import type { ErrorCode } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { FoundSettlement } from "../ledger/settlements.ts";

/** What came of an attempt whose mark may have left the store. */
export type PaidBefore = { kind: "done" } | { kind: "refused"; code: ErrorCode };

/**
 * It is asked however young the settlement is: how long ago something was says nothing once the store has gone back, and
 * another server's clock tells.
 *
 * @returns undefined where the archive knows of no attempt: what was paid since then has its mark in the store.
 * @throws ArchiveAwayError when the archive does not answer: then nothing may be paid yet.
 */
export async function paidBefore(
  archive: AsksArchive,
  { settlementId, attempt, digest }: FoundSettlement,
): Promise<PaidBefore | undefined> {
  if (!archive.isThere) return undefined;
  const credits = await archive.ask("readCredits", settlementId);
  const own = credits.filter((credit) => credit.digest === digest);
  if (own.some(({ isPaid }) => isPaid)) return { kind: "done" };
  const refused = own.find((credit) => credit.attempt === attempt);
  return refused && { kind: "refused", code: refused.code as ErrorCode };
}
