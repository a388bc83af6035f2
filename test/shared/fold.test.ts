/** An issuance is the sum of its events: what terminals and repeated answers count on. */
import {
  fold,
  foldAll,
  type IssuanceEvent,
  MAX_REFUSALS,
  REVIEWS,
  type Review,
  type Snapshot,
} from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { holds } from "../helpers/properties.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { readIssuance } from "../helpers/read-issuance.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";

const folding = suite("fold");

let book: TestLedger;
folding.before(async () => {
  book = await startLedger();
  for (const [number, balance] of [
    ["good", 1_000_000],
    ["wavering", 1_000_000],
    ["empty", 0],
  ] as const) {
    await book.accounts.put(
      { party: "payer", number },
      { kind: "funds", holder: "Payer", currency: "CNY", balance },
    );
  }
});
folding.after(() => book.stop());

type Step = (issuanceId: string) => Promise<unknown>;
const issuer = { party: "issuer" };
const payer = { party: "payer" };
const submit =
  (number: string): Step =>
  (issuanceId) =>
    book.ledger.execute("account:submit", payer, {
      commandId: freshId(),
      issuanceId,
      account: { number, holder: "Payer" },
    });
const intent = (issuanceId: string) => ({ commandId: freshId(), issuanceId });
const wavering = { party: "payer", number: "wavering" };

const STEPS = {
  agree: (id) => book.ledger.execute("payer:agree", payer, intent(id)),
  decline: (id) => book.ledger.execute("payer:decline", payer, { ...intent(id), reason: "either|or" }),
  open: (id) => book.ledger.execute("issuance:open", issuer, intent(id)),
  "submit good": submit("good"),
  "submit wavering": submit("wavering"),
  "submit empty": submit("empty"),
  change: (id) =>
    book.ledger.execute("account:change", issuer, { ...intent(id), reason: "use credit | please" }),
  keep: (id) => book.ledger.execute("account:keep", payer, intent(id)),
  accept: (id) => book.ledger.execute("issuance:accept", issuer, intent(id)),
  "accept without money": async (id) => {
    await book.accounts.setStatus(wavering, "blocked");
    await book.ledger.execute("issuance:accept", issuer, intent(id));
    await book.accounts.setStatus(wavering, "active");
  },
  cancel: (id) => book.ledger.execute("issuance:cancel", payer, { ...intent(id), reason: "||" }),
} as const satisfies Record<string, Step>;
type StepName = keyof typeof STEPS;

async function begin(review: Review): Promise<string> {
  const outcome = await book.ledger.requestPayer(issuer, {
    commandId: freshId(),
    payer: "payer",
    amount: 1,
    currency: "CNY",
    memo: "a|memo",
    review,
  });
  if (outcome.kind !== "done") throw new Error(outcome.code);
  return outcome.snapshot.issuanceId;
}

/** Takes the steps, and checks after each that the log folds to what the store says. */
async function checkAlong(review: Review, steps: readonly StepName[]): Promise<Snapshot> {
  const issuanceId = await begin(review);
  let reading = await readIssuance(book.ledger, issuanceId);
  for (const step of steps) {
    await STEPS[step](issuanceId);
    reading = await readIssuance(book.ledger, issuanceId);
    assert.equal(foldAll(reading.events), reading.snapshot, `after ${step}`);
  }
  return reading.snapshot;
}

const names = Object.keys(STEPS) as StepName[];
// Most ways begin like this, so most cases do; what ends an issuance early is rare.
const often = names.filter(
  (name) => name !== "decline" && name !== "cancel" && name !== "agree" && name !== "open",
);
const walks = fc.oneof(
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...names), { maxLength: 8 }) },
  {
    weight: 4,
    arbitrary: fc
      .array(fc.constantFrom(...often), { minLength: 1, maxLength: 14 })
      .map((rest) => ["agree", "open", ...rest] as StepName[]),
  },
);

folding("after any commands at all, the log folds to the snapshot that the hub gives", () =>
  holds(
    fc.asyncProperty(fc.constantFrom(...REVIEWS), walks, async (review, steps) => {
      await checkAlong(review, steps);
    }),
    { name: "fold", runs: 150 },
  ),
);

const TOLD: [title: string, review: Review, steps: StepName[], expected: Partial<Snapshot>][] = [
  [
    "an account refused while a change is under way leaves the one before it standing",
    "first",
    ["agree", "open", "submit good", "change", "submit empty"],
    { state: "changing", account: { kind: "funds", last4: "od" }, changes: 1 },
  ],
  [
    "an account refused at the acceptance no longer stands",
    "first",
    ["agree", "open", "submit wavering", "accept without money"],
    { state: "opened", account: undefined as never },
  ],
  [
    "no account stands in an issuance that failed at the acceptance",
    "first",
    [
      ...steps("agree", "open"),
      ...times(MAX_REFUSALS - 1, "submit empty"),
      "submit wavering",
      "accept without money",
    ],
    { state: "failed", account: undefined as never },
  ],
  [
    "no account stands in an issuance that failed during a change",
    "first",
    [...steps("agree", "open", "submit good", "change"), ...times(MAX_REFUSALS, "submit empty")],
    { state: "failed", account: undefined as never },
  ],
];
for (const [title, review, path, expected] of TOLD) {
  folding(title, async () => {
    const snapshot = await checkAlong(review, path);
    for (const [key, value] of Object.entries(expected))
      assert.equal(snapshot[key as keyof Snapshot], value, key);
  });
}

function steps(...path: StepName[]): StepName[] {
  return path;
}
function times(count: number, step: StepName): StepName[] {
  return new Array<StepName>(count).fill(step);
}

async function someEvents(): Promise<IssuanceEvent[]> {
  const issuanceId = await begin("first");
  for (const step of steps("agree", "open", "submit good")) await STEPS[step](issuanceId);
  const reading = await readIssuance(book.ledger, issuanceId);
  return reading.events ?? [];
}

folding("a gap, a repeat and a log without its beginning are errors, never a wrong snapshot", async () => {
  const events = await someEvents();
  const [first, second, third] = events as [IssuanceEvent, IssuanceEvent, IssuanceEvent];
  assert.throws(() => foldAll([first, third]), /version 3, but what came before is 1/);
  assert.throws(() => foldAll([first, second, second]), /version 2, but what came before is 2/);
  assert.throws(() => foldAll([second, third]), /version 2, but what came before is missing/);
  assert.throws(() => fold(undefined, second), RangeError);
});

folding("no events are no issuance", () => assert.is(foldAll([]), undefined));

folding("the snapshot before is left as it was", async () => {
  const events = await someEvents();
  const snapshots = events.map((_, index) => foldAll(events.slice(0, index + 1)) as Snapshot);
  const copies = structuredClone(snapshots);
  snapshots.forEach((snapshot, index) => {
    const next = events[index + 1];
    if (next) fold(snapshot, next);
  });
  assert.equal(snapshots, copies);
});

folding.run();
