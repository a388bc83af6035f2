/** Chooses what a step of an issuance is: who sends which command, with what. */
import type { Act } from "./model.ts";
import { isAllowed, type ModelIssuance } from "./model.ts";
import { HOLDERS, NUMBERS, pick, type Setting } from "./setting.ts";
import { ACTS, type Sight, type Step } from "./steps.ts";

type Sent = Extract<Step, { kind: "act" }>["sent"];

/** Any command at all, mostly refused. */
export function anyAct(setting: Setting, issuance: ModelIssuance, step: Extract<Step, { kind: "act" }>): Act {
  return {
    command: step.command,
    party: setting.party(step.party),
    commandId: `c${step.commandId % 4}`,
    ifVersion: versionFor(issuance, step.version),
    seen: seenOf(issuance, step.seen),
    ...(step.command === "account:submit" && { account: sentAccount(setting, issuance.payer, step.sent) }),
  };
}

/** What somebody could do now; seldom something that ends it in vain. */
export function nextAct(
  setting: Setting,
  issuance: ModelIssuance,
  step: Extract<Step, { kind: "advance" }>,
): Act {
  const allowed = ACTS.filter((name) => isAllowed(issuance, name));
  const onwards = allowed.filter((name) => name !== "issuance:cancel" && name !== "payer:decline");
  const place = step.choice + step.sent.number;
  const command = pick(step.choice < 11 ? onwards : allowed, place) ?? "issuance:cancel";
  const isIssuers = command === "issuance:open" || command === "issuance:accept";
  return {
    command,
    party:
      isIssuers || (command === "account:change" && step.choice % 2 === 0) ? issuance.issuer : issuance.payer,
    commandId: `f${setting.fresh()}`,
    ifVersion: versionFor(issuance, step.version),
    seen: seenOf(issuance, step.seen),
    ...(command === "account:submit" && { account: sentAccount(setting, issuance.payer, step.sent) }),
  };
}

function sentAccount(
  setting: Setting,
  payer: string,
  { number: place, isRightName }: Sent,
): { number: string; holder: string } {
  const number = pick(NUMBERS, place);
  const account = setting.model.accounts.get(`${payer}/${number}`);
  return { number, holder: isRightName ? (account?.holder ?? HOLDERS[0]) : "somebody else" };
}

/** What a command says that its sender has seen. */
function seenOf({ version, digests }: ModelIssuance, sight: Sight): Act["seen"] {
  const newest = digests[version - 1] ?? OTHER_DIGEST;
  if (sight === "newest") return { version, digest: newest };
  if (sight === "first") return { version: 1, digest: digests[0] ?? OTHER_DIGEST };
  if (sight === "later") return { version: version + 1, digest: newest };
  return sight === "another" ? { version, digest: OTHER_DIGEST } : undefined;
}

const OTHER_DIGEST = "0123456789ab";

function versionFor({ version }: ModelIssuance, which: "any" | "present" | "other"): number | undefined {
  return { any: undefined, present: version, other: version + 1 }[which];
}
