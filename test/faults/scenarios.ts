/** The ways in which two parties may go through an issuance: what each side does in which state. */
import type { Account, Snapshot } from "@tallystick/client";
import type { CommandName, Review } from "@tallystick/protocol";
import type { Random } from "./random.ts";

export const SCENARIOS = [
  "straight",
  "straight",
  "straight",
  "changed_by_issuer",
  "changed_by_payer",
  "refused_first",
  "refused_and_changed",
  "declined",
  "cancelled_by_issuer",
  "cancelled_by_payer",
  "kept",
  "silent",
] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** What both sides do. The scenario travels in the memo, so that the payer plays the one that the issuer has chosen. */
export interface Plan {
  scenario: Scenario;
  review: Review;
  amount: number;
  /** Seconds; a silent payer lets it pass. */
  respondWithin?: number;
}

export function choosePlan(random: Random): Plan {
  const scenario = random.pick(SCENARIOS);
  const plan = { scenario, review: random.pick(["first", "first", "every", "none"] as const) };
  const amount = random.between(1, 2000);
  return scenario === "silent" ? { ...plan, amount, respondWithin: 1 } : { ...plan, amount };
}

export type Step = { command: Exclude<CommandName, "payer:request" | "account:submit"> } | Submission;
export type Submission = { command: "account:submit"; account: Account };

/** What the issuer does now; undefined when it waits. */
export function issuerStep(
  scenario: Scenario,
  { state, changes }: Snapshot,
  refused: boolean,
): Step | undefined {
  switch (state) {
    case "agreed":
      return { command: "issuance:open" };
    case "opened":
      return scenario === "refused_and_changed" && refused ? { command: "account:change" } : undefined;
    case "verified":
      if (scenario === "changed_by_issuer" && changes === 0) return { command: "account:change" };
      return { command: scenario === "cancelled_by_issuer" ? "issuance:cancel" : "issuance:accept" };
    default:
      return undefined;
  }
}

/** What the payer does now; undefined when it waits. */
export function payerStep(
  scenario: Scenario,
  { state, payer, changes }: Snapshot,
  refused: boolean,
): Step | undefined {
  const from = (which: "main" | "credit") => ({ number: numberOf(which), holder: holderOf(payer) });
  switch (state) {
    case "proposed":
      if (scenario === "silent") return undefined;
      return { command: scenario === "declined" ? "payer:decline" : "payer:agree" };
    case "opened":
      if (scenario === "cancelled_by_payer") return { command: "issuance:cancel" };
      if (scenario.startsWith("refused") && !refused)
        return { command: "account:submit", account: { number: numberOf("main"), holder: "Somebody Else" } };
      return { command: "account:submit", account: from(refused ? "credit" : "main") };
    case "verified":
      return (scenario === "changed_by_payer" || scenario === "kept") && changes === 0
        ? { command: "account:change" }
        : undefined;
    case "changing":
      return scenario === "kept"
        ? { command: "account:keep" }
        : { command: "account:submit", account: from("credit") };
    default:
      return undefined;
  }
}

/** The issuer leaves the payer time for what is the payer's turn in this play, milliseconds. */
export function thinkingMs(scenario: Scenario, { state, changes }: Snapshot, random: Random): number {
  const isPayersTurn =
    state === "verified" && (scenario === "changed_by_payer" || scenario === "kept") && changes === 0;
  return (isPayersTurn ? 150 : 0) + random.below(80);
}

export function numberOf(which: "main" | "credit"): string {
  return which === "main" ? "62220001" : "88880002";
}

export function holderOf(party: string): string {
  return `Holder of ${party}`;
}
