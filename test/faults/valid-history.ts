/** A valid history of one issuance, as its terminals and the store have it, for tests that break it in one point. */
import type { CommandName, EventType, State } from "@tallystick/protocol";
import { type Evidence, type LoggedEvent, readLine } from "./findings.ts";
import { emptyHistory, type Mark } from "./history.ts";
import type { StoredIssuance } from "./records.ts";

export const ID = "3-aaaaaaaaaaaaaaaa";
/** Who did what, in order, and what came of it. */
const STEPS: [party: string, command: CommandName, type: EventType, state: State][] = [
  ["shop", "payer:request", "payer.requested", "proposed"],
  ["acme", "payer:agree", "payer.agreed", "agreed"],
  ["shop", "issuance:open", "issuance.opened", "opened"],
  ["acme", "account:submit", "account.verified", "verified"],
  ["shop", "issuance:accept", "voucher.issued", "issued"],
];

export function markAt(version: number): Mark {
  const [, , type, state] = STEPS[version - 1] as (typeof STEPS)[number];
  return { issuanceId: ID, version, digest: `d${version}`, type, state };
}

export function lineAt(version: number): string {
  const [party, , type, state] = STEPS[version - 1] as (typeof STEPS)[number];
  const waits = version < STEPS.length ? WAITS_UNTIL - AT : "";
  return `d${version}|${type}|${party === "shop" ? "i" : "p"}|${state}|${AT}|${waits}`;
}

/** When all of it happened, and until when each step waits for the next, milliseconds. */
const AT = 1000;
export const WAITS_UNTIL = 2000;
const VERSIONS = STEPS.map((_, index) => index + 1);

/** A history of one issuance in which all guarantees hold. */
export function validHistory(mayRollBack = false): Evidence {
  const history = emptyHistory();
  for (const version of VERSIONS) {
    const [party, command] = STEPS[version - 1] as (typeof STEPS)[number];
    const intent = { party, command, commandId: `c${version}`, message: `m${version}` };
    history.sent.push({ ...intent, at: 10 * version });
    const event = markAt(version);
    history.acknowledged.push({
      ...intent,
      at: 10 * version + 5,
      answer: "done",
      event,
      body: `b${version}`,
    });
    const snapshot = { issuanceId: ID, version, digest: `d${version}` };
    history.calls.push({ ...intent, at: 10 * version + 6, terminal: party, outcome: "done", snapshot });
  }
  for (const party of ["shop", "acme"]) {
    const from = { version: 1, digest: "d1", state: "proposed" } as const;
    const events = VERSIONS.slice(1).map(markAt);
    history.views.push({ terminal: `${party}/1`, party, issuanceId: ID, from, events });
  }
  history.told.push({ at: 55, terminal: "acme/1", event: markAt(5) });
  const issuance: StoredIssuance = {
    issuanceId: ID,
    issuer: "shop",
    payer: "acme",
    review: "first",
    state: "issued",
    version: STEPS.length,
    fence: "",
    decided: false,
    log: VERSIONS.map(lineAt),
    answers: STEPS.map(([party], index) => ({
      party,
      commandId: `c${index + 1}`,
      version: index + 1,
      code: "",
    })),
  };
  const journal = issuance.log.map((line) => ({ issuanceId: ID, line }));
  const issuances = new Map([[ID, issuance]]);
  const book = { issuances, vouchers: new Map(), journals: [journal], findings: [] };
  return { history, book, mayRollBack };
}

/** The one issuance of the history. */
export function stored({ book }: Evidence): StoredIssuance {
  return book.issuances.get(ID) as StoredIssuance;
}

/** Takes the newest events out of the store, as a failover does. */
export function lose(evidence: Evidence, count: number): void {
  const issuance = stored(evidence);
  const kept = issuance.log.length - count;
  issuance.log.splice(kept);
  issuance.answers.splice(kept);
  evidence.book.journals[0]?.splice(kept);
  issuance.version = kept;
  issuance.state = markAt(kept).state;
}

/** Takes the newest events out of the store, as putting an earlier copy back does; a terminal is told, and it is fenced. */
export function rewind(evidence: Evidence, count: number): void {
  const { history } = evidence;
  const lost = stored(evidence).log.slice(-count);
  const from = stored(evidence).log.length - count + 1;
  history.rewinds.push({
    at: 60,
    lost: lost.map((line, index) => ({
      issuanceId: ID,
      version: from + index,
      digest: readLine(line).digest,
    })),
  });
  lose(evidence, count);
  for (const view of history.views) view.failed = "rolled_back";
  history.notices.push({ at: 61, terminal: "acme/1", issuanceId: ID, code: "rolled_back" });
  Object.assign(stored(evidence), { fence: "decided", decided: true });
}

/** Takes the last step out of history and store. */
export function dropLastStep(evidence: Evidence): void {
  const { history } = evidence;
  for (const list of [history.sent, history.acknowledged, history.calls, history.told]) list.pop();
  for (const view of history.views) view.events.pop();
  lose(evidence, 1);
}

/** Ends what is left in the store, as the hub does when a deadline has passed; answers the event. */
export function expire(evidence: Evidence, at = WAITS_UNTIL): Mark {
  return end(evidence, { type: "issuance.expired", state: "expired", at });
}

/** Ends what is left in the store, as an operator does who decides about a fence; answers the event. */
export function cancel(evidence: Evidence): Mark {
  return end(evidence, { type: "issuance.cancelled", state: "cancelled", at: WAITS_UNTIL - 1 });
}

function end(evidence: Evidence, { type, state, at }: Pick<LoggedEvent, "type" | "state" | "at">): Mark {
  const issuance = stored(evidence);
  const line = `dx|${type}|h|${state}|${at}|`;
  issuance.log.push(line);
  evidence.book.journals[0]?.push({ issuanceId: ID, line });
  issuance.version += 1;
  issuance.state = state;
  return { issuanceId: ID, version: issuance.version, digest: "dx", type, state };
}
