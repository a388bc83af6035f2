/**
 * What a party may do now, from the tables of who may do what in which state: for whoever shows people their choices. The
 * hub decides by the same tables.
 */
import type { Snapshot } from "./issuance.ts";
import {
  COMMAND_NAMES,
  type CommandName,
  type Guard,
  hasEnded,
  MAX_CHANGES,
  type Role,
  ruleOf,
  type State,
} from "./lifecycle.ts";
import {
  hasVoucherEnded,
  VOUCHER_COMMAND_NAMES,
  type VoucherCommandName,
  type VoucherGuard,
  type VoucherRole,
  voucherRuleOf,
} from "./voucher-lifecycle.ts";
import type { Drawing, VoucherSnapshot } from "./voucher-snapshot.ts";

/** A command on an issuance that there is. */
export type IssuanceCommand = Exclude<CommandName, "payer:request">;

/** What a terminal knows of an issuance. */
export interface Situation {
  snapshot: Snapshot;
  /** One party may have both (claims 2 and 7). */
  roles: readonly Role[];
  /** An account was refused before. */
  wasRefused: boolean;
}

/** The commands on an issuance that the hub would take now. */
export function commandsNow(situation: Situation): IssuanceCommand[] {
  const { snapshot, roles } = situation;
  return COMMAND_NAMES.filter((command) => command !== "payer:request").filter((command) => {
    const rule = ruleOf(command);
    const { state } = snapshot;
    const guard = hasEnded(state) ? undefined : rule.from[state];
    const mayStill = command !== "account:change" || snapshot.changes < MAX_CHANGES;
    return mayStill && rule.roles.some((role) => roles.includes(role)) && holds(guard, situation);
  });
}

function holds(guard: true | Guard | undefined, { snapshot, wasRefused }: Situation): boolean {
  if (guard === "account_refused_before") return wasRefused;
  if (guard === "account_stands") return snapshot.account !== undefined;
  return guard === true;
}

/** Either side may send these at any time, so nobody waits for them. */
const OPTIONAL: ReadonlySet<CommandName> = new Set<CommandName>(["issuance:cancel", "account:change"]);

/** The role whose step brings an issuance on; undefined when it has ended. */
export function waitsFor(state: State): Role | undefined {
  if (hasEnded(state)) return undefined;
  const step = COMMAND_NAMES.find((command) => !OPTIONAL.has(command) && state in ruleOf(command).from);
  return step && ruleOf(step).roles[0];
}

/** The drawing that is decided next: the oldest that waits. */
export function waitingDrawing({ drawings }: VoucherSnapshot): Drawing | undefined {
  return drawings.find(({ state }) => state === "presented");
}

/** True when drawings wait for the word of one of these roles. */
export function isApprover({ approval }: VoucherSnapshot, roles: readonly VoucherRole[]): boolean {
  return approval !== undefined && roles.includes(approval.by);
}

/**
 * The commands on a voucher that the hub would take now.
 *
 * @param now milliseconds since the epoch, on the hub's clock.
 */
export function voucherCommandsNow(
  voucher: VoucherSnapshot,
  roles: readonly VoucherRole[],
  now: number,
): VoucherCommandName[] {
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
      isMet(rule.from[state], voucher, now) &&
      !(rule.forAnother && issuer === beneficiary) &&
      !(isOfWhatRemains && remaining === 0)
    );
  });
}

function isMet(guard: true | VoucherGuard | undefined, voucher: VoucherSnapshot, now: number): boolean {
  if (guard === "not_expired") return now < voucher.expiresAt;
  if (guard === "drawing_waits") return waitingDrawing(voucher) !== undefined;
  return guard === true;
}
