/** The checker itself: a valid history passes, and each way of breaking it is found. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { check } from "./checker.ts";
import { ASKED_AT_THE_END } from "./claims.ts";
import type { Evidence, RuleName } from "./findings.ts";
import {
  cancel,
  dropLastStep,
  expire,
  ID,
  lineAt,
  lose,
  markAt,
  rewind,
  stored,
  validHistory,
  WAITS_UNTIL,
} from "./valid-history.ts";

const checker = suite("the checker");

function rulesOf(evidence: Evidence): RuleName[] {
  return [...new Set(check(evidence).map(({ rule }) => rule))].sort();
}

checker("finds nothing wrong with a valid history", () => {
  assert.equal(check(validHistory()), []);
  assert.equal(check(validHistory(true)), []);
});

checker("finds nothing wrong with an issuance that expired in time", () => {
  const evidence = validHistory();
  dropLastStep(evidence);
  const event = expire(evidence);
  for (const view of evidence.history.views) view.events.push(event);
  assert.equal(check(evidence), []);
});

/** While the last command of the valid history was sent and done. */
const EMPTIED = { from: 45, until: 57, begun: [], ready: [] };
const WRITTEN = { party: "ledger", number: "1", expected: 7, found: 7, otherAnswers: [] };

const DECIDED = { fence: "decided", decided: true };

type Lie = [title: string, rules: RuleName[], tell: (evidence: Evidence) => void];

const again = { party: "acme", command: "account:submit", commandId: "c4", message: "m4 again" } as const;

const LIES: Lie[] = [
  [
    "an acknowledged event that is not in the store",
    ["acknowledged_kept"],
    ({ history }) => {
      history.acknowledged.push({
        ...again,
        commandId: "c9",
        at: 90,
        answer: "done",
        event: { ...markAt(4), digest: "other" },
        body: "b9",
      });
    },
  ],
  [
    "an answer to the SDK's caller that the store has not",
    ["acknowledged_kept"],
    ({ history }) => {
      history.calls[2] = {
        ...(history.calls[2] as (typeof history.calls)[number]),
        snapshot: { issuanceId: ID, version: 9, digest: "d9" },
      };
    },
  ],
  [
    "a terminal that is told of a loss where nothing may be lost",
    ["acknowledged_kept"],
    ({ history }) => {
      history.notices.push({ at: 60, terminal: "acme/1", issuanceId: ID, code: "rolled_back" });
    },
  ],
  [
    "an event without a command",
    ["one_effect"],
    (evidence) => {
      stored(evidence).answers.splice(2, 1);
    },
  ],
  [
    "a command with two effects",
    ["one_effect"],
    (evidence) => {
      const answers = stored(evidence).answers;
      answers[4] = { party: "shop", commandId: "c3", version: 5, code: "" };
    },
  ],
  [
    "an effect of a command that nobody sent",
    ["one_effect"],
    (evidence) => {
      const answer = stored(evidence).answers[1];
      if (answer) answer.commandId = "invented";
    },
  ],
  [
    "an event of another kind than its command causes",
    ["one_effect"],
    ({ history }) => {
      const sent = history.sent[1];
      if (sent) sent.command = "payer:decline";
    },
  ],
  [
    "two answers to one command that differ",
    ["same_answer"],
    ({ history }) => {
      history.sent.push({ ...again, at: 41 });
      history.acknowledged.push({ ...again, at: 47, answer: "done", event: markAt(4), body: "another" });
    },
  ],
  [
    "a repeat that is refused although the command was done",
    ["same_answer"],
    ({ history }) => {
      history.sent.push({ ...again, at: 48 });
      history.acknowledged.push({ ...again, at: 49, answer: "wrong_state", body: "refused" });
    },
  ],
  [
    "an effect of a command that was refused each time",
    ["refused_no_effect"],
    ({ history }) => {
      const acknowledged = history.acknowledged[3];
      if (acknowledged) Object.assign(acknowledged, { answer: "wrong_state", event: undefined });
    },
  ],
  [
    "an event that a terminal has not seen",
    ["in_order"],
    ({ history }) => {
      history.views[0]?.events.splice(1, 1);
    },
  ],
  [
    "an event that a terminal saw twice",
    ["in_order"],
    ({ history }) => {
      history.views[0]?.events.splice(2, 0, markAt(3));
    },
  ],
  [
    "a terminal that never saw the last event",
    ["in_order"],
    ({ history }) => {
      history.views[1]?.events.pop();
    },
  ],
  [
    "a terminal that saw another event than the store has",
    ["acknowledged_kept", "in_order"],
    ({ history }) => {
      const event = history.views[1]?.events[0];
      if (event) event.digest = "other";
    },
  ],
  [
    "a terminal that was told no more, and not why",
    ["in_order"],
    ({ history }) => {
      const view = history.views[1];
      if (view) view.failed = "disconnected";
    },
  ],
  [
    "an issuance that has not ended",
    ["acknowledged_kept", "in_order", "one_end"],
    (evidence) => lose(evidence, 2),
  ],
  [
    "an issuance that goes on after its end",
    ["in_order", "one_end"],
    (evidence) => {
      expire(evidence);
    },
  ],
  [
    "a step that the lifecycle does not allow",
    ["legal"],
    (evidence) => {
      const issuance = stored(evidence);
      const line = (issuance.log[1] as string).replace("|p|", "|i|");
      issuance.log[1] = line;
      (evidence.book.journals[0] as object[])[1] = { issuanceId: ID, line };
    },
  ],
  [
    "a command that came after its deadline",
    ["legal"],
    (evidence) => {
      const issuance = stored(evidence);
      const line = `d3|issuance.opened|i|opened|${WAITS_UNTIL + 1}|1000`;
      issuance.log[2] = line;
      (evidence.book.journals[0] as object[])[2] = { issuanceId: ID, line };
    },
  ],
  [
    "an issuance that expired before its deadline",
    ["legal"],
    (evidence) => {
      dropLastStep(evidence);
      const event = expire(evidence, WAITS_UNTIL - 1);
      for (const view of evidence.history.views) view.events.push(event);
    },
  ],
  [
    "a record that is not where its log is",
    ["legal", "one_end"],
    (evidence) => {
      stored(evidence).state = "opened";
    },
  ],
  [
    "what the audit finds",
    ["audited"],
    ({ book }) => {
      book.findings.push({
        subject: "acme/1",
        problem: "frozen is 5, but its 0 freezes sum up to 0",
        rule: "frozen_unlike_freezes",
      });
    },
  ],
  [
    "a journal with a line missing",
    ["journal"],
    ({ book }) => {
      book.journals[0]?.splice(2, 1);
    },
  ],
  [
    "a journal with a line too many",
    ["journal"],
    ({ book }) => {
      book.journals[0]?.push({ issuanceId: ID, line: lineAt(5) });
    },
  ],
  [
    "a journal in another order",
    ["journal"],
    ({ book }) => {
      book.journals[0]?.reverse();
    },
  ],
  [
    "a journal of an issuance that is not there",
    ["journal"],
    ({ book }) => {
      book.journals[0]?.push({ issuanceId: "3-bbbbbbbbbbbbbbbb", line: lineAt(1) });
    },
  ],
  [
    "something lost that nobody noticed who lives on",
    ["acknowledged_kept", "in_order", "noticed"],
    (evidence) => lose(evidence, 1),
  ],
  [
    "a loss that only who asked at the end noticed",
    ["noticed", "one_end"],
    (evidence) => {
      rewind(evidence, 1);
      for (const notice of evidence.history.notices) notice.terminal += ASKED_AT_THE_END;
    },
  ],
  [
    "a command that was carried out on another past than its author knew",
    ["own_past"],
    ({ history }) => {
      const sent = history.sent[4];
      if (sent) sent.seen = { version: 4, digest: "other" };
    },
  ],
  [
    "a command whose author had seen more than there was before it",
    ["own_past"],
    ({ history }) => {
      const sent = history.sent[2];
      if (sent) sent.seen = { version: 3, digest: "d3" };
    },
  ],
  [
    "what began in an empty store",
    ["not_served"],
    ({ history }) => history.emptied.push({ ...EMPTIED, begun: ["ts:{3}:account:acme:1"] }),
  ],
  [
    "a hub that is ready before an empty store",
    ["not_served"],
    ({ history }) => history.emptied.push({ ...EMPTIED, ready: ["hub 1"] }),
  ],
  [
    "a command that was done before an empty store",
    ["not_served"],
    ({ history }) => history.emptied.push(EMPTIED),
  ],
  [
    "a hub that stays with a demoted master",
    ["followed"],
    ({ history }) => history.moved.push({ at: 5, hub: "hub 1" }),
  ],
  [
    "an invitation that nobody heard of",
    ["invited"],
    ({ history }) => history.untold.push({ at: 5, issuanceId: ID, connected: ["acme/1"], slowestMs: 9 }),
  ],
  [
    "an invitation that was heard of too late",
    ["invited"],
    ({ history }) => {
      history.untold.push({ at: 5, issuanceId: ID, connected: ["acme/1"], slowestMs: 9 });
      history.invited.push({ at: 60_000, issuanceId: ID, terminal: "acme/1" });
    },
  ],
  [
    "a write that was done twice",
    ["written_once"],
    ({ history }) => history.written.push({ ...WRITTEN, found: 12 }),
  ],
  [
    "a write whose repeat had another answer",
    ["written_once"],
    ({ history }) => history.written.push({ ...WRITTEN, otherAnswers: ["409"] }),
  ],
];

for (const [title, rules, tell] of LIES) {
  checker(`finds ${title}`, () => {
    const evidence = validHistory();
    tell(evidence);
    const found = rulesOf(evidence);
    for (const rule of rules) assert.ok(found.includes(rule), `${rule} is not among ${found.join(", ")}`);
    if (rules.length === 1) assert.equal(found, rules);
  });
}

checker("lets a store that was put back lack what it lost, a voucher too, when it was noticed", () => {
  const evidence = validHistory();
  rewind(evidence, 2);
  expire(evidence);
  assert.equal(check(evidence), []);
});

checker("finds a loss beyond what the store lost when it was put back", () => {
  const evidence = validHistory();
  rewind(evidence, 1);
  const [{ lost } = { lost: [] }] = evidence.history.rewinds;
  lost.splice(0);
  expire(evidence);
  assert.ok(rulesOf(evidence).includes("voucher_kept"));
});

checker("takes no offence where a terminal that came back heard of an invitation before the others", () => {
  const evidence = validHistory();
  const { history } = evidence;
  history.untold.push({ at: 5, issuanceId: ID, connected: ["acme/1"], slowestMs: 9 });
  history.invited.push({ at: 400, issuanceId: ID, terminal: "acme/2" });
  assert.equal(check(evidence), []);
});

checker("takes no offence at what was not done before an empty store, and what hubs followed in time", () => {
  const evidence = validHistory();
  const { history } = evidence;
  const intent = { party: "shop", command: "issuance:cancel", commandId: "c7", message: "m7" } as const;
  history.sent.push({ ...intent, at: 105, seen: { version: 5, digest: "d5" } });
  history.acknowledged.push({ ...intent, at: 108, answer: "unavailable", body: "u" });
  history.emptied.push({ from: 100, until: 110, begun: [], ready: [] });
  history.moved.push({ at: 5, hub: "hub 1", followedMs: 300 });
  history.untold.push({ at: 5, issuanceId: ID, connected: ["acme/1", "acme/2"], slowestMs: 9 });
  history.invited.push({ at: 900, issuanceId: ID, terminal: "acme/2" });
  history.written.push(WRITTEN);
  assert.equal(check(evidence), []);
});

/** What a failover loses of a history without its voucher: the last step before it. */
function rolledBack(how: { noticed: boolean; mayRollBack: boolean }): Evidence {
  const evidence = validHistory(how.mayRollBack);
  const { history } = evidence;
  dropLastStep(evidence);
  lose(evidence, 1);
  expire(evidence);
  for (const view of history.views) view.failed = "rolled_back";
  if (how.noticed) {
    Object.assign(stored(evidence), DECIDED);
    history.listed.add(ID);
  }
  return evidence;
}

checker("lets a failover lose what freezes no money, when it was noticed", () => {
  assert.equal(check(rolledBack({ noticed: true, mayRollBack: true })), []);
});

checker("finds a loss that nobody noticed, or that no failover explains", () => {
  const rules: RuleName[] = ["acknowledged_kept", "in_order"];
  assert.equal(rulesOf(rolledBack({ noticed: false, mayRollBack: true })), [...rules, "noticed"]);
  assert.equal(rulesOf(rolledBack({ noticed: true, mayRollBack: false })), rules);
});

checker("finds a lost voucher, noticed or not", () => {
  const evidence = validHistory(true);
  lose(evidence, 1);
  expire(evidence);
  Object.assign(stored(evidence), DECIDED);
  assert.ok(rulesOf(evidence).includes("voucher_kept"));
});

checker("finds a terminal that goes on where the store went back, and was not told", () => {
  const evidence = rolledBack({ noticed: true, mayRollBack: true });
  for (const view of evidence.history.views) delete view.failed;
  assert.equal(rulesOf(evidence), ["in_order"]);
});

checker("finds a terminal that went on from what was lost without being told", () => {
  const evidence = validHistory(true);
  const [view] = evidence.history.views;
  const event = view?.events[1];
  if (event) event.digest = "lost";
  Object.assign(stored(evidence), DECIDED);
  assert.equal(rulesOf(evidence), ["in_order"]);
});

checker("lets an operator end what is fenced, also when it is fenced once more after that", () => {
  const fences = [DECIDED, { fence: "fenced", decided: true }, { fence: "fenced", decided: false }, {}];
  for (const [index, fence] of fences.entries()) {
    const evidence = validHistory(true);
    dropLastStep(evidence);
    const event = cancel(evidence);
    for (const view of evidence.history.views) view.events.push(event);
    Object.assign(stored(evidence), fence);
    assert.equal(rulesOf(evidence), index < 2 ? [] : ["legal"]);
  }
});

checker("takes no offence at an answer that says that nobody knows", () => {
  const evidence = validHistory();
  const { history } = evidence;
  history.sent.push({ ...again, at: 46 });
  history.acknowledged.push({ ...again, at: 49, answer: "unavailable", body: "u" });
  history.sent.push({ ...again, message: "m4 lost", at: 50 });
  assert.equal(check(evidence), []);
});

checker("takes no offence at a copy that was refused before the other was done", () => {
  const evidence = validHistory();
  const { history } = evidence;
  history.sent.push({ ...again, at: 39 });
  history.acknowledged.push({ ...again, at: 42, answer: "wrong_state", body: "refused" });
  assert.equal(check(evidence), []);
});

checker.run();
