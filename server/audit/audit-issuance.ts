/** An issuance against its log, its deadline and its voucher. */
import { hasEnded, type State } from "@tallystick/protocol";
import { issuanceKeys, voucherKey } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Finding } from "./findings.ts";

export async function auditIssuance(ledger: Ledger, issuanceId: string): Promise<Finding[]> {
  const { store } = ledger.options;
  const [record, events, deadlines] = issuanceKeys(issuanceId);
  // They are sent together and arrive in one go; where a command comes between, a second look tells.
  const [fields, length, last, armed, voucher] = await Promise.all([
    store.hmget(record, "s", "v", "d", "h", "q"),
    store.llen(events),
    store.lindex(events, -1),
    store.zscore(deadlines, issuanceId),
    store.exists(voucherKey(issuanceId)),
  ]);
  const [state, version, deadline, digest, fence] = fields;
  // What has ended without a voucher leaves the store when its time is over.
  if (state === null) return [];
  const ended = hasEnded(state as State);
  // While it is fenced its deadline waits for an operator.
  const fenced = fence?.startsWith("fenced|") === true;
  const problems = [
    Number(version) !== length && `its version is ${version}, but its log has ${length} events`,
    last !== null && !last.startsWith(`${digest}|`) && "its digest is not its last event's",
    !ended && !fenced && armed === null && `it is ${state}, but no deadline is armed`,
    fenced && armed !== null && "it is fenced, but a deadline is armed",
    !ended &&
      !fenced &&
      armed !== null &&
      armed !== deadline &&
      `its deadline is ${deadline}, but ${armed} is armed`,
    ended && armed !== null && `it is ${state}, but a deadline is still armed`,
    state === "issued" && voucher === 0 && "it is issued, but there is no voucher",
    state !== "issued" && voucher === 1 && `it is ${state}, but there is a voucher`,
  ].filter((problem) => problem !== false);
  return problems.map((problem) => ({ subject: issuanceId, problem }));
}
