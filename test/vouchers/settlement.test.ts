// about 28 s, mostly waiting
/** What pays a drawing out: once, whoever carries it out and however often; and what becomes of what can't be paid. */
import type { ErrorCode, Settlement, SettlementPage, VoucherSnapshot } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { accountKeys, bookKey, SWEEP_KEY, voucherKeys } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { type Books, checkBooks } from "../hub/books.ts";
import {
  AMOUNT,
  accepted,
  FROM,
  openVoucherScene,
  refused,
  snapshotOf,
  TO,
  toldOf,
  type VoucherScene,
} from "./scene.ts";
import { settled } from "./situations.ts";

const settlement = suite("settlement");

let hub: TestHub;
let operator: string;
let scene: VoucherScene;
settlement.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000", SWEEP_INTERVAL: "50" } });
  operator = await hub.token("bank", { operator: true });
});
settlement.after(() => hub.close());
settlement.before.each(async () => {
  scene = await openVoucherScene(hub);
});
settlement.after.each(() => scene.close());

const pathOf = (id: string) => `/v1/settlements/${id}`;
async function find(id: string): Promise<Settlement> {
  return jsonOf(await call(hub, "GET", pathOf(id), { token: operator })) as Settlement;
}
const decide = (id: string, body: object, key?: string) =>
  call(hub, "POST", pathOf(id), {
    token: operator,
    body,
    ...(key !== undefined && { headers: { "idempotency-key": key } }),
  });
async function listed(state: "open" | "failed"): Promise<string[]> {
  const page = jsonOf(await call(hub, "GET", `/v1/settlements?state=${state}`, { token: operator }));
  return (page as SettlementPage).settlements.map(({ settlementId }) => settlementId);
}
const heldCny = ({ held }: Books) => held.CNY;

/** Draws, in the store alone, as a hub does that dies before it goes on. */
async function drawAlone(
  { beneficiary, to }: VoucherScene,
  voucherId: string,
  amount: number,
): Promise<{ id: string; snapshot: VoucherSnapshot }> {
  const payload = { commandId: freshId(), voucherId, to, amount };
  const done = await hub.running.ledger.vouchers.execute("voucher:draw", beneficiary, payload);
  assert.ok(done.kind === "done");
  return { id: `${voucherId}.${done.event.version}`, snapshot: done.snapshot };
}

/** Carries out the first step, or the first two, of what pays a drawing out. */
async function credit(id: string) {
  const { settlements } = hub.running.ledger;
  const found = await settlements.find(id);
  assert.ok(found);
  return { found, credited: await settlements.credit(found) };
}

for (const steps of ["nothing", "the credit", "the credit, twice", "the credit and the close"] as const) {
  settlement(`a hub that dies after ${steps} leaves the rest to another: paid once`, async () => {
    const before = await checkBooks(hub);
    const voucherId = await scene.issue();
    const { id } = await drawAlone(scene, voucherId, 40_000);
    const { settlements } = hub.running.ledger;
    assert.is(heldCny(await checkBooks(hub)), heldCny(before));
    if (steps !== "nothing") {
      const { found, credited } = await credit(id);
      assert.is(credited.kind, "done");
      if (steps === "the credit, twice") assert.equal((await credit(id)).credited, credited);
      assert.is(heldCny(await checkBooks(hub)), heldCny(before));
      if (steps === "the credit and the close") await settlements.close(found);
    }
    const voucher = await settled(scene.payer, voucherId);
    assert.equal([voucher.version, voucher.drawings[0]?.settlement], [3, "settled"]);
    assert.equal(await scene.balances(), {
      payer: { balance: 960_000, frozen: 60_000 },
      beneficiary: { balance: 40_000, frozen: 0 },
    });
    assert.is(heldCny(await checkBooks(hub)), heldCny(before));
    assert.equal(await listed("open"), []);
    if (steps !== "the credit and the close")
      for (const each of [scene.issuer, scene.payer, scene.beneficiary])
        await toldOf(each, voucherId, "drawing.settled");
  });
}

settlement("one whose close was sent twice is told all the same, while it is the newest event", async () => {
  const voucherId = await scene.issue();
  const { id } = await drawAlone(scene, voucherId, 1);
  const { found } = await credit(id);
  const { settlements } = hub.running.ledger;
  const [first, again] = [await settlements.close(found), await settlements.close(found)];
  assert.ok(first.kind === "done" && first.event?.type === "drawing.settled" && !first.repeated);
  assert.equal(again, { ...first, repeated: true });
  await accepted(scene.beneficiary, "voucher:release", voucherId, { amount: 1 });
  const late = await settlements.close(found);
  assert.ok(late.kind === "done" && late.event === undefined);
  // What is said otherwise of it is not believed.
  assert.equal((await settlements.close(found, "account_not_payable")).kind, "refused");
  assert.is((await snapshotOf(scene.payer, voucherId)).version, 4);
});

/** What can have happened to the account between the drawing and its payment. */
const OBSTACLES: [what: string, code: ErrorCode, make: (party: string) => Promise<unknown>][] = [
  [
    "is gone",
    "account_name_mismatch",
    async (party) => {
      const { store, ledger } = hub.running;
      await store.del(accountKeys({ partition: ledger.partitionOf(party), party, number: TO }).account);
    },
  ],
  [
    "is a line of credit now",
    "account_not_payable",
    (party) => hub.putAccount(party, TO, { kind: "credit", holder: party, currency: "CNY", limit: 0 }),
  ],
  [
    "is in another currency now",
    "currency_mismatch",
    (party) => hub.putAccount(party, TO, { kind: "funds", holder: party, currency: "USD", balance: 0 }),
  ],
  [
    "would hold more than can be counted",
    "account_not_payable",
    (party) =>
      hub.putAccount(party, TO, {
        kind: "funds",
        holder: party,
        currency: "CNY",
        balance: Number.MAX_SAFE_INTEGER - 39_999,
      }),
  ],
];

/** A drawing of 40,000 that can't be paid, and its settlement. */
async function failing(make: (party: string) => Promise<unknown>) {
  const voucherId = await scene.issue();
  const { id } = await drawAlone(scene, voucherId, 40_000);
  await make(scene.beneficiary.party);
  const before = await checkBooks(hub);
  await toldOf(scene.payer, voucherId, "drawing.settlement_failed");
  return { voucherId, id, before };
}

for (const [what, code, make] of OBSTACLES) {
  settlement(
    `an account that ${what}: the money stays in clearing until an operator redirects it`,
    async () => {
      const { voucherId, id, before } = await failing(make);
      const { issuer, payer, beneficiary } = scene;
      for (const each of [issuer, payer, beneficiary]) {
        const told = await toldOf(each, voucherId, "drawing.settlement_failed");
        // Why is the operator's to know.
        assert.not.ok(JSON.stringify(told).includes(code));
      }
      const found = await find(id);
      assert.equal([found.state, found.reason, found.attempt, found.amount], ["failed", code, 1, 40_000]);
      assert.ok((await listed("failed")).includes(id));
      assert.is((await snapshotOf(payer, voucherId)).drawings[0]?.settlement, "failed");
      assert.equal(await checkBooks(hub), before);
      // Whatever comes late of the attempt that has failed pays nothing and undoes nothing.
      const late = { ...(await hub.running.ledger.settlements.find(id)), attempt: 1 } as never;
      const refusedLate = await hub.running.ledger.settlements.credit(late);
      assert.ok(refusedLate.kind === "refused" && refusedLate.code === code);

      const third = `${beneficiary.party}-other`;
      await hub.putAccount(third, "X-1", { kind: "funds", holder: third, currency: "CNY", balance: 7 });
      const key = freshId();
      const redirect = { redirect: { party: third, number: "X-1" } };
      const sent = jsonOf(await decide(id, redirect, key)) as Settlement;
      assert.equal([sent.attempt, sent.to], [2, { party: third, number: "X-1" }]);
      jsonOf(await decide(id, redirect, key));
      await toldOf(payer, voucherId, "drawing.settled");
      assert.equal([(await find(id)).state, (await find(id)).attempt], ["settled", 2]);
      assert.is((await hub.running.accounts.get({ party: third, number: "X-1" }))?.balance, 40_007);
      assert.equal(await hub.running.ledger.settlements.credit(late), refusedLate);
      assert.not.ok((await listed("failed")).includes(id));
      assert.is(heldCny(await checkBooks(hub)), (heldCny(before) ?? 0n) + 7n);
      refusedWith(await decide(id, redirect), 409, "wrong_state");
      await hub.putAccount(beneficiary.party, TO, {
        kind: "funds",
        holder: beneficiary.party,
        currency: "CNY",
        balance: 0,
      });
    },
  );
}

settlement("a blocked account takes money in", async () => {
  const voucherId = await scene.issue();
  const { party } = scene.beneficiary;
  await hub.running.accounts.setStatus({ party, number: TO }, "blocked");
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { to: scene.to, amount: 40_000 });
  await settled(scene.payer, voucherId);
  assert.is((await scene.balances()).beneficiary.balance, 40_000);
});

settlement("a blocked account of the payer's honours what is frozen", async () => {
  const voucherId = await scene.issue();
  await hub.running.accounts.setStatus({ party: scene.payer.party, number: FROM }, "blocked");
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { to: scene.to, amount: 40_000 });
  await settled(scene.payer, voucherId);
  assert.equal((await scene.balances()).payer, { balance: 960_000, frozen: 60_000 });
});

settlement(
  "what fails again under its next number is told to operators alone, and can be tried again",
  async () => {
    const [, , make] = OBSTACLES[1] as (typeof OBSTACLES)[number];
    const { voucherId, id } = await failing(make);
    const { version } = await snapshotOf(scene.payer, voucherId);
    for (const attempt of [2, 3]) {
      jsonOf(await decide(id, { redirect: { party: "nobody-there", number: "X-1" } }));
      while ((await find(id)).state === "open");
      const { state, reason, attempt: tried } = await find(id);
      assert.equal([state, reason, tried], ["failed", "account_name_mismatch", attempt]);
    }
    assert.is((await snapshotOf(scene.payer, voucherId)).version, version);
    const paid = jsonOf(await decide(id, { state: "settled", reference: "wire-77" })) as Settlement;
    assert.equal([paid.state, paid.reference], ["settled", "wire-77"]);
    assert.equal(jsonOf(await decide(id, { state: "settled", reference: "wire-77" })), paid);
    refusedWith(await decide(id, { state: "settled", reference: "wire-78" }), 409, "wrong_state");
    await toldOf(scene.beneficiary, voucherId, "drawing.settled");
    await checkBooks(hub);
  },
);

settlement("a hub that is late with an attempt leaves the next one in the queue", async () => {
  const [, , make] = OBSTACLES[1] as (typeof OBSTACLES)[number];
  const { voucherId, id } = await failing(make);
  const { store, ledger } = hub.running;
  const { undone } = voucherKeys(voucherId);
  // No hub: what is in the queue stays there until the sweep is let go.
  await store.set(SWEEP_KEY, "nobody");
  try {
    await untilSwept();
    const found = await ledger.settlements.find(id);
    assert.ok(found);
    assert.is(await ledger.settlements.redirect(id, { party: scene.payer.party, number: FROM }), undefined);
    assert.equal(await ledger.settlements.close({ ...found, attempt: 1 }, found.note), {
      kind: "refused",
      code: "wrong_state",
      details: { state: "open" },
    });
    // It read the settlement as failed just before it was redirected.
    await ledger.settlements.drop(id);
    assert.ok((await store.zscore(undone, id)) !== null, "the next attempt is still to be carried out");
  } finally {
    await store.del(SWEEP_KEY);
  }
  await toldOf(scene.payer, voucherId, "drawing.settled");
  assert.is((await scene.balances()).payer.balance, 1_000_000);
});

/** Waits for what a sweep that has begun may still do. */
const untilSwept = () => new Promise((resolve) => setTimeout(resolve, 200));

settlement("while the partition of whoever is paid does not hold the book nothing is decided", async () => {
  const { store, ledger, book } = hub.running;
  const voucherId = await scene.issue();
  const home = bookKey(ledger.partitionOf(scene.beneficiary.party));
  const marker = await store.hgetall(home);
  const { id } = await drawAlone(scene, voucherId, 40_000);
  await store.del(home);
  // The hub may have noticed by itself meanwhile, and sends nothing then.
  const credited = await credit(id).then((outcome) => outcome.credited, String);
  if (typeof credited === "string") assert.match(credited, "does not hold this book");
  else assert.equal(credited, { kind: "away" });
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await store.hset(home, marker);
  await book.look();
  assert.is((await find(id)).attempt, 1);
  assert.equal((await settled(scene.payer, voucherId)).drawings[0]?.settlement, "settled");
  assert.is((await scene.balances()).beneficiary.balance, 40_000);
});

for (const isSame of [true, false]) {
  settlement(`a beneficiary in ${isSame ? "the payer's" : "another"} partition is paid`, async () => {
    const { ledger } = hub.running;
    const fits = ({ payer, beneficiary }: VoucherScene) =>
      isSame === (ledger.partitionOf(payer.party) === ledger.partitionOf(beneficiary.party));
    while (!fits(scene)) {
      scene.close();
      scene = await openVoucherScene(hub);
    }
    const voucherId = await scene.issue();
    await accepted(scene.beneficiary, "voucher:draw", voucherId, { to: scene.to });
    const { state } = await settled(scene.payer, voucherId);
    assert.is(state, "honoured");
    assert.equal(await scene.balances(), {
      payer: { balance: 900_000, frozen: 0 },
      beneficiary: { balance: AMOUNT, frozen: 0 },
    });
  });
}

settlement("of a line of credit what is drawn is used, and what is not is free again", async () => {
  const { party } = scene.payer;
  await hub.putAccount(party, "LINE", { kind: "credit", holder: party, currency: "CNY", limit: AMOUNT });
  const { store, ledger } = hub.running;
  const key = accountKeys({ partition: ledger.partitionOf(party), party, number: "LINE" }).account;
  const read = async () =>
    (await store.hmget(key, "total", "used", "frozen")).map((value) => Number(value ?? 0));
  const voucherId = await scene.issue({ from: "LINE" });
  assert.equal(await read(), [AMOUNT, 0, AMOUNT]);
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { to: scene.to, amount: 30_000 });
  assert.equal(await read(), [AMOUNT, 30_000, 70_000]);
  await accepted(scene.beneficiary, "voucher:release", voucherId, { amount: 20_000 });
  assert.equal(await read(), [AMOUNT, 30_000, 50_000]);
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { to: scene.to, amount: 10_000, final: true });
  assert.equal(await read(), [AMOUNT, 40_000, 0]);
  await settled(scene.payer, voucherId);
  assert.is((await scene.balances()).beneficiary.balance, 40_000);
  await checkBooks(hub);
});

settlement("an account to be paid is looked up before the drawing, which then does nothing", async () => {
  const voucherId = await scene.issue();
  const before = await checkBooks(hub);
  const { party } = scene.beneficiary;
  await hub.putAccount(party, "LINE", { kind: "credit", holder: party, currency: "CNY", limit: 5 });
  for (const [to, code] of [
    [{ number: "NONE", holder: party }, "account_name_mismatch"],
    [{ number: TO, holder: "another" }, "account_name_mismatch"],
    [{ number: "LINE", holder: party }, "account_not_payable"],
  ] as const)
    assert.is((await refused(scene.beneficiary, "voucher:draw", voucherId, { to })).code, code);
  // The name as a person may write it.
  const to = { number: TO, holder: ` ${party.toUpperCase()} ` };
  assert.equal(await checkBooks(hub), before);
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { to });
});

settlement.run();
