/** Reads an issuance of which a test knows that it is there. */
import type { Ledger, Reading, ReadOptions } from "../../server/ledger/ledger.ts";

export type Found = Extract<Reading, { kind: "found" }>;

/** @throws Error when the ledger finds none, or less than the reader knows. */
export async function readIssuance(
  ledger: Ledger,
  issuanceId: string,
  options: ReadOptions = { after: 0 },
): Promise<Found> {
  const reading = await ledger.read(issuanceId, options);
  if (reading.kind !== "found") throw new Error(`${issuanceId}: ${reading.kind}`);
  return reading;
}
