/** An issuance against its log, its deadline and its voucher. */
import { hasEnded } from "@tallystick/protocol";
import { checkChain } from "../ledger/digest-chain.ts";
import { issuanceKeys, voucherKey } from "../ledger/keys.ts";
import { readHash } from "../ledger/record.ts";
import type { AuditedBook, Finding } from "./findings.ts";

export async function auditIssuance({ store }: AuditedBook, issuanceId: string): Promise<Finding[]> {
  const [key, deadlines] = issuanceKeys(issuanceId);
  // They are sent together and arrive in one go; where a command comes between, a second look tells.
  const [hash, armed, voucher] = await Promise.all([
    store.hgetall(key),
    store.zscore(deadlines, issuanceId),
    store.exists(voucherKey(issuanceId)),
  ]);
  const stored = readHash(issuanceId, hash);
  // What has ended without a voucher leaves the store when its time is over.
  if (!stored) return [];
  const { record, log } = stored;
  const { state, version, deadline, digest } = record;
  const ended = hasEnded(state);
  const { altered, accountFits } = checkChain(stored);
  const problems = [
    version !== log.length && `its version is ${version}, but its log has ${log.length} events`,
    log.length > 0 && !log.at(-1)?.startsWith(`${digest}|`) && "its digest is not its last event's",
    // The offer goes into the digest of each event, so where it was changed the first no longer fits.
    altered === 0 && "event 1 of its log, or its offer, is not the one that was written",
    altered > 0 && `event ${altered + 1} of its log is not the one that was written`,
    altered < 0 && !accountFits && "the account that stands is not the one in its log",
    !ended && armed === null && `it is ${state}, but no deadline is armed`,
    !ended &&
      armed !== null &&
      // The queue may have a time before it: a deadline that moves later is armed anew when that time comes.
      Number(armed) > Number(deadline) &&
      `its deadline is ${deadline}, but ${armed} is armed`,
    ended && armed !== null && `it is ${state}, but a deadline is still armed`,
    state === "issued" && voucher === 0 && "it is issued, but there is no voucher",
    state !== "issued" && voucher === 1 && `it is ${state}, but there is a voucher`,
  ].filter((problem) => problem !== false);
  return problems.map((problem) => ({ subject: issuanceId, problem }));
}
