/** Every voucher is played through by the lifecycle's table, and its digests are one chain. */
import {
  hasVoucherEnded,
  type LiveVoucherState,
  SETTLEMENT_EVENTS,
  VOUCHER_OTHER_RULES,
  VOUCHER_RULES,
  type VoucherRule,
  type VoucherState,
} from "@tallystick/protocol";
import { type Evidence, type LoggedEvent, readLine, type Violation } from "./findings.ts";
import type { StoredVoucher } from "./records.ts";

const RULES: readonly VoucherRule[] = [
  ...Object.values(VOUCHER_RULES),
  ...Object.values(VOUCHER_OTHER_RULES),
];
/** A digest is two halves: the second of the one before, and one of its own. */
const HALF = 6;

export function checkVoucherLifecycle({ book }: Evidence): Violation[] {
  return [...book.vouchers.values()].flatMap(checkVoucher);
}

function checkVoucher(voucher: StoredVoucher): Violation[] {
  const { issuanceId: subject, log, state, version } = voucher;
  const violations: Violation[] = [];
  const complain = (rule: Violation["rule"], problem: string) =>
    void violations.push({ rule, subject, problem });
  let before: LoggedEvent | undefined;
  for (const [index, line] of log.entries()) {
    const event = readLine(line);
    const where = `version ${index + 1} ${event.type} by ${event.by}`;
    const isSettlement = (SETTLEMENT_EVENTS as readonly string[]).includes(event.type);
    if (!before) {
      if (event.type !== "voucher.issued" || event.state !== "issued")
        complain("legal", `${where} is its first`);
    } else {
      if (!event.digest.startsWith(before.digest.slice(HALF)))
        complain("legal", `${where} (${event.digest}) does not follow ${before.digest}`);
      if (isSettlement) {
        if (event.state !== before.state)
          complain("legal", `${where} leads from ${before.state} to ${event.state}`);
      } else if (hasVoucherEnded(before.state as VoucherState))
        complain("one_end", `${where} comes after its end, ${before.state}`);
      else if (!isLegal(before.state as LiveVoucherState, event, voucher))
        complain("legal", `${where} leads from ${before.state} to ${event.state}`);
    }
    before = event;
  }
  if (before?.state !== state || log.length !== version)
    complain(
      "legal",
      `its log ends at version ${log.length} ${before?.state}, its record says ${version} ${state}`,
    );
  return violations;
}

function isLegal(
  from: LiveVoucherState,
  { type, by, state }: LoggedEvent,
  { approver }: StoredVoucher,
): boolean {
  return RULES.some(
    ({ roles, from: states, to, events }) =>
      (events as readonly string[]).includes(type) &&
      roles.some((role) => (role === "approver" ? approver : role) === by) &&
      states[from] !== undefined &&
      (to.length === 0 ? state === from : (to as readonly string[]).includes(state)),
  );
}
