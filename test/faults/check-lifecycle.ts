/** Every issuance is played through by the lifecycle's table: each step is legal, and there is one end, the last. */
import {
  type Actor,
  COMMAND_NAMES,
  type EventType,
  hasEnded,
  MAX_CHANGES,
  MAX_REFUSALS,
  type OpenState,
  ruleOf,
  type State,
} from "@tallystick/protocol";
import { type LoggedEvent as AnyLogged, type Evidence, readLine, type Violation } from "./findings.ts";
import type { StoredIssuance } from "./records.ts";

/** A line of an issuance's log. */
interface LoggedEvent extends AnyLogged {
  type: EventType;
  by: Actor;
  state: State;
}

export function checkLifecycle({ book }: Evidence): Violation[] {
  return [...book.issuances.values()].flatMap(checkIssuance);
}

/** What the table's guards look at, besides the state. */
interface Position {
  state: State | undefined;
  refusals: number;
  changes: number;
  stands: boolean;
  deadline: number | undefined;
}

function checkIssuance(issuance: StoredIssuance): Violation[] {
  const { issuanceId, log, state, version, fence } = issuance;
  const violations: Violation[] = [];
  const complain = (rule: Violation["rule"], problem: string) =>
    void violations.push({ rule, subject: issuanceId, problem });
  const at: Position = { state: undefined, refusals: 0, changes: 0, stands: false, deadline: undefined };
  for (const [index, line] of log.entries()) {
    const event = readLine(line) as LoggedEvent;
    const isOver = at.state !== undefined && hasEnded(at.state);
    if (isOver) complain("one_end", `version ${index + 1} ${event.type} comes after its end, ${at.state}`);
    else if (!isLegal(at, event, issuance))
      complain(
        "legal",
        `version ${index + 1}: ${event.type} by ${event.by} leads from ${at.state} to ${event.state}`,
      );
    else if (!isInTime(at, event, issuance))
      complain(
        "legal",
        `version ${index + 1}: ${event.type} at ${event.at}, and the deadline was ${at.deadline}`,
      );
    move(at, event);
  }
  if (at.state !== state || log.length !== version)
    complain(
      "legal",
      `its log ends at version ${log.length} ${at.state}, its record says ${version} ${state}`,
    );
  if (!hasEnded(state as State) && fence !== "fenced")
    complain("one_end", `it has not ended, it is ${state}`);
  return violations;
}

function isLegal(at: Position, event: LoggedEvent, { issuer, payer, decided }: StoredIssuance): boolean {
  const { by, type, state } = event;
  if (at.state === undefined)
    return type === "payer.requested" && state === (issuer === payer ? "agreed" : "proposed");
  if (type === "issuance.expired") return by === "hub" && state === "expired";
  // An operator has decided so about what was rolled back.
  if (by === "hub") return type === "issuance.cancelled" && decided;
  return COMMAND_NAMES.some((command) => {
    const { roles, from, to, events } = ruleOf(command);
    return (
      events.includes(type) &&
      to.includes(state) &&
      roles.includes(by) &&
      holds(from[at.state as OpenState], at)
    );
  });
}

/** Only the hub's own command comes after a deadline, and it comes not before. */
function isInTime({ deadline }: Position, { type, at }: LoggedEvent, { decided }: StoredIssuance): boolean {
  // A decision of the operator gives another deadline, which no line of the log tells of.
  if (deadline === undefined || decided) return true;
  return type === "issuance.expired" ? at >= deadline : at < deadline;
}

function holds(guard: true | string | undefined, { refusals, changes, stands }: Position): boolean {
  if (changes > MAX_CHANGES || refusals > MAX_REFUSALS) return false;
  if (guard === "account_refused_before") return refusals > 0;
  if (guard === "account_stands") return stands;
  return guard === true;
}

function move(at: Position, { type, state, deadline }: LoggedEvent): void {
  at.state = state;
  at.deadline = deadline;
  if (type === "account.verified") at.stands = true;
  if (type === "account.change_agreed") at.changes += 1;
  if (type !== "account.refused") return;
  at.refusals += 1;
  // While a change is under way, what stood before still stands.
  if (state !== "changing") at.stands = false;
}
