/** What a voucher's parties do with it, over the wire of a real hub, and what becomes of the money. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { AMOUNT, accepted, openVoucherScene, refused, snapshotOf, syncVoucher, toldOf } from "./scene.ts";

const life = suite("the life of a voucher");
let hub: TestHub;

life.before(async () => {
  hub = await startHub({ settings: { SWEEP_INTERVAL: "100" } });
});
life.after(async () => {
  await hub.close();
});

life(
  "a beneficiary that took no part in the issuance is told, accepts, draws twice, and is paid",
  async () => {
    const scene = await openVoucherScene(hub);
    const { issuer, payer, beneficiary, to } = scene;
    const voucherId = await scene.issue({ memo: "steel" });
    const issued = await toldOf(beneficiary, voucherId, "voucher.issued");
    assert.is(issued.type === "voucher.issued" && issued.amount, AMOUNT);
    assert.is("account" in issued, false);

    const taken = await accepted(beneficiary, "voucher:accept", voucherId, {});
    assert.equal([taken.voucher.state, taken.voucher.version], ["accepted", 2]);
    for (const other of [issuer, payer]) await toldOf(other, voucherId, "voucher.accepted");

    const first = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 40_000, to });
    assert.is(first.event.type, "drawing.honoured");
    assert.is(first.durability, "memory", "as the store of this test is set");
    assert.equal([first.voucher.honoured, first.voucher.remaining], [40_000, 60_000]);
    for (const each of [issuer, payer, beneficiary]) await toldOf(each, voucherId, "drawing.settled");
    assert.equal(await scene.balances(), {
      payer: { balance: 960_000, frozen: 60_000 },
      beneficiary: { balance: 40_000, frozen: 0 },
    });

    const rest = await accepted(beneficiary, "voucher:draw", voucherId, { to });
    assert.equal([rest.voucher.state, rest.voucher.remaining], ["honoured", 0]);
    await toldOf(issuer, voucherId, "drawing.settled");
    assert.is((await refused(beneficiary, "voucher:draw", voucherId, { to })).code, "wrong_state");
    const answer = await syncVoucher(payer, voucherId);
    assert.ok(answer.ok);
    scene.close();
  },
);

life("under approval a drawing waits; refused, it can be drawn again; approved, it is paid", async () => {
  const scene = await openVoucherScene(hub);
  const { payer, beneficiary, to } = scene;
  const voucherId = await scene.issue({ approval: { by: "payer", within: 60 } });
  await toldOf(beneficiary, voucherId, "voucher.issued");
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 30_000, to });
  assert.is(drawn.event.type, "drawing.presented");
  assert.equal([drawn.voucher.pending, drawn.voucher.remaining], [30_000, 70_000]);
  const [drawing] = drawn.voucher.drawings;
  assert.ok(drawing);
  await toldOf(payer, voucherId, "drawing.presented");
  const { drawingId } = drawing;
  const no = await accepted(payer, "drawing:refuse", voucherId, {
    drawingId,
    reason: "the | goods are late",
  });
  assert.equal([no.voucher.pending, no.voucher.remaining], [0, 100_000]);
  assert.is(no.voucher.drawings[0]?.reason, "the | goods are late");
  const again = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 30_000, to, final: true });
  const yes = await accepted(payer, "drawing:approve", voucherId, { drawingId: String(again.event.version) });
  assert.equal([yes.voucher.state, yes.voucher.honoured, yes.voucher.released], ["honoured", 30_000, 70_000]);
  await toldOf(beneficiary, voucherId, "drawing.settled");
  assert.equal(await scene.balances(), {
    payer: { balance: 970_000, frozen: 0 },
    beneficiary: { balance: 30_000, frozen: 0 },
  });
  scene.close();
});

life("silence honours, and the expiry unfreezes what remains", async () => {
  const scene = await openVoucherScene(hub);
  const { issuer, beneficiary, to } = scene;
  const voucherId = await scene.issue({ approval: { by: "issuer", within: 1 }, validFor: 2 });
  await toldOf(beneficiary, voucherId, "voucher.issued");
  await accepted(beneficiary, "voucher:draw", voucherId, { amount: 1, to });
  const honoured = await toldOf(issuer, voucherId, "drawing.honoured");
  assert.is(honoured.by, "hub");
  await toldOf(issuer, voucherId, "voucher.expiring");
  const expired = await toldOf(issuer, voucherId, "voucher.expired");
  assert.is(expired.type === "voucher.expired" && expired.released, AMOUNT - 1);
  await toldOf(issuer, voucherId, "drawing.settled");
  assert.equal((await scene.balances()).payer, { balance: 999_999, frozen: 0 });
  assert.is((await snapshotOf(beneficiary, voucherId)).state, "expired");
  scene.close();
});

life.run();
