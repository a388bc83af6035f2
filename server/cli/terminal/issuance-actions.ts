/** Which keys a person has for an issuance, from the lifecycle's table and the person's role and the issuance's state. */
import {
  COMMAND_NAMES,
  type CommandName,
  type Guard,
  hasEnded,
  MAX_CHANGES,
  type Role,
  ruleOf,
  type Snapshot,
  type State,
} from "@tallystick/protocol";
import type { Action } from "./entry.ts";

type IssuanceCommand = Exclude<CommandName, "payer:request">;

const KEYS: { readonly [C in IssuanceCommand]: Omit<Action, "command"> } = {
  "payer:agree": { key: "y", label: "agree to be payer" },
  "payer:decline": { key: "n", label: "decline" },
  "issuance:open": { key: "o", label: "open the issuance" },
  "account:submit": { key: "s", label: "send an account" },
  "account:change": { key: "c", label: "ask for another account" },
  "account:keep": { key: "k", label: "keep the verified account" },
  "issuance:accept": { key: "a", label: "accept: freeze and issue" },
  "issuance:cancel": { key: "x", label: "cancel" },
};

/** What an issuance's terminal knows of it. */
export interface Situation {
  snapshot: Snapshot;
  roles: readonly Role[];
  /** An account was refused before. */
  wasRefused: boolean;
}

/** The commands that the hub would take from this person now, with their keys. */
export function actionsFor(situation: Situation): Action[] {
  const { snapshot, roles } = situation;
  return COMMAND_NAMES.filter((command) => command !== "payer:request")
    .filter((command) => {
      const rule = ruleOf(command);
      const { state } = snapshot;
      const guard = hasEnded(state) ? undefined : rule.from[state];
      const mayStill = command !== "account:change" || snapshot.changes < MAX_CHANGES;
      return mayStill && rule.roles.some((role) => roles.includes(role)) && holds(guard, situation);
    })
    .map((command) => ({ command, ...KEYS[command] }));
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
