/** No command has two effects; every answer to one is the same; what was refused each time has none. */
import {
  COMMAND_NAMES,
  type CommandName,
  isVoucherId,
  ruleOf,
  type VoucherCommandName,
  voucherRuleOf,
} from "@tallystick/protocol";
import { type Evidence, excused, groupBy, readLine, type Violation } from "./findings.ts";
import { type Acknowledged, type AnyCommand, type AnyEventType, nameOf } from "./history.ts";
import { recordsIn, type StoredRecord } from "./records.ts";

export function checkEffects(evidence: Evidence): Violation[] {
  const { history, book } = evidence;
  const commands = new Map<string, AnyCommand>();
  for (const sent of history.sent) commands.set(nameOf(sent), sent.command);
  const effects = new Map<string, string[]>();
  const violations = recordsIn(book).flatMap((record) => checkRecord(record, commands, effects));
  for (const [name, where] of effects) {
    if (where.length < 2) continue;
    violations.push({
      rule: "one_effect",
      subject: name,
      problem: `it has ${where.length} effects: ${where.join(", ")}`,
    });
  }
  return [...violations, ...checkAnswers(evidence, effects)];
}

/** Each event of the log is named by one stored answer, of a command that causes such events. */
function checkRecord(
  { issuanceId, log, answers }: StoredRecord,
  commands: ReadonlyMap<string, AnyCommand>,
  effects: Map<string, string[]>,
): Violation[] {
  const violations: Violation[] = [];
  const complain = (problem: string) =>
    void violations.push({ rule: "one_effect", subject: issuanceId, problem });
  for (const [index, line] of log.entries()) {
    const { type, by } = readLine(line);
    const version = index + 1;
    const causes = answers.filter((answer) => answer.version === version);
    // A voucher is issued by a command on its issuance, which is where the answer is.
    const isOfIssuance = isVoucherId(issuanceId) && version === 1;
    const isUnasked = by === "hub" || by === "operator" || isOfIssuance;
    if (causes.length !== (isUnasked ? 0 : 1)) {
      const named = causes.map(({ party, commandId }) => `${party} ${commandId}`).join(", ") || "no command";
      complain(`version ${version} ${type} by ${by} is the effect of ${named}`);
    }
    for (const cause of causes) {
      const name = nameOf(cause);
      const command = commands.get(name);
      effects.set(name, [...(effects.get(name) ?? []), `${issuanceId} version ${version}`]);
      if (command === undefined) complain(`version ${version} ${type} is of ${name}, which nobody sent`);
      else if (!eventsOf(command).includes(type))
        complain(`version ${version} ${type} is of ${name}, which was ${command}`);
    }
  }
  return violations;
}

/** The events that a command can cause. */
function eventsOf(command: AnyCommand): readonly AnyEventType[] {
  return COMMAND_NAMES.includes(command as CommandName)
    ? ruleOf(command as CommandName).events
    : voucherRuleOf(command as VoucherCommandName).events;
}

/** The store keeps an answer that changed something. */
function isOwn({ event }: Acknowledged): boolean {
  return event !== undefined;
}
/** Nobody knows what becomes of the message that was answered so. */
const OPEN: ReadonlySet<string> = new Set(["unavailable", "internal"]);

function checkAnswers(evidence: Evidence, effects: ReadonlyMap<string, string[]>): Violation[] {
  const { history } = evidence;
  const lost = excused(evidence);
  const answers = groupBy(history.acknowledged, nameOf);
  const sent = groupBy(history.sent, nameOf);
  return [...answers].flatMap(([name, all]): Violation[] => {
    const own = all.filter(isOwn);
    if (own.some(({ event }) => event && lost.has(event.issuanceId))) return [];
    const [first] = own;
    if (first) return checkSame(name, first, all, sent.get(name) ?? []);
    const isSettled =
      all.every(({ answer }) => !OPEN.has(answer)) && all.length === (sent.get(name)?.length ?? 0);
    const where = effects.get(name);
    if (!isSettled || !where) return [];
    const problem = `it was refused each time (${all.map(({ answer }) => answer).join(", ")}), but had its effect: ${where.join(", ")}`;
    return [{ rule: "refused_no_effect", subject: name, problem }];
  });
}

/** Once a command had its own answer, whatever is sent after that gets the same, unless nobody could tell. */
function checkSame(
  name: string,
  first: Acknowledged,
  all: Acknowledged[],
  sent: { message: string; at: number }[],
) {
  const times = new Map(sent.map(({ message, at }) => [message, at]));
  return all.flatMap((one): Violation[] => {
    const isSame = one.answer === first.answer && one.body === first.body;
    const isLater = (times.get(one.message) ?? 0) > first.at;
    // What was sent before may have been looked at before, and refused for another reason.
    if (isSame || OPEN.has(one.answer) || one.answer === "rate_limited" || (!isOwn(one) && !isLater))
      return [];
    const problem = `it was answered ${told(first)} and ${told(one)}`;
    return [{ rule: "same_answer", subject: name, problem }];
  });
}

function told({ answer, event, body, message }: Acknowledged): string {
  return `${answer} ${event ? `version ${event.version} (${event.digest}) ` : ""}${body} to ${message}`;
}
