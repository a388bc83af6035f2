/** The audit of a book in which everything goes on meanwhile has no findings. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { ACCOUNT, putAccount, reachIn } from "./issuances.ts";
import { BENEFICIARY, CREDIT, PAYER, TO, VoucherBook } from "./vouchers.ts";

const live = suite("the audit of a book in use");

let book: TestLedger;
live.before.each(async () => {
  book = await startLedger();
  await putAccount(book, 1_000_00);
});
live.after.each(() => book.stop());

live("finds nothing wrong while everything changes, in every kind of way, at once", async () => {
  const { ledger, accounts } = book;
  let isBusy = true;
  let done = 0;
  const shop = { party: "shop" };
  const acme = { party: "acme" };
  const body = { kind: "funds", holder: ACCOUNT.holder, currency: "CNY", balance: 1_000_000_00 } as const;
  await accounts.put({ party: "acme", number: ACCOUNT.number }, body);
  const works: ((index: number) => Promise<unknown>)[] = [
    async (index) => reachIn(book, `busy-${index}`, "issued"),
    async (index) => {
      const issuanceId = await reachIn(book, `declined-${index}`, "proposed");
      await ledger.execute("payer:decline", acme, { commandId: `d-${index}`, issuanceId });
      await ledger.openIssuances.pruneEnded();
    },
    async (index) => {
      const issuanceId = await reachIn(book, `fenced-${index}`, "proposed");
      await ledger.fences.fence(issuanceId, { ...shop, version: 9 });
      const decision = index % 2 === 0 ? ("resume" as const) : ("cancel" as const);
      await ledger.fences.decide(issuanceId, { decision });
    },
    async (index) => {
      const name = { party: "acme", number: ACCOUNT.number };
      await accounts.adjust(name, { amount: index % 2 === 0 ? 7 : -7, reference: `adjusted-${index}` });
      await accounts.put({ party: `party-${index % 40}`, number: ACCOUNT.number }, body);
      await accounts.setStatus({ party: "acme", number: ACCOUNT.number }, "active");
    },
    async (index) => {
      const offer = { payer: "shop", amount: 5, currency: "CNY" } as const;
      await ledger.requestPayer(shop, { commandId: `self-${index}`, ...offer });
      await ledger.openIssuances.list({ party: "shop", limit: 10 });
    },
  ];
  const hands = works.map(async (work) => {
    for (let index = 0; isBusy; index++) {
      await work(index);
      done += 1;
      await setTimeout(5);
    }
  });
  for (let round = 0; round < 8; round++) {
    const before = done;
    assert.equal((await audit(book)).findings, []);
    assert.ok(done > before, "something was done meanwhile");
  }
  isBusy = false;
  await Promise.all(hands);
  assert.equal((await audit(book)).findings, []);
});

live("finds nothing wrong while vouchers are being issued", async () => {
  let issuing = true;
  const work = (async () => {
    for (let index = 0; index < 90; index++) await reachIn(book, `busy-${index}`, "issued");
    issuing = false;
  })();
  let rounds = 0;
  while (issuing) {
    assert.equal((await audit(book)).findings, []);
    rounds += 1;
  }
  await work;
  assert.ok(rounds > 0);
  assert.is((await audit(book)).vouchers, 90);
});

live(
  "finds nothing wrong while vouchers are drawn on, refused, released and paid out into another partition",
  async () => {
    const vouchers = new VoucherBook(book);
    await vouchers.begin(1_000_000_00);
    let isBusy = true;
    let done = 0;
    const approval = { by: "payer", within: 60 } as const;
    const works: (() => Promise<unknown>)[] = [
      async () => {
        const voucherId = await vouchers.issue();
        const first = await vouchers.draw(voucherId, 300);
        await vouchers.credit(first);
        const second = await vouchers.draw(voucherId, 200);
        await Promise.all([vouchers.settle(first), vouchers.settle(second)]);
        await vouchers.take("voucher:release", BENEFICIARY, voucherId, {});
      },
      async () => {
        const voucherId = await vouchers.issue({ approval, from: CREDIT });
        const [, kept = ""] = (await vouchers.draw(voucherId, 300)).split(".");
        const [, refused = ""] = (await vouchers.draw(voucherId, 300)).split(".");
        await vouchers.take("drawing:refuse", PAYER, voucherId, { drawingId: refused, reason: "twice" });
        const version = await vouchers.take("drawing:approve", PAYER, voucherId, { drawingId: kept });
        await vouchers.settle(`${voucherId}.${version}`);
        await book.ledger.vouchers.void(voucherId, { reason: "over", reference: voucherId });
        const name = { party: PAYER, number: CREDIT };
        await book.accounts.repay(name, { amount: 300, reference: `repaid-${voucherId}` });
      },
      async () => {
        const voucherId = await vouchers.issue();
        const settlementId = await vouchers.draw(voucherId, 100, "DE-9999");
        await vouchers.settle(settlementId);
        await book.ledger.settlements.redirect(settlementId, { party: BENEFICIARY, number: TO });
        await vouchers.settle(settlementId);
        await vouchers.take("voucher:release", BENEFICIARY, voucherId, { amount: 50 });
      },
      async () => vouchers.take("voucher:reject", BENEFICIARY, await vouchers.issue(), {}),
    ];
    const hands = works.map(async (work) => {
      while (isBusy) {
        await work();
        done += 1;
      }
    });
    for (let round = 0; round < 5; round++) {
      const before = done;
      assert.equal((await audit(book)).findings, []);
      assert.ok(done > before, "something was done meanwhile");
    }
    isBusy = false;
    await Promise.all(hands);
    assert.equal((await audit(book)).findings, []);
  },
);

live.run();
