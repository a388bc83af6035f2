/** What was asked of hubs while something was done to the store as a whole, or to one of them. */
import type { Evidence, Violation } from "./findings.ts";
import { groupBy } from "./findings.ts";
import type { Emptied, History } from "./history.ts";
import { HEAR_WITHIN_MS } from "./request-untold.ts";

export function checkStore({ history }: Evidence): Violation[] {
  return [
    ...history.emptied.flatMap((emptied) => checkEmptied(emptied, history)),
    ...checkMoved(history),
    ...checkInvited(history),
    ...checkWritten(history),
  ];
}

/** So many answers it takes until a payer that watches has what it found. */
const ANSWERS = 3;
/** Answers to what is sent while there is no book. */
const NOT_SERVED: ReadonlySet<string> = new Set(["unavailable", "rate_limited"]);

function checkEmptied({ from, until, begun, ready }: Emptied, history: History): Violation[] {
  const found = (subject: string, problem: string): Violation => ({ rule: "not_served", subject, problem });
  const sentAt = new Map(history.sent.map(({ message, at }) => [message, at]));
  const served = history.acknowledged.filter(
    ({ message, at, answer }) => (sentAt.get(message) ?? 0) > from && at < until && !NOT_SERVED.has(answer),
  );
  return [
    ...begun.map((key) => found(key, "it began in an empty store")),
    ...ready.map((hub) => found(hub, "it was ready, and the store was empty")),
    ...served.map(({ message, command, answer }) =>
      found(message, `${command} was answered ${answer}, and the store was empty`),
    ),
  ];
}

function checkMoved({ moved }: History): Violation[] {
  return moved.flatMap(({ hub, followedMs }) => {
    if (followedMs !== undefined) return [];
    return [{ rule: "followed", subject: hub, problem: "it stayed with the demoted master" }];
  });
}

function checkInvited({ untold, invited }: History): Violation[] {
  const told = groupBy(invited, ({ issuanceId }) => issuanceId);
  return untold.flatMap(({ issuanceId, at, connected, slowestMs }): Violation[] => {
    // Once one of the party's has answered, also one that came back meanwhile, there is no invitation for the others.
    const heard = told.get(issuanceId) ?? [];
    const afterMs = Math.min(...heard.map((one) => one.at - at));
    if (connected.length === 0 || afterMs <= HEAR_WITHIN_MS + ANSWERS * slowestMs) return [];
    const when = heard.length === 0 ? "never heard" : `heard after ${Math.round(afterMs)} ms`;
    const problem = `${connected.join(" and ")} stayed connected, and ${when}`;
    return [{ rule: "invited", subject: issuanceId, problem }];
  });
}

function checkWritten({ written }: History): Violation[] {
  return written.flatMap(({ party, number, expected, found, otherAnswers }) => {
    const subject = `${party}/${number}`;
    const problems = otherAnswers.map((other) => `a repeat had another answer: ${other}`);
    if (found !== expected) problems.push(`it holds ${found}, and was written to hold ${expected}`);
    return problems.map((problem): Violation => ({ rule: "written_once", subject, problem }));
  });
}
