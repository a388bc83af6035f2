/** One side of one issuance, from where it stands to its end: reads it, takes the step that its scenario has, and waits. */
import { hasEnded, type Issuance, isTallystickError, type Snapshot } from "@tallystick/client";
import { END_STATES } from "@tallystick/protocol";
import type { History } from "./history.ts";
import type { Operator } from "./operator.ts";
import { pause, type Random } from "./random.ts";
import type { RecordingTerminal } from "./recording-terminal.ts";
import { issuerStep, numberOf, type Plan, payerStep, type Step, thinkingMs } from "./scenarios.ts";
import { type Actor, sendUntilAnswered } from "./send-command.ts";

export interface Side {
  role: "issuer" | "payer";
  actor: Actor;
  /** The terminal that reads and follows; commands go over any of the party's. */
  recording: RecordingTerminal;
  issuanceId: string;
  plan: Pick<Plan, "scenario">;
  random: Random;
}

/** What all negotiations of a run share. */
export interface Setting {
  history: History;
  operator: Operator;
  /** Raised when the run is over: what is open is cancelled. */
  ending: AbortSignal;
}

/** A side gives up an issuance that takes more steps than any scenario has. */
const MOST_STEPS = 40;
/** A side that waits reads the issuance again this often, milliseconds. */
const READ_AGAIN_MS = 3000;

/** Resolves at the end of the issuance, or when it can't be had any more. */
export async function negotiate(side: Side, setting: Setting): Promise<void> {
  const { recording, issuanceId, random } = side;
  let refused = false;
  let triedAt = 0;
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const issuance = await readIssuance(recording, issuanceId, setting);
    if (issuance === "gone") return;
    if (issuance === "unknown") continue;
    const { snapshot } = issuance;
    if (hasEnded(snapshot.state)) return;
    const step: Step | undefined =
      triedAt === snapshot.version ? undefined : chooseStep(side, snapshot, refused, setting);
    if (step) {
      await pause(thinkingMs(side.plan.scenario, snapshot, random), setting.ending);
      triedAt = snapshot.version;
      const { outcome } = await sendUntilAnswered(
        side.actor,
        { ...step, issuanceId },
        { ...setting, random },
      );
      refused ||= step.command === "account:submit" && outcome !== "done" && outcome !== "unknown";
      if (outcome === "insufficient_funds" || outcome === "insufficient_credit")
        await topUpSometimes(side, setting);
      if (outcome === "rolled_back") await decide(side, setting);
    } else {
      const why = await changed(issuance, snapshot.version);
      if (why === "rolled_back") await decide(side, setting);
      else if (why === "silence") triedAt = 0;
    }
  }
}

function chooseStep(side: Side, snapshot: Snapshot, refused: boolean, { ending }: Setting): Step | undefined {
  if (ending.aborted) return { command: "issuance:cancel" };
  const choose = side.role === "issuer" ? issuerStep : payerStep;
  return choose(side.plan.scenario, snapshot, refused);
}

async function readIssuance(recording: RecordingTerminal, issuanceId: string, { ending }: Setting) {
  try {
    const issuance = await recording.terminal.issuance(issuanceId, { timeoutMs: READ_AGAIN_MS });
    recording.follow(issuance);
    return issuance;
  } catch (error) {
    if (!isTallystickError(error)) throw error;
    if (error.code === "not_found") recording.notice(issuanceId, "not_found");
    if (error.code === "not_found" || error.code === "disconnected") return "gone";
    await pause(200, ending);
    return "unknown";
  }
}

/** Resolves when there is something new, with why. */
function changed(issuance: Issuance, version: number): Promise<"event" | "rolled_back" | "lost" | "silence"> {
  if (issuance.snapshot.version > version) return Promise.resolve("event");
  return new Promise((resolve) => {
    const stop = issuance.on(() => resolve("event"));
    issuance.until(END_STATES, { timeoutMs: READ_AGAIN_MS }).then(
      () => resolve("event"),
      (error: unknown) => {
        stop();
        if (isTallystickError(error, "rolled_back")) resolve("rolled_back");
        else resolve(isTallystickError(error, "timeout") ? "silence" : "lost");
      },
    );
  });
}

/** The operator hears of it, and decides in one way or the other. */
async function decide({ issuanceId, random }: Side, { operator }: Setting): Promise<void> {
  await operator.decide(issuanceId, random.chance(0.6) ? "resume" : "cancel");
}

/** Funds run out now and then, and come in again. */
async function topUpSometimes(
  { actor, random, issuanceId }: Side,
  { operator, ending }: Setting,
): Promise<void> {
  if (ending.aborted || !random.chance(0.3)) return;
  const number = numberOf(random.pick(["main", "credit"]));
  const reference = `${issuanceId}:${random.below(2 ** 31)}`;
  await operator.topUp(actor.party, number, random.between(5_000, 20_000), reference);
}
