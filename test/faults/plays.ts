/** The ways in which two parties may go through an issuance: what each side does in which state. */
import type { Account, Snapshot } from "@tallystick/client";
import type { CommandName, Review } from "@tallystick/protocol";
import type { Random } from "./random.ts";

export const PLAYS = [
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
export type Play = (typeof PLAYS)[number];

/** What both sides go by. It travels in the memo, so that the payer plays what the issuer has chosen. */
export interface Plan {
  play: Play;
  review: Review;
  amount: number;
  /** Seconds; a silent payer lets it pass. */
  respondWithin?: number;
}

export function choosePlan(random: Random): Plan {
  const play = random.pick(PLAYS);
  const plan = { play, review: random.pick(["first", "first", "every", "none"] as const) };
  const amount = random.between(1, 2000);
  return play === "silent" ? { ...plan, amount, respondWithin: 1 } : { ...plan, amount };
}

export type Step = { command: Exclude<CommandName, "payer:request" | "account:submit"> } | Submission;
export type Submission = { command: "account:submit"; account: Account };

/** What the issuer does now; undefined when it waits. */
export function issuerStep(play: Play, { state, changes }: Snapshot, refused: boolean): Step | undefined {
  switch (state) {
    case "agreed":
      return { command: "issuance:open" };
    case "opened":
      return play === "refused_and_changed" && refused ? { command: "account:change" } : undefined;
    case "verified":
      if (play === "changed_by_issuer" && changes === 0) return { command: "account:change" };
      return { command: play === "cancelled_by_issuer" ? "issuance:cancel" : "issuance:accept" };
    default:
      return undefined;
  }
}

/** What the payer does now; undefined when it waits. */
export function payerStep(
  play: Play,
  { state, payer, changes }: Snapshot,
  refused: boolean,
): Step | undefined {
  const from = (which: "main" | "credit") => ({ number: numberOf(which), holder: holderOf(payer) });
  switch (state) {
    case "proposed":
      if (play === "silent") return undefined;
      return { command: play === "declined" ? "payer:decline" : "payer:agree" };
    case "opened":
      if (play === "cancelled_by_payer") return { command: "issuance:cancel" };
      if (play.startsWith("refused") && !refused)
        return { command: "account:submit", account: { number: numberOf("main"), holder: "Somebody Else" } };
      return { command: "account:submit", account: from(refused ? "credit" : "main") };
    case "verified":
      return (play === "changed_by_payer" || play === "kept") && changes === 0
        ? { command: "account:change" }
        : undefined;
    case "changing":
      return play === "kept"
        ? { command: "account:keep" }
        : { command: "account:submit", account: from("credit") };
    default:
      return undefined;
  }
}

/** The issuer leaves the payer time for what is the payer's turn in this play, milliseconds. */
export function thinkingMs(play: Play, { state, changes }: Snapshot, random: Random): number {
  const isPayersTurn =
    state === "verified" && (play === "changed_by_payer" || play === "kept") && changes === 0;
  return (isPayersTurn ? 150 : 0) + random.below(80);
}

export function numberOf(which: "main" | "credit"): string {
  return which === "main" ? "62220001" : "88880002";
}

export function holderOf(party: string): string {
  return `Holder of ${party}`;
}
