/** The checker on vouchers: a valid life passes, and each way of breaking it is found. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { check } from "./checker.ts";
import type { Evidence, RuleName } from "./findings.ts";
import {
  rewrite,
  storedVoucher,
  VOUCHER_ID,
  validVoucher,
  voucherLine,
  voucherMarkAt,
} from "./valid-voucher.ts";

const checker = suite("the checker, of vouchers,");

function rulesOf(evidence: Evidence): RuleName[] {
  return [...new Set(check(evidence).map(({ rule }) => rule))].sort();
}

/** The newest events are gone from the store. */
function lose(evidence: Evidence, count: number): void {
  const voucher = storedVoucher(evidence);
  const kept = voucher.version - count;
  voucher.log.splice(kept);
  voucher.answers = voucher.answers.filter(({ version }) => version <= kept);
  voucher.version = kept;
  voucher.state = voucherMarkAt(kept).state;
  evidence.book.journals[0]?.splice(-count);
}

checker("finds nothing wrong with one that was drawn, approved and paid out", () => {
  assert.equal(check(validVoucher()), []);
  assert.equal(check(validVoucher(true)), []);
});

type Lie = [title: string, rules: RuleName[], tell: (evidence: Evidence) => void];

const LIES: Lie[] = [
  [
    "an event of it that a failover has lost, although it was noticed",
    ["voucher_kept"],
    (evidence) => {
      evidence.mayRollBack = true;
      lose(evidence, 1);
      storedVoucher(evidence).fence = "fenced";
      for (const view of evidence.history.views)
        if (view.issuanceId === VOUCHER_ID) view.failed = "rolled_back";
      const notice = { at: 160, terminal: "acme/1", issuanceId: VOUCHER_ID, code: "rolled_back" } as const;
      evidence.history.notices.push(notice);
    },
  ],
  [
    "one that is gone as a whole, and nobody noticed",
    ["in_order", "journal", "noticed", "voucher_kept"],
    ({ book }) => void book.vouchers.delete(VOUCHER_ID),
  ],
  ["an event without a command", ["one_effect"], (evidence) => void storedVoucher(evidence).answers.shift()],
  [
    "a command with two effects",
    ["one_effect"],
    (evidence) => {
      const [, draw] = storedVoucher(evidence).answers;
      if (draw) draw.commandId = "v2";
      if (draw) draw.party = "nord";
    },
  ],
  [
    "a settlement that a party's command has caused",
    ["one_effect"],
    (evidence) => {
      const [, , approve] = storedVoucher(evidence).answers;
      if (approve) storedVoucher(evidence).answers.push({ ...approve, version: 5 });
    },
  ],
  [
    "two answers to one command that differ",
    ["same_answer"],
    ({ history }) => {
      const again = { party: "nord", command: "voucher:draw", commandId: "v3", message: "again" } as const;
      history.sent.push({ ...again, at: 300 });
      history.acknowledged.push({
        ...again,
        at: 305,
        answer: "done",
        event: voucherMarkAt(3),
        body: "other",
      });
    },
  ],
  [
    "a beneficiary that never saw that it was paid",
    ["in_order"],
    ({ history }) => void history.views.at(-1)?.events.pop(),
  ],
  [
    "a party that saw another event than the others",
    ["in_order", "voucher_kept"],
    ({ history }) => {
      const view = history.views.at(-1);
      if (view) view.events[1] = { ...voucherMarkAt(3), digest: "half-2another" };
    },
  ],
  [
    "a step that the lifecycle does not allow",
    ["legal"],
    (evidence) =>
      rewrite(evidence, 4, voucherLine(4, { by: "i", type: "drawing.honoured", state: "honoured" })),
  ],
  [
    "a digest that does not follow the one before",
    ["in_order", "legal", "voucher_kept"],
    (evidence) => rewrite(evidence, 3, voucherLine(3).replace("half-2", "half-9")),
  ],
  [
    "a drawing after its end",
    ["one_effect", "one_end"],
    (evidence) =>
      rewrite(evidence, 5, voucherLine(5, { by: "b", type: "drawing.presented", state: "honoured" })),
  ],
  [
    "a settlement that leads to another state",
    ["legal"],
    (evidence) => {
      rewrite(evidence, 5, voucherLine(5, { by: "h", type: "drawing.settled", state: "released" }));
      storedVoucher(evidence).state = "released";
    },
  ],
  [
    "a record that ends otherwise than its log",
    ["legal"],
    (evidence) => {
      storedVoucher(evidence).state = "expired";
    },
  ],
  ["an event that the journal does not have", ["journal"], ({ book }) => void book.journals[0]?.pop()],
];

for (const [title, rules, tell] of LIES) {
  checker(`finds ${title}`, () => {
    const evidence = validVoucher();
    tell(evidence);
    assert.equal(rulesOf(evidence), rules);
  });
}

checker.run();
