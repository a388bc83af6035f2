/** Every acknowledged command is in the store, and whatever anybody was told. */
import { isVoucherId } from "@tallystick/protocol";
import { type Evidence, isKept, marksOf, noticed, type Violation } from "./findings.ts";

export function checkKept(evidence: Evidence): Violation[] {
  const { history, book, mayRollBack } = evidence;
  const known = noticed(evidence);
  const found = new Map<string, Violation>();
  for (const { mark, how } of marksOf(history)) {
    if (isKept(book, mark)) continue;
    const { issuanceId, version, digest, type } = mark;
    const isVoucher = type === "voucher.issued" || isVoucherId(issuanceId);
    if (mayRollBack && !isVoucher && known.has(issuanceId)) continue;
    const rule = isVoucher ? "voucher_kept" : "acknowledged_kept";
    const name = `${issuanceId} ${version} ${digest} ${how.split(" ")[0]}`;
    const problem = `version ${version} ${type} (${digest}), ${how}, is not in the store`;
    if (!found.has(name)) found.set(name, { rule, subject: issuanceId, problem });
  }
  for (const { snapshot, party, commandId } of history.calls) {
    if (!snapshot || isKept(book, snapshot)) continue;
    if (mayRollBack && known.has(snapshot.issuanceId)) continue;
    const problem = `version ${snapshot.version} (${snapshot.digest}), answered to ${party} ${commandId}, is not in the store`;
    found.set(`${party} ${commandId}`, { rule: "acknowledged_kept", subject: snapshot.issuanceId, problem });
  }
  return [...found.values(), ...checkNotices(evidence)];
}

/** Where nothing may be lost, nobody is to be told that something was. */
function checkNotices({ history, mayRollBack }: Evidence): Violation[] {
  if (mayRollBack) return [];
  return history.notices.map(({ issuanceId, terminal, code }) => ({
    rule: "acknowledged_kept",
    subject: issuanceId,
    problem: `${terminal} was told ${code}`,
  }));
}
