/** Sends commands as a user does who wants an answer: again and again, over any terminal, with one `commandId`. */
import {
  type Account,
  type IssuerIssuance,
  isTallystickError,
  type Offer,
  type PayerIssuance,
} from "@tallystick/client";
import type { CommandName } from "@tallystick/protocol";
import type { Call, History } from "./history.ts";
import { pause, type Random } from "./random.ts";
import type { RecordingTerminal } from "./recording-terminal.ts";
import { sendOnVoucher, type VoucherCommand } from "./send-voucher-command.ts";

/** A command on an issuance that a party wants to be done. */
type IssuanceCommand =
  | { command: "payer:request"; offer: Offer }
  | { command: "account:submit"; issuanceId: string; account: Account }
  | { command: Exclude<CommandName, "payer:request" | "account:submit">; issuanceId: string };

/** A command that a party wants to be done. */
export type WantedCommand = IssuanceCommand | VoucherCommand;

/** A party with its terminals, any of which may speak for it. */
export interface Actor {
  readonly party: string;
  readonly terminals: readonly RecordingTerminal[];
  /** It answers invitations. */
  readonly isPayer: boolean;
  /** How many commands it has begun; their ids are made of it. */
  commandCount: number;
}

export interface CommandResult {
  outcome: Call["outcome"];
  /** Of a request that was answered. */
  issuanceId?: string;
}

/** How long one try may take, milliseconds; after that nobody knows. */
const ATTEMPT_MS = 4000;
/** Most send it again when there was no answer; some don't, and never know. */
const MOST_TRIES = 3;

/** Sends a command until it is answered, sometimes more than once, and tells how it ended. */
export async function sendUntilAnswered(
  actor: Actor,
  wanted: WantedCommand,
  { history, random }: { history: History; random: Random },
): Promise<CommandResult> {
  actor.commandCount += 1;
  const commandId = `${actor.party}-${actor.commandCount}`;
  const ask = (recording: RecordingTerminal) => send(recording, wanted, commandId, history);
  const first = ask(random.pick(actor.terminals));
  if (random.chance(0.15)) {
    // Another terminal of the same party sends the same command at nearly the same time.
    const other = random.pick(actor.terminals);
    const waitMs = random.below(60);
    await pause(waitMs);
    await ask(other);
  }
  let result = await first;
  const tries = random.chance(0.2) ? 1 : MOST_TRIES;
  for (let tried = 1; result.outcome === "unknown" && tried < tries; tried += 1)
    result = await ask(random.pick(actor.terminals));
  if (random.chance(0.08)) await ask(random.pick(actor.terminals));
  return result;
}

async function send(
  recording: RecordingTerminal,
  wanted: WantedCommand,
  commandId: string,
  history: History,
): Promise<CommandResult> {
  const { command } = wanted;
  const { party } = recording;
  const call = { party, command, commandId, terminal: recording.name };
  const note = (outcome: Call["outcome"], snapshot?: Call["snapshot"]) =>
    void history.calls.push({ at: performance.now(), ...call, outcome, snapshot });
  try {
    const { issuanceId, snapshot } = await attempt(recording, wanted, commandId);
    note("done", snapshot);
    return { outcome: "done", issuanceId };
  } catch (error) {
    if (!isTallystickError(error)) throw error;
    const { code } = error;
    const isOpen = code === "timeout" || code === "disconnected" || code === "aborted";
    const outcome = isOpen ? "unknown" : (code as Call["outcome"]);
    note(outcome);
    const known = (code === "rolled_back" || code === "not_found") && command !== "payer:request";
    if (known) recording.notice("voucherId" in wanted ? wanted.voucherId : wanted.issuanceId, code);
    return { outcome };
  }
}

async function attempt(recording: RecordingTerminal, wanted: WantedCommand, commandId: string) {
  const options = { commandId, timeoutMs: ATTEMPT_MS };
  const { terminal } = recording;
  if ("voucherId" in wanted) {
    const { voucherId: issuanceId } = wanted;
    const after = await sendOnVoucher(recording, wanted, options);
    const snapshot = after && { issuanceId, version: after.version, digest: after.digest };
    return { issuanceId, snapshot };
  }
  if (wanted.command === "payer:request") {
    const made = await terminal.requestPayer(wanted.offer, options);
    recording.follow(made);
    return { issuanceId: made.id, snapshot: undefined };
  }
  const issuance = await terminal.issuance(wanted.issuanceId, { timeoutMs: ATTEMPT_MS });
  recording.follow(issuance);
  const answer = await sendOn(issuance, wanted, options);
  const snapshot = answer && "version" in answer ? answer : undefined;
  return {
    issuanceId: issuance.id,
    snapshot: snapshot && {
      issuanceId: issuance.id,
      version: snapshot.version,
      digest: snapshot.digest,
    },
  };
}

type OnIssuance = Exclude<IssuanceCommand, { command: "payer:request" }>;
type Options = { commandId: string; timeoutMs: number };

function sendOn(issuance: IssuerIssuance | PayerIssuance, wanted: OnIssuance, options: Options) {
  const payer = () => (issuance.role === "payer" ? issuance : issuance.asPayer());
  const issuer = issuance as IssuerIssuance;
  switch (wanted.command) {
    case "payer:agree":
      return payer().agree(options);
    case "payer:decline":
      return payer().decline(undefined, options);
    case "issuance:open":
      return issuer.open(options);
    case "account:submit":
      return payer().submitAccount(wanted.account, options);
    case "account:change":
      return issuance.changeAccount(undefined, options);
    case "account:keep":
      return payer().keepAccount(options);
    case "issuance:accept":
      return issuer.accept(options);
    case "issuance:cancel":
      return issuance.cancel(undefined, options);
  }
}
