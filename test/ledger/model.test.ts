// about 10 s
/**
 * Random steps of several parties over several issuances and accounts, repeats and other versions included,
 * against real Redis and a pure model: states, answers, versions and money agree after each step.
 * FC_RUNS=50 makes it fifty times as long; a failure prints what replays it.
 */
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { holds, leftOut } from "../helpers/properties.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";
import { type Step, sequences } from "./steps.ts";
import { World } from "./world.ts";

const model = suite("model");

let book: TestLedger;
model.before(async () => {
  book = await startLedger();
});
model.after(() => book.stop());

/** How often each kind of answer was given, to know that the steps go far enough. */
const reached = new Map<string, number>();

async function walk(steps: readonly Step[]): Promise<void> {
  const world = new World(book, (answer) => reached.set(answer, (reached.get(answer) ?? 0) + 1));
  await world.begin();
  for (const step of steps) await world.take(step);
  await world.finish();
}

const lives = fc.asyncProperty(sequences, walk);

model("the ledger and its model agree after every step", () => holds(lives, { name: "model", runs: 250 }));

model("the steps have been through all that can be answered", async () => {
  const EVERYTHING = [
    "payer.requested",
    "payer.agreed",
    "payer.declined",
    "issuance.opened",
    "account.verified",
    "account.change_agreed",
    "account.kept",
    "voucher.issued",
    "issuance.cancelled",
    "issuance.expired",
    "again",
    "not_found",
    "forbidden",
    "rolled_back",
    "wrong_state",
    "conflict",
    "account_name_mismatch",
    "account_blocked",
    "currency_mismatch",
    "insufficient_funds",
    "insufficient_credit",
  ];
  // What is replayed is less.
  if (process.env.FC_SEED || process.env.FC_RUNS) return;
  const missing = () => EVERYTHING.filter((answer) => !reached.has(answer));
  assert.equal(await leftOut(lives, { name: "model", runs: 250, missing }), []);
});

model.run();
