/**
 * The one way that every message goes: parse, authorise, run, acknowledge, tell. The order of the checks
 * is contract (design, section 3); those that need the store are in the scripts.
 */
import type {
  CommandAck,
  CommandName,
  CommandPayloads,
  ErrorCode,
  ListAck,
  MessageName,
  Refused,
  SyncAck,
} from "@tallystick/protocol";
import { COMMANDS, QUERIES } from "@tallystick/protocol";
import type { Done, Outcome } from "../ledger/outcome.ts";
import { isUnavailable } from "../redis/availability.ts";
import { spend } from "./allowance.ts";
import { expire, publish } from "./publish.ts";
import { answerQuery } from "./queries.ts";
import { errorBody, invalidRequest, refused } from "./refusals.ts";
import { enter, roomOf } from "./rooms.ts";
import type { Hub, Terminal } from "./types.ts";

type Acknowledge = (answer: object) => void;
type Answer = CommandAck | SyncAck | ListAck;

const SCHEMAS = { ...COMMANDS, ...QUERIES };
const NAMES: ReadonlySet<string> = new Set(Object.keys(SCHEMAS));
const JOINING: ReadonlySet<MessageName> = new Set<MessageName>(["payer:request", "payer:agree"]);

/** The listener of all messages; one function for all connections, which finds its terminal in `this`. */
export function createListener(hub: Hub): (this: Terminal, name: string, ...args: unknown[]) => void {
  return function onMessage(name, ...args) {
    void receive(hub, this, name, args);
  };
}

async function receive(hub: Hub, terminal: Terminal, name: string, args: unknown[]): Promise<void> {
  const started = performance.now();
  const acknowledge = args.at(-1);
  if (typeof acknowledge !== "function") {
    // Whoever sent it could never learn what became of it, so nothing is done.
    terminal.emit(
      "session:error",
      errorBody("invalid_request", {
        issues: [{ path: "", message: `${name} came without an acknowledgement` }],
      }),
    );
    return;
  }
  hub.inHand += 1;
  const known = NAMES.has(name) ? (name as MessageName) : undefined;
  let result: "ok" | ErrorCode = "ok";
  try {
    const answer = await handle(hub, terminal, known, args, acknowledge as Acknowledge);
    if (!answer.ok) result = answer.error.code;
  } catch (error) {
    result = fault(hub, name, error);
    (acknowledge as Acknowledge)(refused(result));
  } finally {
    hub.inHand -= 1;
    hub.metrics.answered(known ?? "unknown", result, (performance.now() - started) / 1000);
  }
}

/** Answers a message, and returns the answer; a refusal that needs no store at once. */
function handle(
  hub: Hub,
  terminal: Terminal,
  name: MessageName | undefined,
  args: unknown[],
  acknowledge: Acknowledge,
): Answer | Promise<Answer> {
  const refuse = (refusal: Refused) => {
    acknowledge(refusal);
    return refusal;
  };
  if (name === undefined) {
    return refuse(
      refused("invalid_request", { issues: [{ path: "", message: "there is no such command" }] }),
    );
  }
  const parsed = SCHEMAS[name].safeParse(args.length === 2 ? args[0] : undefined);
  if (!parsed.success) return refuse(invalidRequest(parsed.error));
  const now = Date.now();
  const retryAfter = spend(terminal.data.allowance, hub.rateLimit, now);
  if (retryAfter > 0) return refuse(refused("rate_limited", { retryAfter }));
  if (now >= terminal.data.expiresAt) return refuse(refused("unauthenticated"));
  if (hub.closing) return refuse(refused("unavailable"));
  if (name === "issuance:sync" || name === "issuance:list")
    return answerQuery(hub, terminal, name, parsed.data).then((answer) => {
      acknowledge(answer);
      return answer;
    });
  return runCommand(hub, terminal, name, parsed.data as CommandPayloads[typeof name], acknowledge);
}

async function runCommand<C extends CommandName>(
  hub: Hub,
  terminal: Terminal,
  name: C,
  payload: CommandPayloads[C],
  acknowledge: Acknowledge,
): Promise<CommandAck> {
  const sender = { party: terminal.data.party };
  const outcome =
    name === "payer:request"
      ? await hub.ledger.requestPayer(sender, payload as CommandPayloads["payer:request"])
      : await hub.ledger.execute(name as never, sender, payload as never);
  // An issue is acknowledged only when as many replicas have it as are asked for, also when it is repeated.
  if (hub.replicas && isIssue(outcome)) await hub.replicas.confirm(outcome.event);
  const answer = acknowledgementOf(hub, outcome);
  // The sender is in the room before anybody can answer what it did.
  if (outcome.kind === "done" && JOINING.has(name) && !outcome.ended)
    await enter(hub, terminal, roomOf(outcome.snapshot.issuanceId));
  acknowledge(answer);
  // An issue that replicas had to have first may not have been told when it was done.
  if (outcome.event && outcome.snapshot && (!outcome.repeated || (hub.replicas && isIssue(outcome)))) {
    const { event, snapshot, repeated } = outcome;
    publish(hub, { event, snapshot, repeated, sender: terminal });
  }
  if (outcome.kind === "refused" && outcome.due)
    await expire(hub, (payload as { issuanceId: string }).issuanceId);
  return answer;
}

function acknowledgementOf(hub: Hub, outcome: Outcome): CommandAck {
  if (outcome.kind === "refused") return refused(outcome.code, outcome.details);
  const { event, snapshot: issuance } = outcome;
  if (!isIssue(outcome)) return { ok: true, event, issuance };
  return { ok: true, event, issuance, durability: hub.durability.level };
}

function isIssue(outcome: Outcome): outcome is Done {
  return outcome.kind === "done" && outcome.event.type === "voucher.issued";
}

/** Logs what went wrong, and says which code the terminal is told. */
function fault(hub: Hub, name: string, error: unknown): "unavailable" | "internal" {
  if (isUnavailable(error)) {
    hub.log.warn({ command: name, error: String(error) }, "the store did not answer");
    return "unavailable";
  }
  hub.log.error({ command: name, err: error }, "a command failed");
  return "internal";
}
