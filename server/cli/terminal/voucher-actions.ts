/** Which keys a person has for a voucher. */
import {
  type VoucherCommandName,
  type VoucherRole,
  type VoucherSnapshot,
  voucherCommandsNow,
  waitingDrawing,
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

/** The commands that the hub would take from this person now, with their keys. */
export function voucherActions(
  voucher: VoucherSnapshot,
  roles: readonly VoucherRole[],
  now: number,
): Action[] {
  return voucherCommandsNow(voucher, roles, now).map((command) => ({
    command,
    ...KEYS[command],
    ...decisionOf(command, voucher),
  }));
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
