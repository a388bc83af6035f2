/**
 * Random lives of vouchers against real Redis and a pure model: repeats, other versions, time, and hubs that die between
 * any two steps of a settlement and go on with what they knew. States, answers and money agree after each step, and
 * nothing is made or lost. FC_RUNS=50 makes it fifty times as long; a failure prints what replays it.
 */
import type { VoucherCommandName } from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { holds, leftOut } from "../helpers/properties.ts";
import { checkStore } from "../hub/books.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";
import { type VoucherStep, voucherLives } from "./voucher-steps.ts";
import { VoucherWorld } from "./voucher-world.ts";

const model = suite("the model of vouchers");

let book: TestLedger;
model.before(async () => {
  book = await startLedger();
});
model.after(() => book.stop());

/** How often each kind of answer was given, to know that the steps go far enough. */
const reached = new Map<string, number>();

async function walk(steps: readonly VoucherStep[]): Promise<void> {
  const world = new VoucherWorld(book, (answer) => reached.set(answer, (reached.get(answer) ?? 0) + 1));
  await world.begin();
  for (const step of steps) await world.take(step);
  await world.finish();
}

const lives = fc.asyncProperty(voucherLives, walk);

model("the ledger of vouchers and its model agree after every step", () =>
  holds(lives, { name: "vouchers", runs: 200 }),
);

/** What a beneficiary or an approver does, when it is its turn. */
function act(command: VoucherCommandName, commandId: number): VoucherStep {
  const rest = { version: "any", seen: "nothing", amount: 10, drawing: 0, final: false } as const;
  return { kind: "act", voucher: 0, command, party: 0, isRightParty: true, commandId, ...rest };
}

model(
  "they agree on a life that chance seldom leads: what can't be paid is sent to an account that is none, and then paid outside",
  () =>
    walk([
      act("voucher:accept", 0),
      act("voucher:draw", 1),
      { kind: "payee", party: 2, isFunds: false },
      act("drawing:approve", 2),
      { kind: "find", settlement: 0 },
      { kind: "credit", found: 0 },
      { kind: "close", found: 0 },
      { kind: "redirect", settlement: 1, isThere: false },
      { kind: "find", settlement: 0 },
      { kind: "credit", found: 1 },
      { kind: "close", found: 1 },
      { kind: "report", settlement: 1, reference: 0, twice: true },
    ]),
);

model("all vouchers, freezes, accounts and settlements of the store fit each other", async () => {
  const { vouchers } = await checkStore(book.store);
  assert.ok(vouchers > 0);
});

model("the steps have been through all that can be answered", async () => {
  const EVERYTHING = [
    "voucher.accepted",
    "voucher.rejected",
    "voucher.withdrawn",
    "voucher.released",
    "voucher.expiring",
    "voucher.expired",
    "voucher.voided",
    "drawing.presented",
    "drawing.honoured",
    "drawing.refused",
    "again",
    "not_found",
    "forbidden",
    "rolled_back",
    "wrong_state",
    "conflict",
    "exceeds_remaining",
    "account_not_payable",
    "credit: done",
    "credit: account_not_payable",
    "credit: account_name_mismatch",
    "close: done",
    "close: again",
    "close: wrong_state",
    "redirect: done",
    "redirect: wrong_state",
    "report: done",
    "report: again",
    "report: wrong_state",
  ];
  // What is replayed is less.
  if (process.env.FC_SEED || process.env.FC_RUNS) return;
  const missing = () => EVERYTHING.filter((answer) => !reached.has(answer));
  assert.equal(await leftOut(lives, { name: "vouchers", runs: 200, missing }), []);
});

model.run();
