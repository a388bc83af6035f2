/** Which keys a person has for a voucher, from the table of its life and the person's roles. */
import {
  type Drawing,
  hasVoucherEnded,
  VOUCHER_COMMAND_NAMES,
  type VoucherCommandName,
  type VoucherGuard,
  type VoucherRole,
  type VoucherSnapshot,
  voucherRuleOf,
} from "@tallystick/protocol";
import { money } from "../event-details.ts";
import type { Action } from "./entry.ts";

const KEYS: { readonly [C in VoucherCommandName]: Omit<Action, "command"> } = {
  "voucher:accept": { key: "a", label: "accept the voucher" },
  "voucher:reject": { key: "n", label: "reject it" },
  "voucher:withdraw": { key: "x", label: "withdraw it" },
  "voucher:draw": { key: "d", label: "draw" },
  "drawing:approve": { key: "y", label: "approve" },
  "drawing:refuse": { key: "n", label: "refuse" },
  "voucher:release": { key: "g", label: "give up a part or all" },
};

/** The drawing that is decided next: the oldest that waits. */
export function waitingDrawing({ drawings }: VoucherSnapshot): Drawing | undefined {
  return drawings.find(({ state }) => state === "presented");
}

/** True when drawings wait for the word of one of these roles. */
export function isApprover({ approval }: VoucherSnapshot, roles: readonly VoucherRole[]): boolean {
  return approval !== undefined && roles.includes(approval.by);
}

/** The commands that the hub would take from this person now, with their keys. */
export function voucherActions(
  voucher: VoucherSnapshot,
  roles: readonly VoucherRole[],
  now: number,
): Action[] {
  const { state, issuer, beneficiary, remaining } = voucher;
  if (hasVoucherEnded(state)) return [];
  return VOUCHER_COMMAND_NAMES.filter((command) => {
    const rule = voucherRuleOf(command);
    const may = rule.roles.some((role) =>
      role === "approver" ? isApprover(voucher, roles) : (roles as readonly string[]).includes(role),
    );
    const isOfWhatRemains = command === "voucher:draw" || command === "voucher:release";
    return (
      may &&
      holds(rule.from[state], voucher, now) &&
      !(rule.forAnother && issuer === beneficiary) &&
      !(isOfWhatRemains && remaining === 0)
    );
  }).map((command) => ({ command, ...KEYS[command], ...decisionOf(command, voucher) }));
}

function holds(guard: true | VoucherGuard | undefined, voucher: VoucherSnapshot, now: number): boolean {
  if (guard === "not_expired") return now < voucher.expiresAt;
  if (guard === "drawing_waits") return waitingDrawing(voucher) !== undefined;
  return guard === true;
}

/** A decision says which drawing it is about. */
function decisionOf(command: VoucherCommandName, voucher: VoucherSnapshot): Partial<Action> {
  const drawing = waitingDrawing(voucher);
  if (!drawing || (command !== "drawing:approve" && command !== "drawing:refuse")) return {};
  const { drawingId, amount } = drawing;
  return {
    drawingId,
    label: `${KEYS[command].label} drawing ${drawingId}, ${money(amount, voucher.currency)}`,
  };
}
