/** Which keys a person has for an issuance. */
import { commandsNow, type IssuanceCommand, type Situation } from "@tallystick/protocol";
import type { Action } from "./entry.ts";

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

/** The commands that the hub would take from this person now, with their keys. */
export function actionsFor(situation: Situation): Action[] {
  return commandsNow(situation).map((command) => ({ command, ...KEYS[command] }));
}
