/** A store that went back in time, and vouchers: a claim is not a stop of payment; what is borne out is fenced. */
import type { CheckAck, Fence, FencePage, VoucherSnapshot } from "@tallystick/protocol";
import { Fence as FenceSchema } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { accountKeys, marksKey, missingKey, partitionKeys, voucherKeys } from "../../server/ledger/keys.ts";
import { type FoundSettlement, partitionOfVoucher } from "../../server/ledger/settlements.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import {
  accepted,
  openVoucherScene,
  payApart,
  refused,
  syncVoucher,
  TO,
  toldOf,
  type VoucherScene,
} from "./scene.ts";
import { makeOlder } from "./time.ts";

const fences = suite("fences of vouchers");
let redis: TestRedis;
let client: Redis;
let hub: TestHub;
let scene: VoucherScene;
let operator: string;
const logged: string[] = [];

fences.before(async () => {
  redis = await startRedis();
  client = redis.client();
  hub = await startHub({
    redisUrl: redis.url,
    settings: { SWEEP_INTERVAL: "100", LOG_LEVEL: "error" },
    onLog: (line) => logged.push(line),
  });
  operator = await hub.token("bank", { operator: true });
});
fences.after(async () => {
  await hub.close();
  await redis.stop();
});
fences.before.each(async () => {
  scene = await openVoucherScene(hub);
  logged.length = 0;
});
fences.after.each(() => scene.close());

const fenceOf = async (id: string): Promise<Fence | undefined> => {
  const { fences: all } = jsonOf(await call(hub, "GET", "/v1/fences", { token: operator })) as FencePage;
  for (const fence of all) FenceSchema.strict().parse(fence);
  return all.find(({ voucherId }) => voucherId === id);
};
const resume = (id: string, decision = "resume") =>
  call(hub, "POST", `/v1/fences/${id}`, { token: operator, body: { decision } });
const fencesKey = (id: string) => partitionKeys.fences(partitionOfVoucher(id));
const show = (terminal: RawTerminal, { voucherId, version, digest }: VoucherSnapshot) =>
  terminal.send("voucher:sync", { voucherId, after: version, digest });

/** Two parties know more of a voucher than the store. */
async function fence(voucher: VoucherSnapshot): Promise<void> {
  await show(scene.payer, { ...voucher, version: 9 });
  await show(scene.issuer, { ...voucher, version: 9 });
}

/** A voucher of which the store has lost an acceptance; all three know of it. */
async function loseAcceptance(): Promise<{ voucherId: string; known: VoucherSnapshot }> {
  const voucherId = await scene.issue({ validFor: 3600 });
  await toldOf(scene.beneficiary, voucherId, "voucher.issued");
  const goBack = await rememberStore(client);
  const known = (await accepted(scene.beneficiary, "voucher:accept", voucherId, {})).voucher;
  await goBack();
  return { voucherId, known };
}

fences("what one party says stops that party alone, and the others go on", async () => {
  const { voucherId, known } = await loseAcceptance();
  const { issuer, payer, beneficiary, to } = scene;
  const answer = (await show(payer, known)) as { ok: false; error: { code: string; details: object } };
  assert.equal([answer.error.code, answer.error.details], ["rolled_back", { version: 1 }]);
  const fence = await fenceOf(voucherId);
  assert.equal([fence?.by, fence?.version, fence?.voucher?.version], ["payer", 2, 1]);
  assert.ok(logged.some((line) => line.includes("a party's commands on a voucher are stopped")));
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 10, to });
  assert.is(drawn.event.type, "drawing.honoured");
  await toldOf(issuer, voucherId, "drawing.settled");
});

fences("the party that said so can do nothing with it until an operator decides", async () => {
  const voucherId = await scene.issue({ approval: { by: "payer", within: 3600 } });
  const { payer, beneficiary, to } = scene;
  await toldOf(beneficiary, voucherId, "voucher.issued");
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 10, to });
  await show(payer, { ...drawn.voucher, version: 9 });
  const drawingId = String(drawn.event.version);
  const refusal = { drawingId, reason: "late" };
  assert.is((await refused(payer, "drawing:refuse", voucherId, refusal)).code, "rolled_back");
  assert.is((await refused(payer, "drawing:approve", voucherId, { drawingId })).code, "rolled_back");
  refusedWith(await resume(voucherId, "cancel"), 409, "wrong_state");
  assert.is((jsonOf(await resume(voucherId)) as VoucherSnapshot).version, 2);
  assert.is(await fenceOf(voucherId), undefined);
  refusedWith(await resume(voucherId), 409, "wrong_state");
  await accepted(payer, "drawing:approve", voucherId, { drawingId });
  // What was decided about stops it no more.
  await show(payer, { ...drawn.voucher, version: 9 });
  assert.is(await fenceOf(voucherId), undefined);
});

fences("what a second party bears out is fenced: nothing goes on, and all parties are told", async () => {
  const { voucherId, known } = await loseAcceptance();
  const { issuer, payer, beneficiary, to } = scene;
  const told: object[] = [];
  issuer.socket.on("session:fenced", (fenced) => told.push(fenced));
  await show(payer, known);
  assert.equal(told, []);
  await show(beneficiary, known);
  await issuer.settle();
  assert.equal(told, [{ voucherId }]);
  assert.is((await refused(beneficiary, "voucher:draw", voucherId, { amount: 1, to })).code, "rolled_back");
  assert.is((await refused(issuer, "voucher:withdraw", voucherId, {})).code, "rolled_back");
  const body = { reason: "fraud", reference: "fenced-1" };
  refusedWith(
    await call(hub, "POST", `/v1/vouchers/${voucherId}/void`, { token: operator, body }),
    409,
    "rolled_back",
  );
  jsonOf(await resume(voucherId));
  await accepted(beneficiary, "voucher:accept", voucherId, {});
});

fences("expiry and silence wait while it is fenced, and silence no shorter than it would have", async () => {
  const { issuer, payer, beneficiary, to } = scene;
  const voucherId = await scene.issue({ approval: { by: "payer", within: 1 }, validFor: 2 });
  await toldOf(beneficiary, voucherId, "voucher.issued");
  const { voucher } = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 10, to });
  const claim = { ...voucher, version: 9 };
  await show(payer, claim);
  await show(issuer, claim);
  await new Promise((wake) => setTimeout(wake, 2500));
  const answer = await syncVoucher(beneficiary, voucherId);
  assert.is(answer.ok && answer.voucher.state, "accepted");
  assert.is(answer.ok && answer.voucher.pending, 10);
  const resumedAt = Date.now();
  jsonOf(await resume(voucherId));
  const honoured = await toldOf(issuer, voucherId, "drawing.honoured");
  assert.ok(honoured.at - resumedAt > 500, "the approver has the time that it had left");
  await toldOf(issuer, voucherId, "voucher.expired");
});

fences("of the times in which it was fenced no more are remembered than of those without a hub", async () => {
  const voucherId = await scene.issue({ approval: { by: "payer", within: 3600 } });
  const { voucher: key } = voucherKeys(voucherId);
  const { beneficiary, to } = scene;
  const { voucher } = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 10, to });
  const long = Array.from({ length: 32 }, (_, at) => `${5000 + 2 * at}:${5001 + 2 * at}`);
  await client.hset(key, "t", long.join(" "));
  await fence(voucher);
  jsonOf(await resume(voucherId));
  const kept = ((await client.hget(key, "t")) ?? "").split(" ");
  assert.is(kept.length, 32);
  assert.equal(kept.slice(0, 31), ["5000:5003", ...long.slice(2)]);
});

fences("a fence puts off the silence of its own voucher, and of no other", async () => {
  const { beneficiary, payer, to } = scene;
  const approval = { by: "payer", within: 3600 } as const;
  const fenced = await scene.issue({ approval });
  const other = await scene.issue({ approval });
  for (const voucherId of [fenced, other])
    await accepted(beneficiary, "voucher:draw", voucherId, { amount: 10, to });
  const claimed = (await syncVoucher(payer, fenced)) as { voucher: VoucherSnapshot };
  await fence(claimed.voucher);
  const { voucher: key } = voucherKeys(fenced);
  const { silence } = voucherKeys(fenced);
  const since = (minutes: number) => Date.now() - 60_000 * minutes;
  // Fenced twenty minutes ago; and half of the time no hub was there either, which counts once.
  const [, ...claim] = ((await client.hget(key, "q")) ?? "").split("|");
  await client.hset(key, "q", ["fenced", ...claim.slice(0, -1), since(20)].join("|"));
  await client.hset(silence, "outages", `${since(15)}:${since(5)}`);
  jsonOf(await resume(fenced));
  const older = { ms: 3_600_000 + 11 * 60_000, drawings: true };
  for (const voucherId of [fenced, other]) await makeOlder(hub, voucherId, older);
  const stateOf = async (voucherId: string) => {
    const answer = (await syncVoucher(payer, voucherId)) as { voucher: VoucherSnapshot };
    return answer.voucher.drawings[0]?.state;
  };
  assert.is(await stateOf(other), "honoured");
  assert.is(await stateOf(fenced), "presented");
  const entry = ((await client.hget(key, "w")) ?? "").split("|").map(Number);
  const [, , , deadline = 0, until = 0] = entry;
  const putOff = Math.round((until - deadline) / 60_000);
  assert.is(putOff, 20);
});

fences("what was paid for another past is fenced, and not paid again", async () => {
  const { issuer, beneficiary, to } = scene;
  const voucherId = await scene.issue();
  await toldOf(beneficiary, voucherId, "voucher.issued");
  const goBack = await rememberStore(client);
  await accepted(beneficiary, "voucher:draw", voucherId, { amount: 10, to });
  await toldOf(issuer, voucherId, "drawing.settled");
  // The payer's partition alone goes back: the credit in the beneficiary's stays.
  const { party } = beneficiary;
  const partition = hub.running.ledger.partitionOf(party);
  const credit = [
    marksKey(partition, `${voucherId}.2`),
    accountKeys({ partition, party, number: to.number }).account,
  ];
  const kept = await Promise.all(credit.map(async (key) => (await client.dumpBuffer(key)) as Buffer));
  await goBack();
  for (const [index, key] of credit.entries()) await client.restore(key, 0, kept[index] as Buffer, "REPLACE");

  await accepted(beneficiary, "voucher:draw", voucherId, { amount: 20, to });
  await toldOf(issuer, voucherId, "drawing.settlement_failed");
  assert.is((await hub.running.ledger.settlements.find(`${voucherId}.2`))?.note, "conflict");
  const fence = await fenceOf(voucherId);
  assert.equal([fence?.by, fence?.version], ["hub", 2]);
  assert.ok(logged.some((line) => line.includes("a drawing was paid for another past of its voucher")));
  assert.is((await refused(beneficiary, "voucher:draw", voucherId, { amount: 1, to })).code, "rolled_back");
  assert.is((await scene.balances()).beneficiary.balance, 10);
});

fences(
  "what was paid by an order that the store has lost is fenced, and not taken for the next one",
  async () => {
    const { issuer, beneficiary, payer, to } = scene;
    const { settlements } = hub.running.ledger;
    const voucherId = await scene.issue({ approval: { by: "payer", within: 3600 } });
    const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { amount: 10, to });
    const party = to.holder;
    await hub.putAccount(party, TO, { kind: "credit", holder: party, currency: "CNY", limit: 0 });
    await accepted(payer, "drawing:approve", voucherId, { drawingId: String(drawn.event.version) });
    await toldOf(issuer, voucherId, "drawing.settlement_failed");
    for (const number of ["A-1", "B-1"])
      await hub.putAccount(party, number, { kind: "funds", holder: party, currency: "CNY", balance: 0 });
    const id = `${voucherId}.3`;
    const found = await settlements.find(id);
    assert.ok(found);
    // A redirection to A-1 was paid, and a failover of the payer's server has lost it.
    await payApart(hub, { ...found, attempt: 2, number: "A-1" });
    const body = { redirect: { party, number: "B-1" } };
    jsonOf(await call(hub, "POST", `/v1/settlements/${id}`, { token: operator, body }));
    while ((await settlements.find(id))?.state === "open") await new Promise((wake) => setTimeout(wake, 10));
    const { state, note } = (await settlements.find(id)) as FoundSettlement;
    assert.equal([state, note], ["failed", "conflict"]);
    assert.is((await fenceOf(voucherId))?.by, "hub");
    const balanceOf = async (number: string) => (await hub.running.accounts.get({ party, number }))?.balance;
    assert.equal([await balanceOf("A-1"), await balanceOf("B-1")], [10, 0]);
    const { findings } = await audit(hub.running);
    const ofIt = findings.filter(({ subject }) => subject.includes(voucherId));
    assert.equal(
      ofIt.map(({ rule }) => rule),
      ["credit_unlike_settlement"],
    );
  },
);

fences("what is to be paid out of a fenced voucher is put aside, and paid when it is resumed", async () => {
  const { issuer, beneficiary, payer, to } = scene;
  const voucherId = await scene.issue();
  await toldOf(beneficiary, voucherId, "voucher.issued");
  // A hub that dies before it goes on leaves the settlement in the queue.
  const payload = { commandId: freshId(), voucherId, to, amount: 10 };
  const drawn = await hub.running.ledger.vouchers.execute("voucher:draw", beneficiary, payload);
  assert.ok(drawn.kind === "done");
  for (const party of [payer, issuer]) await show(party, { ...drawn.snapshot, version: 9 });
  const { undone } = voucherKeys(voucherId);
  const until = performance.now() + 60_000;
  const isAside = async () => Number(await client.zscore(undone, `${voucherId}.2`)) > Date.now() + 60_000;
  while (!(await isAside())) assert.ok(performance.now() < until, "it is tried again and again");
  jsonOf(await resume(voucherId));
  await toldOf(issuer, voucherId, "drawing.settled");
  assert.is(await client.zscore(undone, `${voucherId}.2`), null);
});

fences("issuance:check takes vouchers, and what is gone as a whole waits for an operator", async () => {
  const { beneficiary } = scene;
  const goBack = await rememberStore(client);
  const voucherId = await scene.issue();
  const issued = await toldOf(beneficiary, voucherId, "voucher.issued");
  await goBack();
  const known = [{ id: voucherId, version: 1, digest: issued.digest }];
  const checked = (await beneficiary.send("issuance:check", { known })) as CheckAck;
  assert.equal(checked, { ok: true, behind: [voucherId] });
  const fence = await fenceOf(voucherId);
  assert.equal([fence?.missing, fence?.by, fence?.version], [true, beneficiary.party, 1]);
  assert.ok(logged.some((line) => line.includes("a voucher is missing")));
  assert.equal(jsonOf(await resume(voucherId)), { voucherId, missing: true });
  assert.is(await fenceOf(voucherId), undefined);
});

fences("the case of one that was missing, and is back, can be closed", async () => {
  const { beneficiary } = scene;
  const goBack = await rememberStore(client);
  const voucherId = await scene.issue();
  const issued = await toldOf(beneficiary, voucherId, "voucher.issued");
  const goForth = await rememberStore(client);
  await goBack();
  const known = [{ id: voucherId, version: 1, digest: issued.digest }];
  await beneficiary.send("issuance:check", { known });
  // The voucher's server comes back with all that it had, beside what was noted meanwhile.
  const [missing, list] = [missingKey(voucherId), fencesKey(voucherId)];
  const kept = await Promise.all(
    [missing, list].map(async (key) => (await client.dumpBuffer(key)) as Buffer),
  );
  await goForth();
  for (const [index, key] of [missing, list].entries())
    await client.restore(key, 0, kept[index] as Buffer, "REPLACE");
  assert.is((await fenceOf(voucherId))?.missing, true);
  assert.equal(jsonOf(await resume(voucherId)), { voucherId, missing: true });
  assert.is(await fenceOf(voucherId), undefined);
  assert.is(await client.zscore(list, voucherId), null);
  await accepted(beneficiary, "voucher:accept", voucherId, {});
  refusedWith(await resume("v0-AAAAAAAAAAAAAAAA"), 404, "not_found");
});

fences("issuance:check says nothing of another's voucher, and knows what the store has", async () => {
  const voucherId = await scene.issue();
  const issued = await toldOf(scene.beneficiary, voucherId, "voucher.issued");
  const known = [{ id: voucherId, version: 1, digest: issued.digest }];
  const ask = (terminal: RawTerminal) => terminal.send("issuance:check", { known });
  assert.equal(await ask(scene.payer), { ok: true, behind: [] });
  const other = await openVoucherScene(hub);
  assert.equal(await ask(other.payer), { ok: true, behind: [voucherId] });
  other.close();
  assert.is(await fenceOf(voucherId), undefined);
});

fences.run();
