/** Every acknowledged command is in the store, and whatever anybody was told. */
import { isVoucherId } from "@tallystick/protocol";
import { type Evidence, excused, isKept, marksOf, rewound, type Violation } from "./findings.ts";
import type { Mark } from "./history.ts";

export function checkKept(evidence: Evidence): Violation[] {
  const { history, book } = evidence;
  const isExcused = excuse(evidence);
  const found = new Map<string, Violation>();
  for (const { mark, how } of marksOf(history)) {
    if (isKept(book, mark) || isExcused(mark)) continue;
    const { issuanceId, version, digest, type } = mark;
    const rule = isVoucherMark(mark) ? "voucher_kept" : "acknowledged_kept";
    const name = `${issuanceId} ${version} ${digest} ${how.split(" ")[0]}`;
    const problem = `version ${version} ${type} (${digest}), ${how}, is not in the store`;
    if (!found.has(name)) found.set(name, { rule, subject: issuanceId, problem });
  }
  for (const { snapshot, party, commandId } of history.calls) {
    if (!snapshot || isKept(book, snapshot) || isExcused(snapshot)) continue;
    const problem = `version ${snapshot.version} (${snapshot.digest}), answered to ${party} ${commandId}, is not in the store`;
    found.set(`${party} ${commandId}`, { rule: "acknowledged_kept", subject: snapshot.issuanceId, problem });
  }
  return [...found.values(), ...checkNotices(evidence)];
}

type Told = Pick<Mark, "issuanceId" | "version" | "digest"> & Partial<Mark>;

/** That a voucher was issued, or an event of one. */
function isVoucherMark({ issuanceId, type }: Told): boolean {
  return type === "voucher.issued" || isVoucherId(issuanceId);
}

/** Whether the store may lack an event: a failover loses no voucher, and a store that was put back that which it lost. */
export function excuse(evidence: Evidence): (mark: Told) => boolean {
  const { history, mayRollBack } = evidence;
  const known = excused(evidence);
  const nameOf = ({ issuanceId, version, digest }: Told) => `${issuanceId} ${version} ${digest}`;
  const lost = new Set(history.rewinds.flatMap((rewind) => rewind.lost.map(nameOf)));
  return (mark) =>
    known.has(mark.issuanceId) && (lost.has(nameOf(mark)) || (mayRollBack && !isVoucherMark(mark)));
}

/** Where nothing was lost, nobody is to be told that something was. */
function checkNotices({ history, mayRollBack }: Evidence): Violation[] {
  if (mayRollBack) return [];
  const lost = rewound(history);
  return history.notices.flatMap(({ issuanceId, terminal, code }) => {
    if (lost.has(issuanceId)) return [];
    return [{ rule: "acknowledged_kept", subject: issuanceId, problem: `${terminal} was told ${code}` }];
  });
}
