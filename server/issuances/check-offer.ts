/** What an offer may not say, as far as its shape alone does not tell. */
import type { CommandPayloads } from "@tallystick/protocol";

/** A field of an offer, and what is wrong with it. */
export interface OfferIssue {
  path: string;
  message: string;
}

/** @param maxValidFor the operator's limit, seconds. */
export function checkOffer(
  issuer: string,
  offer: CommandPayloads["payer:request"],
  maxValidFor: number,
): OfferIssue[] {
  const { payer, beneficiary = issuer, validFor = 0, approval } = offer;
  const issues: OfferIssue[] = [];
  if (validFor > maxValidFor)
    issues.push({ path: "validFor", message: `${maxValidFor} seconds at most, since the operator says so` });
  const approver = approval && { issuer, payer }[approval.by];
  // Whoever draws would answer itself.
  if (approver === beneficiary)
    issues.push({ path: "approval.by", message: "the approver must not be the beneficiary" });
  return issues;
}
