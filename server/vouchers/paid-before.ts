/**
 * Whether a settlement that is found open was paid already. Its marks say so, until they leave the store with its voucher; a
 * store that goes back after that has the settlement open again, and then the archive alone knows.
 */
import type { ErrorCode } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { ArchivedCredit } from "../archive/credits.ts";
import type { FoundSettlement, Settlements } from "../ledger/settlements.ts";

/** What came of an attempt whose mark may have left the store. */
export type PaidBefore = { kind: "done" } | { kind: "refused"; code: ErrorCode };

/**
 * The archive is asked however young the settlement is: how long ago something was says nothing once the store has gone
 * back, and another server's clock tells. What it knows counts only while the store has it: the partition of whoever is
 * paid can have gone back too, and lost the payment before the archive has noticed.
 *
 * @returns undefined where no attempt is known: what was paid since then has its mark in the store.
 * @throws ArchiveAwayError when the archive does not answer: then nothing may be paid yet.
 */
export async function paidBefore(
  { archive, settlements }: { archive: AsksArchive; settlements: Pick<Settlements, "hasMade"> },
  { settlementId, attempt, digest }: FoundSettlement,
): Promise<PaidBefore | undefined> {
  if (!archive.isThere) return undefined;
  const credits = await archive.ask("readCredits", settlementId);
  const counts = credits.filter(
    (credit) => credit.digest === digest && (credit.isPaid || credit.attempt === attempt),
  );
  const made: ArchivedCredit[] = [];
  for (const credit of counts) if (await settlements.hasMade(credit)) made.push(credit);
  if (made.some(({ isPaid }) => isPaid)) return { kind: "done" };
  const [refused] = made;
  return refused && { kind: "refused", code: refused.code as ErrorCode };
}
