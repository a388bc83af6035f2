/** How many drawings and events a voucher may have, and what still goes at the limit. */
import { MAX_DRAWINGS, MAX_VOUCHER_EVENTS, MAX_VOUCHER_VERSION } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { call, jsonOf } from "../http/client.ts";
import { accepted, refused, snapshotOf, TO, toldOf } from "./scene.ts";
import { openStage, type Stage, settled } from "./situations.ts";
import { makeOlder } from "./time.ts";
import { recordsOf } from "./traces.ts";

const limits = suite("limits of a voucher's life");

let hub: TestHub;
limits.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "100000" } });
});
limits.after(() => hub.close());

const HOUR = 3600;
const approval = { by: "payer", within: HOUR } as const;

async function openApproved(): Promise<{ stage: Stage; voucherId: string }> {
  const stage = await openStage(hub, "three parties", "payer");
  return { stage, voucherId: await stage.issue({ approval }) };
}

/** Draws one minor unit so many times; answers the drawings' ids. */
async function drawOnes({ beneficiary, to }: Stage, voucherId: string, times: number): Promise<string[]> {
  const ids: string[] = [];
  for (let drawn = 0; drawn < times; drawn++) {
    const { event } = await accepted(beneficiary, "voucher:draw", voucherId, { to, amount: 1 });
    ids.push(String(event.version));
  }
  return ids;
}

/** Releases one minor unit at a time until that is refused; answers the version then. */
async function releaseOnes({ beneficiary }: Stage, voucherId: string): Promise<number> {
  for (let version = 0; ; ) {
    const answer = (await beneficiary.send("voucher:release", {
      commandId: `r-${version}`,
      voucherId,
      amount: 1,
    })) as { ok: boolean; event?: { version: number }; error?: { code: string } };
    if (!answer.ok) {
      assert.is(answer.error?.code, "too_many_drawings");
      return version;
    }
    version = answer.event?.version ?? 0;
  }
}

limits("fifty drawings, and no more, unless some were refused", async () => {
  const { stage, voucherId } = await openApproved();
  const { beneficiary, payer, to } = stage;
  const ids = await drawOnes(stage, voucherId, MAX_DRAWINGS);
  const before = await recordsOf(stage, voucherId);
  assert.is(
    (await refused(beneficiary, "voucher:draw", voucherId, { to, amount: 1 })).code,
    "too_many_drawings",
  );
  // The limit counts something, and comes before what the command itself finds.
  assert.is(
    (await refused(beneficiary, "voucher:draw", voucherId, { to, amount: 1_000_000 })).code,
    "too_many_drawings",
  );
  assert.equal(await recordsOf(stage, voucherId), before);
  for (const drawingId of ids.slice(0, 3))
    await accepted(payer, "drawing:refuse", voucherId, { drawingId, reason: "late" });
  await drawOnes(stage, voucherId, 3);
  assert.is((await refused(beneficiary, "voucher:draw", voucherId, { to })).code, "too_many_drawings");
  for (const drawingId of ids.slice(3, 6)) await accepted(payer, "drawing:approve", voucherId, { drawingId });
  assert.is((await refused(beneficiary, "voucher:draw", voucherId, { to })).code, "too_many_drawings");
  stage.close();
});

limits("fifty drawings on demand are paid one by one", async () => {
  const stage = await openStage(hub, "three parties", undefined);
  const voucherId = await stage.issue();
  await drawOnes(stage, voucherId, MAX_DRAWINGS);
  assert.is(
    (await refused(stage.beneficiary, "voucher:draw", voucherId, { to: stage.to })).code,
    "too_many_drawings",
  );
  const voucher = await settled(stage.payer, voucherId);
  assert.is(voucher.version, 1 + 2 * MAX_DRAWINGS);
  assert.is((await stage.balances()).beneficiary.balance, MAX_DRAWINGS);
  const released = await accepted(stage.beneficiary, "voucher:release", voucherId, {});
  assert.equal([released.voucher.state, released.voucher.honoured], ["released", MAX_DRAWINGS]);
  stage.close();
});

limits(
  "after five hundred events only decisions, deadlines and the release of all are carried out",
  async () => {
    const { stage, voucherId } = await openApproved();
    const { beneficiary, payer, to } = stage;
    const [first, second] = await drawOnes(stage, voucherId, 3);
    const version = await releaseOnes(stage, voucherId);
    assert.is(version, MAX_VOUCHER_EVENTS);
    const before = await recordsOf(stage, voucherId);
    assert.is(
      (await refused(beneficiary, "voucher:draw", voucherId, { to, amount: 1 })).code,
      "too_many_drawings",
    );
    assert.is((await refused(beneficiary, "voucher:draw", voucherId, { to })).code, "too_many_drawings");
    assert.equal(await recordsOf(stage, voucherId), before);
    await accepted(payer, "drawing:approve", voucherId, { drawingId: first as string });
    await accepted(payer, "drawing:refuse", voucherId, { drawingId: second as string, reason: "late" });
    await toldOf(payer, voucherId, "drawing.settled");
    // All that remains may be said as a sum, too.
    const { remaining } = await snapshotOf(beneficiary, voucherId);
    const released = await accepted(beneficiary, "voucher:release", voucherId, { amount: remaining });
    assert.equal([released.voucher.state, released.voucher.pending], ["accepted", 1]);
    await makeOlder(hub, voucherId, { beyondExpiry: true });
    await makeOlder(hub, voucherId, { ms: 2 * HOUR * 1000, drawings: true });
    const end = await settled(payer, voucherId);
    assert.is(end.state, "honoured");
    assert.ok(end.version <= MAX_VOUCHER_VERSION);
    stage.close();
  },
);

limits("no version is ever above what a message can name, whatever is done", async () => {
  const { stage, voucherId } = await openApproved();
  const { beneficiary, payer } = stage;
  const ids = await drawOnes(stage, voucherId, MAX_DRAWINGS);
  await releaseOnes(stage, voucherId);
  await makeOlder(hub, voucherId, { ms: 89.5 * 24 * HOUR * 1000 });
  await accepted(beneficiary, "voucher:release", voucherId, {});
  // Each is honoured, can't be paid, and is reported as paid outside: three events.
  await hub.putAccount(beneficiary.party, TO, {
    kind: "credit",
    holder: beneficiary.party,
    currency: "CNY",
    limit: 0,
  });
  const operator = await hub.token("bank", { operator: true });
  for (const drawingId of ids) {
    const { event } = await accepted(payer, "drawing:approve", voucherId, { drawingId });
    const id = `${voucherId}.${event.version}`;
    const path = `/v1/settlements/${id}`;
    while ((jsonOf(await call(hub, "GET", path, { token: operator })) as { state: string }).state === "open");
    jsonOf(await call(hub, "POST", path, { token: operator, body: { state: "settled", reference: id } }));
  }
  const { version, state, honoured } = await snapshotOf(payer, voucherId);
  assert.equal([state, honoured], ["honoured", MAX_DRAWINGS]);
  assert.ok(version <= MAX_VOUCHER_VERSION, `version ${version}`);
  const answer = await payer.send("voucher:sync", { voucherId, after: version });
  assert.is((answer as { ok: boolean }).ok, true);
  stage.close();
});

limits("never more than remains, whatever waits", async () => {
  const { stage, voucherId } = await openApproved();
  const { beneficiary, payer, to } = stage;
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { to, amount: 60_000 });
  const before = await recordsOf(stage, voucherId);
  for (const name of ["voucher:draw", "voucher:release"] as const) {
    const payload = name === "voucher:draw" ? { to, amount: 40_001 } : { amount: 40_001 };
    const error = await refused(beneficiary, name, voucherId, payload as never);
    assert.equal([error.code, error.details], ["exceeds_remaining", { remaining: 40_000 }]);
  }
  assert.equal(await recordsOf(stage, voucherId), before);
  await accepted(beneficiary, "voucher:draw", voucherId, { to });
  for (const [name, payload] of [
    ["voucher:draw", { to }],
    ["voucher:release", {}],
  ] as const) {
    const error = await refused(beneficiary, name, voucherId, payload as never);
    assert.equal([error.code, error.details], ["exceeds_remaining", { remaining: 0 }]);
  }
  const drawingId = String(drawn.event.version);
  await accepted(payer, "drawing:refuse", voucherId, { drawingId, reason: "late" });
  await accepted(beneficiary, "voucher:release", voucherId, { amount: 60_000 });
  assert.equal((await stage.balances()).payer.frozen, 40_000);
  stage.close();
});

limits("untouched vouchers of one issuer are withdrawn only where another draws", async () => {
  const stage = await openStage(hub, "the issuer draws", undefined);
  const { voucherId } = await stage.reach("issued");
  const error = await refused(stage.issuer, "voucher:withdraw", voucherId, {});
  assert.equal([error.code, error.details], ["forbidden", { role: "issuer" }]);
  await accepted(stage.issuer, "voucher:reject", voucherId, { reason: "mistaken" });
  stage.close();
});

limits("a party's newest vouchers come with its session, those that live", async () => {
  const stage = await openStage(hub, "three parties", undefined);
  const { voucherId } = await stage.reach("accepted");
  await stage.reach("released");
  for (const [party, role] of [
    [stage.issuer.party, "issuer"],
    [stage.payer.party, "payer"],
    [stage.beneficiary.party, "beneficiary"],
  ]) {
    const again = await connectTerminal(hub, party as string);
    const { vouchers, moreVouchers } = again.session;
    assert.equal(vouchers, [{ voucherId, version: 2, state: "accepted", role }]);
    assert.is(moreVouchers, false);
    again.close();
  }
  stage.close();
});

limits.run();
