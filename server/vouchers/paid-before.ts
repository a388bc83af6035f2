/**
 * Whether a settlement that is found open was paid already. Its marks say so, until they leave the store with its voucher; a
 * store that goes back after that has the settlement open again, and then the archive alone knows.
 */
import type { ErrorCode } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { FoundSettlement } from "../ledger/settlements.ts";

export interface PaidBeforeParts {
  ledger: Pick<Ledger, "settlements" | "now">;
  archive: AsksArchive;
  /** Before so long after its end nothing leaves the store, milliseconds. */
  retireAfterMs: number;
}

/** What came of an attempt whose mark has left the store. */
export type PaidBefore = { kind: "done" } | { kind: "refused"; code: ErrorCode };

/**
 * @returns undefined where nothing was paid, or the mark must still be there.
 * @throws ArchiveAwayError when the archive does not answer: then nothing may be paid yet.
 */
export async function paidBefore(
  { ledger, archive, retireAfterMs }: PaidBeforeParts,
  { settlementId, attempt, digest }: FoundSettlement,
): Promise<PaidBefore | undefined> {
  if (!archive.isThere) return undefined;
  const [at, now] = await Promise.all([ledger.settlements.honouredAt(settlementId), ledger.now()]);
  if (at !== undefined && now - at < retireAfterMs) return undefined;
  const credits = await archive.ask("readCredits", settlementId);
  const own = credits.filter((credit) => credit.digest === digest);
  if (own.some(({ isPaid }) => isPaid)) return { kind: "done" };
  const refused = own.find((credit) => credit.attempt === attempt);
  return refused && { kind: "refused", code: refused.code as ErrorCode };
}
