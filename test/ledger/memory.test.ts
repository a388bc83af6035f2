/** What an issuance costs in the store (design, section 6): at most 2 KiB while it is open. */
import { newCommandId } from "@tallystick/client";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const memory = suite("memory");

const BUDGET = 2048;
const COUNT = 2000;
/** As many issuances a partition as a book of 256 partitions has with 100,000 open. */
const PARTITIONS = 5;
const PARTIES = 100;

let book: TestLedger;
let client: Redis;
memory.before(async () => {
  book = await startLedger({ partitions: PARTITIONS });
  client = book.redis.client();
  for (let party = 0; party < PARTIES; party++) {
    const name = { party: payerOf(party), number: `62220202001122${party}` };
    const body = { kind: "funds", holder: "北京贸易有限公司", currency: "CNY", balance: 10 ** 12 } as const;
    await book.accounts.put(name, body);
  }
  // The first use of each script costs once, and not for each issuance.
  await Promise.all(
    await begin(PARTIES).then((ids) => ids.map((id) => advance(id, ["agree", "open", "submit"]))),
  );
});
memory.after(() => book.stop());

function payerOf(index: number): string {
  return `payer-${index % PARTIES}`;
}

async function usedMemory(): Promise<number> {
  const found = /^used_memory_dataset:(\d+)/m.exec(await client.info("memory"));
  return Number(found?.[1]);
}

interface Begun {
  index: number;
  issuanceId: string;
}

const issuer = { party: "issuer-1" };

function begin(count: number): Promise<Begun[]> {
  const request = async (index: number) => {
    const outcome = await book.ledger.requestPayer(issuer, {
      commandId: newCommandId(),
      payer: payerOf(index),
      amount: 125_000_00,
      currency: "CNY",
      memo: "Order 2026/0815",
    });
    if (outcome.kind !== "done") throw new Error(outcome.code);
    return { index, issuanceId: outcome.snapshot.issuanceId };
  };
  return Promise.all(Array.from({ length: count }, (_, index) => request(index)));
}

const STEPS = {
  agree: ({ index, issuanceId }: Begun) =>
    book.ledger.execute("payer:agree", { party: payerOf(index) }, { commandId: newCommandId(), issuanceId }),
  open: ({ issuanceId }: Begun) =>
    book.ledger.execute("issuance:open", issuer, { commandId: newCommandId(), issuanceId }),
  submit: ({ index, issuanceId }: Begun) =>
    book.ledger.execute(
      "account:submit",
      { party: payerOf(index) },
      {
        commandId: newCommandId(),
        issuanceId,
        account: { number: `62220202001122${index % PARTIES}`, holder: "北京贸易有限公司" },
      },
    ),
  accept: ({ issuanceId }: Begun) =>
    book.ledger.execute("issuance:accept", issuer, { commandId: newCommandId(), issuanceId }),
  cancel: ({ issuanceId }: Begun) =>
    book.ledger.execute("issuance:cancel", issuer, { commandId: newCommandId(), issuanceId }),
};
type Step = keyof typeof STEPS;

async function advance(begun: Begun, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const outcome = await STEPS[step](begun);
    if (outcome.kind !== "done") throw new Error(`${step}: ${outcome.code}`);
  }
}

/** Bytes of the store for each issuance that was brought there, its share of queues, indexes and journal included. */
async function costOf(steps: readonly Step[]): Promise<number> {
  const before = await usedMemory();
  const begun = await begin(COUNT);
  await Promise.all(begun.map((one) => advance(one, steps)));
  await book.ledger.openIssuances.pruneEnded();
  return Math.round(((await usedMemory()) - before) / COUNT);
}

const OPEN: [state: string, steps: Step[]][] = [
  ["proposed", []],
  ["opened", ["agree", "open"]],
  ["verified", ["agree", "open", "submit"]],
];
for (const [state, steps] of OPEN) {
  memory(`an issuance that is ${state} takes no more than 2 KiB of the store`, async () => {
    const cost = await costOf(steps);
    console.log(`store memory of an issuance that is ${state}: ${cost} bytes of ${BUDGET}`);
    assert.ok(cost > 0 && cost <= BUDGET, `${cost} bytes`);
  });
}

for (const [state, steps] of [
  ["issued, with its freeze and voucher", ["agree", "open", "submit", "accept"]],
  ["cancelled", ["agree", "open", "submit", "cancel"]],
] as [string, Step[]][]) {
  memory(`what an issuance costs that is ${state} is told`, async () => {
    const cost = await costOf(steps);
    console.log(`store memory of an issuance that is ${state}: ${cost} bytes`);
    assert.ok(cost > 0);
  });
}

memory.run();
