/** What operators see of settlements and do about them: what could not be paid out, and what is paid outside. */
import { Settlement, SettlementPage, type VoucherSnapshot } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { accepted, openVoucherScene, snapshotOf, TO, toldOf, type VoucherScene } from "../vouchers/scene.ts";
import { call, jsonOf, refusedWith } from "./client.ts";

const settlements = suite("settlements over HTTP");
let hub: TestHub;
let external: TestHub;
let operator: string;

settlements.before(async () => {
  hub = await startHub();
  external = await startHub({ settings: { SETTLE: "external" } });
  operator = await hub.token("operator", { operator: true });
});
settlements.after(async () => {
  await hub.close();
  await external.close();
});

const path = (id: string) => `/v1/settlements/${id}`;

async function read(id: string, at = hub): Promise<Settlement> {
  return Settlement.strict().parse(jsonOf(await call(at, "GET", path(id), { token: operator })));
}

async function listed(state: string, at = hub): Promise<string[]> {
  const answer = await call(at, "GET", `/v1/settlements?state=${state}`, { token: operator });
  return SettlementPage.strict()
    .parse(jsonOf(answer))
    .settlements.map(({ settlementId }) => settlementId);
}

/** A drawing whose payee's account was turned into a line of credit just before it was to be paid. */
async function unpayable(): Promise<{ scene: VoucherScene; voucherId: string; id: string }> {
  const scene = await openVoucherScene(hub);
  const { payer, beneficiary, to } = scene;
  const voucherId = await scene.issue({ approval: { by: "payer", within: 3600 } });
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 30_000, to });
  const credit = { kind: "credit", holder: to.holder, currency: "CNY", limit: 0 } as const;
  await hub.putAccount(to.holder, TO, credit);
  const drawingId = String(drawn.event.version);
  const { event } = await accepted(payer, "drawing:approve", voucherId, { drawingId });
  await toldOf(beneficiary, voucherId, "drawing.settlement_failed");
  return { scene, voucherId, id: `${voucherId}.${event.version}` };
}

const settlementsOf = ({ drawings }: VoucherSnapshot) => drawings.map(({ settlement }) => settlement);

settlements("what can't be paid out waits, is listed, and goes to another account once", async () => {
  const { scene, voucherId, id } = await unpayable();
  const { beneficiary, to } = scene;
  const failed = await read(id);
  assert.equal([failed.state, failed.attempt, failed.reason], ["failed", 1, "account_not_payable"]);
  assert.equal(failed.to, { party: to.holder, number: TO, holder: to.holder });
  assert.ok((await listed("failed")).includes(id));
  assert.equal(settlementsOf(await snapshotOf(beneficiary, voucherId)), ["failed"]);

  const funds = { kind: "funds", holder: to.holder, currency: "CNY", balance: 5 } as const;
  await hub.putAccount(to.holder, "DE-1002", funds);
  const body = { redirect: { party: to.holder, number: "DE-1002" } };
  const headers = { "Idempotency-Key": "again-and-again" };
  const send = () => call(hub, "POST", path(id), { token: operator, body, headers });
  assert.is((jsonOf(await send()) as Settlement).attempt, 2);
  await toldOf(beneficiary, voucherId, "drawing.settled");
  assert.is((jsonOf(await send()) as Settlement).attempt, 2, "the same again is no further attempt");
  const settled = await read(id);
  assert.equal([settled.state, settled.attempt, settled.to.number], ["settled", 2, "DE-1002"]);
  assert.is((await hub.running.accounts.get({ party: to.holder, number: "DE-1002" }))?.balance, 30_005);
  assert.not.ok([...(await listed("failed")), ...(await listed("open"))].includes(id));
  refusedWith(await call(hub, "POST", path(id), { token: operator, body }), 409, "wrong_state");
  scene.close();
});

settlements(
  "what fails again is no news for the voucher's parties, and can be closed as paid outside",
  async () => {
    const { scene, voucherId, id } = await unpayable();
    const { beneficiary, to } = scene;
    const body = { redirect: { party: to.holder, number: "nowhere" } };
    jsonOf(await call(hub, "POST", path(id), { token: operator, body }));
    while ((await read(id)).state === "open") await new Promise((wake) => setTimeout(wake, 10));
    assert.equal([(await read(id)).attempt, (await read(id)).reason], [2, "account_name_mismatch"]);
    const { version } = await snapshotOf(beneficiary, voucherId);
    const ownReason = { state: "failed", reference: "account_name_mismatch" };
    refusedWith(await call(hub, "POST", path(id), { token: operator, body: ownReason }), 409, "wrong_state");

    const paid = { state: "settled", reference: "swift-42" };
    const answer = jsonOf(await call(hub, "POST", path(id), { token: operator, body: paid })) as Settlement;
    assert.equal([answer.state, answer.reference], ["settled", "swift-42"]);
    const again = await call(hub, "POST", path(id), { token: operator, body: paid });
    assert.equal(jsonOf(again), answer);
    const after = await snapshotOf(beneficiary, voucherId);
    assert.equal([after.version, settlementsOf(after)], [version + 1, ["settled"]]);
    const other = { state: "settled", reference: "swift-43" };
    refusedWith(await call(hub, "POST", path(id), { token: operator, body: other }), 409, "wrong_state");
    scene.close();
  },
);

settlements("SETTLE=external: nobody is credited, and an operator's system reports", async () => {
  const scene = await openVoucherScene(external);
  const { payer, beneficiary } = scene;
  const voucherId = await scene.issue();
  const to = { number: "IBAN-NOT-HERE-1", holder: "Nordlicht | Handel" };
  const draw = () => accepted(beneficiary, "voucher:draw", voucherId, { amount: 1_000, to });
  const [one, two] = [await draw(), await draw()];
  const ids = [one, two].map(({ event }) => `${voucherId}.${event.version}`) as [string, string];
  assert.equal(await listed("open", external), ids);
  const found = await read(ids[0], external);
  assert.equal([found.mode, found.to.holder, found.to.number], ["external", to.holder, to.number]);
  const post = (id: string, body: unknown) => call(external, "POST", path(id), { token: operator, body });
  jsonOf(await post(ids[0], { state: "settled", reference: "bank-1" }));
  jsonOf(await post(ids[1], { state: "failed", reference: "bank-2" }));
  await toldOf(payer, voucherId, "drawing.settled");
  await toldOf(payer, voucherId, "drawing.settlement_failed");
  assert.equal(await listed("failed", external), [ids[1]]);
  refusedWith(await post(ids[1], { redirect: { party: "x", number: "1" } }), 409, "wrong_state");
  jsonOf(await post(ids[1], { state: "settled", reference: "bank-3" }));
  assert.equal(await listed("failed", external), []);
  assert.equal((await scene.balances()).beneficiary, { balance: 0, frozen: 0 });
  scene.close();
});

settlements("are the operators' alone, and what is not there is not found", async () => {
  const party = await hub.token("acme");
  const nowhere = path("v0-AAAAAAAAAAAAAAAA.2");
  for (const [method, where] of [
    ["GET", "/v1/settlements"],
    ["GET", nowhere],
    ["POST", nowhere],
  ] as const)
    refusedWith(
      await call(hub, method, where, { token: party, ...(method === "POST" && { body: {} }) }),
      403,
      "forbidden",
    );
  refusedWith(await call(hub, "GET", nowhere, { token: operator }), 404, "not_found");
  const body = { state: "settled", reference: "x" };
  refusedWith(await call(hub, "POST", nowhere, { token: operator, body }), 404, "not_found");
  refusedWith(
    await call(hub, "POST", nowhere, { token: operator, body: { state: "open" } }),
    400,
    "invalid_request",
  );
  refusedWith(
    await call(hub, "GET", "/v1/settlements?state=settled", { token: operator }),
    400,
    "invalid_request",
  );
});

settlements("void ends a voucher, refuses what waits, and is answered the same again", async () => {
  const scene = await openVoucherScene(hub);
  const { issuer, beneficiary, to } = scene;
  const voucherId = await scene.issue({ approval: { by: "payer", within: 3600 } });
  await accepted(beneficiary, "voucher:draw", voucherId, { amount: 30_000, to });
  const body = { reason: "fraud", reference: "case-1" };
  const send = (more: object = {}) =>
    call(hub, "POST", `/v1/vouchers/${voucherId}/void`, { token: operator, body: { ...body, ...more } });
  const voided = jsonOf(await send()) as VoucherSnapshot & { status: string };
  assert.equal(
    [voided.status, voided.state, voided.released, voided.pending],
    ["voided", "voided", 100_000, 0],
  );
  assert.is(voided.drawings[0]?.reason, "fraud");
  await toldOf(issuer, voucherId, "voucher.voided");
  assert.equal(jsonOf(await send()), voided);
  refusedWith(await send({ reason: "another" }), 409, "conflict");
  refusedWith(await send({ reference: "case-2" }), 409, "wrong_state");
  assert.equal((await scene.balances()).payer, { balance: 1_000_000, frozen: 0 });
  scene.close();
});

settlements.run();
