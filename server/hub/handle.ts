/**
 * The one way that every message goes: parse, authorise, run, acknowledge, tell. The order of the checks
 * is contract (design, section 3); those that need the store are in the scripts.
 */
import type {
  CommandName,
  CommandPayloads,
  ErrorCode,
  MessageName,
  QueryName,
  Refused,
} from "@tallystick/protocol";
import { COMMANDS, QUERIES } from "@tallystick/protocol";
import type { Done, Outcome } from "../ledger/outcome.ts";
import { isUnavailable } from "../redis/availability.ts";
import { spend } from "./allowance.ts";
import type { Message } from "./messages.ts";
import { expire, publish } from "./publish.ts";
import { answerQuery } from "./queries.ts";
import { errorBody, invalidRequest, refused } from "./refusals.ts";
import { enter, roomOf } from "./rooms.ts";
import type { Hub, Terminal } from "./types.ts";

const SCHEMAS = { ...COMMANDS, ...QUERIES };
/** The names of all messages. */
export const NAMES: ReadonlySet<string> = new Set(Object.keys(SCHEMAS));
const JOINING: ReadonlySet<MessageName> = new Set<MessageName>(["payer:request", "payer:agree"]);

/** Answers a message, and counts what came of it. */
export async function receive(hub: Hub, terminal: Terminal, message: Message): Promise<void> {
  const started = performance.now();
  const { acknowledge } = message;
  if (!acknowledge) {
    // Whoever sent it could never learn what became of it, so nothing is done.
    terminal.emit(
      "session:error",
      errorBody("invalid_request", {
        issues: [{ path: "", message: `${message.name} came without an acknowledgement` }],
      }),
    );
    return;
  }
  hub.inHand += 1;
  const name = NAMES.has(message.name) ? (message.name as MessageName) : undefined;
  let result: "ok" | ErrorCode;
  try {
    const checked = check(hub, terminal, name, message.args);
    if ("ok" in checked) {
      acknowledge(JSON.stringify(checked));
      result = checked.error.code;
    } else if (isQuery(name)) {
      const answer = await answerQuery(hub, terminal, name, checked.payload);
      acknowledge(JSON.stringify(answer));
      result = answer.ok ? "ok" : answer.error.code;
    } else {
      const outcome = await run(hub, terminal, name as CommandName, checked.payload as Intent);
      const settled = settle(hub, terminal, name as CommandName, outcome);
      if (settled) await settled;
      tellOutcome(hub, terminal, outcome, acknowledge);
      result = outcome.kind === "done" ? "ok" : outcome.code;
      if (outcome.kind === "refused" && outcome.due)
        await expireNow(hub, (checked.payload as { issuanceId: string }).issuanceId);
    }
  } catch (error) {
    result = fault(hub, message.name, error);
    acknowledge(JSON.stringify(refused(result)));
  } finally {
    hub.inHand -= 1;
  }
  hub.metrics.answered(name ?? "unknown", result, (performance.now() - started) / 1000);
}

function isQuery(name: MessageName | undefined): name is QueryName {
  return name === "issuance:sync" || name === "issuance:list";
}

/** The checks that need no store: the payload, or why it is refused. */
function check(
  hub: Hub,
  terminal: Terminal,
  name: MessageName | undefined,
  args: unknown[],
): { payload: object } | Refused {
  if (name === undefined)
    return refused("invalid_request", { issues: [{ path: "", message: "there is no such command" }] });
  const parsed = SCHEMAS[name].safeParse(args.length === 1 ? args[0] : undefined);
  if (!parsed.success) return invalidRequest(parsed.error);
  const now = Date.now();
  const retryAfter = spend(terminal.data.allowance, hub.rateLimit, now);
  if (retryAfter > 0) return refused("rate_limited", { retryAfter });
  if (now >= terminal.data.expiresAt) return refused("unauthenticated");
  if (hub.closing) return refused("unavailable");
  return { payload: parsed.data };
}

type Intent = CommandPayloads[CommandName];

function run(hub: Hub, { data }: Terminal, name: CommandName, payload: Intent): Promise<Outcome> {
  return name === "payer:request"
    ? hub.ledger.requestPayer(data, payload as CommandPayloads["payer:request"])
    : hub.ledger.execute(name as never, data, payload as never);
}

/** Ends what is due. Its terminals have their answer, and what can't be done now is done by the sweep. */
async function expireNow(hub: Hub, issuanceId: string): Promise<void> {
  try {
    await expire(hub, issuanceId);
  } catch (error) {
    hub.log.warn({ issuanceId, error: String(error) }, "a deadline that has passed is left to the sweep");
  }
}

/** What has to be before anybody is told; undefined when that is nothing. */
function settle(
  hub: Hub,
  terminal: Terminal,
  name: CommandName,
  outcome: Outcome,
): Promise<unknown> | undefined {
  // An issue is acknowledged only when as many replicas have it as are asked for, also when it is repeated.
  if (hub.replicas && isIssue(outcome)) return hub.replicas.confirm(outcome.event);
  // The sender is in the room before anybody can answer what it did.
  if (outcome.kind === "done" && JOINING.has(name) && !outcome.ended)
    return enter(hub, terminal, roomOf(outcome.snapshot.issuanceId));
  return undefined;
}

function tellOutcome(
  hub: Hub,
  terminal: Terminal,
  outcome: Outcome,
  acknowledge: (json: string) => void,
): void {
  const { event, snapshot, repeated } = outcome;
  // Put into words once, for the sender and for the others.
  const words = event && JSON.stringify(event);
  acknowledge(acknowledgementOf(hub, outcome, words));
  // An issue that replicas had to have first may not have been told when it was done.
  if (event && snapshot && (!repeated || (hub.replicas && isIssue(outcome))))
    publish(hub, { event, snapshot, repeated, sender: terminal, words });
}

/** The answer to a command, a `CommandAck`, in words. */
function acknowledgementOf(hub: Hub, outcome: Outcome, event: string | undefined): string {
  if (outcome.kind === "refused") return JSON.stringify(refused(outcome.code, outcome.details));
  const durability = isIssue(outcome) ? `,"durability":"${hub.durability.level}"` : "";
  return `{"ok":true,"event":${event},"issuance":${JSON.stringify(outcome.snapshot)}${durability}}`;
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
