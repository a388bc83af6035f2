/** An amount that is none ends a script before anything is written, wherever it came from: schemas refuse it at the edge. */
import { MAX_AMOUNT } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { accountKeys, voucherKeys } from "../../server/ledger/keys.ts";
import type { FoundSettlement } from "../../server/ledger/settlements.ts";
import { AMOUNT, BENEFICIARY, CREDIT, FROM, ISSUER, PAYER, TO, VoucherBook } from "../audit/vouchers.ts";
import { makeOlderIn } from "../vouchers/time.ts";
import { everythingIn } from "./everything.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const amounts = suite("amounts");

let book: TestLedger;
let client: Redis;
let vouchers: VoucherBook;
amounts.before.each(async () => {
  book = await startLedger();
  client = book.redis.client();
  vouchers = new VoucherBook(book);
  await vouchers.begin();
});
amounts.after.each(() => book.stop());

/** Runs what has to end with an error of the script's own, and to write nothing. */
async function failsWhole(what: string, run: () => Promise<unknown>): Promise<void> {
  const before = await everythingIn(client);
  let thrown: unknown;
  await run().catch((error: unknown) => {
    thrown = error;
  });
  assert.ok(thrown instanceof Error && thrown.message.includes("ASSERT"), `${what}: ${thrown}`);
  assert.equal(await everythingIn(client), before, what);
}

const NEVER = [-1, 0.5, 1.5, MAX_AMOUNT + 1, 1e21, Number.NaN, Number.POSITIVE_INFINITY];
const WAITING = { approval: { by: "payer", within: 3600 } } as const;
const payer = { party: PAYER };

amounts(
  "are whole, above 0, and no more than can be kept exactly, in each script that is sent one",
  async () => {
    const onDemand = await vouchers.issue();
    const waiting = await vouchers.issue(WAITING);
    const id = await vouchers.draw(onDemand, 1);
    const found = (await book.ledger.settlements.find(id)) as FoundSettlement;
    const onCredit = await vouchers.issue({ from: CREDIT });
    await vouchers.draw(onCredit, 10);
    const { accounts, ledger } = book;
    const [name, line] = [
      { ...payer, number: FROM },
      { ...payer, number: CREDIT },
    ];
    const described = { holder: "Acme Ltd", currency: "CNY" } as const;
    const to = { number: TO, holder: "Carrier" };
    const draw = (voucherId: string, amount: number) =>
      ledger.vouchers.execute(
        "voucher:draw",
        { party: BENEFICIARY },
        { commandId: "bad", voucherId, to, amount },
      );
    const request = { commandId: "bad", payer: PAYER, currency: "CNY" };
    const writes: [what: string, run: (amount: number) => Promise<unknown>, more?: readonly number[]][] = [
      ["put funds", (balance) => accounts.put(name, { ...described, kind: "funds", balance })],
      ["put credit", (limit) => accounts.put(line, { ...described, kind: "credit", limit })],
      ["repay", (amount) => accounts.repay(line, { amount, reference: "bad" }), [0]],
      ["request", (amount) => ledger.requestPayer({ party: ISSUER }, { ...request, amount }), [0]],
      ["draw on demand", (amount) => draw(onDemand, amount), [0]],
      ["draw under approval", (amount) => draw(waiting, amount), [0]],
      [
        "release",
        (amount) =>
          ledger.vouchers.execute(
            "voucher:release",
            { party: BENEFICIARY },
            { commandId: "bad", voucherId: onDemand, amount },
          ),
        [0],
      ],
      ["credit", (amount) => ledger.settlements.credit({ ...found, amount }), [0]],
    ];
    for (const [what, run, more = []] of writes)
      for (const amount of [...NEVER, ...more]) await failsWhole(`${what} ${amount}`, () => run(amount));
    // What is added to an account may be negative.
    for (const amount of [0, -0.5, -MAX_AMOUNT - 1, ...NEVER.filter((each) => each !== -1)])
      await failsWhole(`adjust ${amount}`, () => accounts.adjust(name, { amount, reference: "bad" }));
  },
);

/** What can be done about a drawing that waits. */
const DECISIONS: [what: string, decide: (voucherId: string, drawingId: string) => Promise<unknown>][] = [
  [
    "approve",
    (voucherId, drawingId) =>
      book.ledger.vouchers.execute("drawing:approve", payer, { commandId: "bad", voucherId, drawingId }),
  ],
  [
    "refuse",
    (voucherId, drawingId) =>
      book.ledger.vouchers.execute("drawing:refuse", payer, {
        commandId: "bad",
        voucherId,
        drawingId,
        reason: "late",
      }),
  ],
  ["silence", (voucherId) => book.ledger.vouchers.advance(voucherId)],
];

for (const [what, decide] of DECISIONS) {
  amounts(`${what}: a drawing that the store has altered is left as it is`, async () => {
    const voucherId = await vouchers.issue(WAITING);
    const drawingId = (await vouchers.draw(voucherId, 40)).split(".")[1] as string;
    if (what === "silence") await makeOlderIn(book.store, voucherId, { ms: 3_700_000, drawings: true });
    const { voucher } = voucherKeys(voucherId);
    const waits = (await client.hget(voucher, "w")) as string;
    for (const amount of ["0", "41", String(AMOUNT), String(MAX_AMOUNT + 1), "1".repeat(20)]) {
      await client.hset(voucher, "w", waits.replace("|40|", `|${amount}|`));
      await failsWhole(`${what} ${amount}`, () => decide(voucherId, drawingId));
    }
  });
}

amounts("of clearing: nothing is honoured that the store could not count any more", async () => {
  const [onDemand, waiting, silent] = [
    await vouchers.issue(),
    await vouchers.issue(WAITING),
    await vouchers.issue(WAITING),
  ];
  const drawingId = (await vouchers.draw(waiting, 40)).split(".")[1] as string;
  await vouchers.draw(silent, 40);
  await makeOlderIn(book.store, silent, { ms: 3_700_000, drawings: true });
  const { sums } = voucherKeys(onDemand);
  const [[, approve]] = DECISIONS as [(typeof DECISIONS)[number]];
  // So far above 2^62 that Lua sees it.
  for (const sum of [2n ** 62n + 4096n, 2n ** 63n - 1n]) {
    await client.hset(sums, "clearing:CNY", String(sum));
    await failsWhole("draw", () => vouchers.draw(onDemand, AMOUNT));
    await failsWhole("approve", () => approve(waiting, drawingId));
    await failsWhole("silence", () => book.ledger.vouchers.advance(silent));
  }
  // Another currency has its own, and what is refused was never honoured.
  await client.hset(sums, "clearing:CNY", "0", "clearing:USD", String(2n ** 63n - 1n));
  await vouchers.draw(onDemand, AMOUNT);
});

amounts("of what came in: a payment outside is not reported beyond what the store can count", async () => {
  const voucherId = await vouchers.issue();
  const id = await vouchers.draw(voucherId, AMOUNT);
  const payee = { holder: "Carrier", kind: "credit", currency: "CNY", limit: 0 } as const;
  await book.accounts.put({ party: BENEFICIARY, number: TO }, payee);
  await vouchers.settle(id);
  const { sums } = voucherKeys(voucherId);
  const { settlements } = book.ledger;
  await client.hset(sums, "in:CNY", String(-(2n ** 63n)));
  const before = await everythingIn(client);
  const refused = await settlements.report(id, "settled", "wire-1");
  assert.equal(refused, { kind: "refused", code: "invalid_request" });
  assert.equal(await everythingIn(client), before);
  await client.hset(sums, "in:CNY", String(-(2n ** 62n) + 1000n * 1000n));
  assert.is((await settlements.report(id, "settled", "wire-1")).kind, "done");
  const { account } = accountKeys({ partition: book.ledger.partitionOf(PAYER), party: PAYER, number: FROM });
  assert.is(await client.hget(account, "total"), String(1_000_00 - AMOUNT));
});

amounts.run();
