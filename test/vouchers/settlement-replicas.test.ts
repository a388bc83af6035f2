// about 17 s, mostly waiting
/** MIN_REPLICAS: of a settlement too nothing is paid, shown or refused on the strength of what a failover could undo. */
import { setTimeout } from "node:timers/promises";
import type { Settlement } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { marksKey } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { accepted, openVoucherScene, payApart, refused, TO, toldOf, type VoucherScene } from "./scene.ts";

const replicated = suite("settlements and replicas");

/** Long enough for several sweeps to come by what is in the queue. */
const SWEEPS_MS = 5000;
const AMOUNT = 30_000;

let master: TestRedis;
let replica: TestRedis;
let hub: TestHub;
let scene: VoucherScene;
let operator: string;
replicated.before(async () => {
  master = await startRedis({ durable: true, tcp: true, settings: { "repl-diskless-sync-delay": "0" } });
  const [host, port] = master.url.slice("redis://".length).split(":");
  replica = await startRedis({ durable: true, tcp: true, settings: { replicaof: `${host} ${port}` } });
  const client = master.client();
  while (!/state=online/.test(await client.info("replication"))) await setTimeout(20);
  hub = await startHub({ redisUrl: master.url, settings: { MIN_REPLICAS: "1", SWEEP_INTERVAL: "100" } });
  operator = await hub.token("bank", { operator: true });
});
replicated.after(async () => {
  await hub.close();
  await replica.stop();
  await master.stop();
});
replicated.before.each(async () => {
  scene = await openVoucherScene(hub);
});
replicated.after.each(() => scene.close());

const pathOf = (id: string) => `/v1/settlements/${id}`;
const read = (id: string) => call(hub, "GET", pathOf(id), { token: operator });
const decide = (id: string, body: object, key = freshId()) =>
  call(hub, "POST", pathOf(id), { token: operator, body, headers: { "idempotency-key": key } });

/** A drawing whose payee's account was turned into a line of credit just before it was to be paid. */
async function failed(): Promise<{ voucherId: string; id: string }> {
  const { payer, beneficiary, to } = scene;
  const voucherId = await scene.issue({ approval: { by: "payer", within: 3600 } });
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { amount: AMOUNT, to });
  await hub.putAccount(to.holder, TO, { kind: "credit", holder: to.holder, currency: "CNY", limit: 0 });
  const drawingId = String(drawn.event.version);
  const { event } = await accepted(payer, "drawing:approve", voucherId, { drawingId });
  await toldOf(beneficiary, voucherId, "drawing.settlement_failed");
  return { voucherId, id: `${voucherId}.${event.version}` };
}

/** Runs while no replica answers. */
async function withoutReplica(act: () => Promise<void>): Promise<void> {
  await replica.kill("SIGSTOP");
  try {
    await act();
  } finally {
    await replica.kill("SIGCONT");
  }
}

replicated("a drawing that was paid for another past is fenced, and closed as failed", async () => {
  const { beneficiary, payer, to } = scene;
  const { settlements, vouchers } = hub.running.ledger;
  const voucherId = await scene.issue();
  await toldOf(beneficiary, voucherId, "voucher.issued");
  const payload = { commandId: freshId(), voucherId, to, amount: AMOUNT };
  await vouchers.execute("voucher:draw", beneficiary, payload, { code: "", currency: "CNY" });
  const found = await settlements.find(`${voucherId}.2`);
  assert.ok(found);
  await payApart(hub, { ...found, digest: "0123456789ab" });
  await toldOf(payer, voucherId, "drawing.settlement_failed");
  assert.is((await settlements.find(`${voucherId}.2`))?.note, "conflict");
  assert.is((await refused(beneficiary, "voucher:release", voucherId, {})).code, "rolled_back");
});

replicated("a redirection that replicas don't have pays nobody", async () => {
  const { voucherId, id } = await failed();
  const { party } = scene.payer;
  const third = `${party}-third`;
  await hub.putAccount(third, "X-1", { kind: "funds", holder: third, currency: "CNY", balance: 0 });
  const [key, body] = [freshId(), { redirect: { party: third, number: "X-1" } }];
  const marks = marksKey(hub.running.ledger.partitionOf(third), id);
  await withoutReplica(async () => {
    refusedWith(await decide(id, body, key), 503, "unavailable");
    await setTimeout(SWEEPS_MS);
    assert.equal(await hub.running.store.hgetall(marks), {});
    refusedWith(await read(id), 503, "unavailable");
  });
  await toldOf(scene.payer, voucherId, "drawing.settled");
  const { attempt, state } = jsonOf(await decide(id, body, key)) as Settlement;
  assert.equal([attempt, state], [2, "settled"]);
  assert.is((await hub.running.accounts.get({ party: third, number: "X-1" }))?.balance, AMOUNT);
});

replicated("what an operator has said is not shown, nor by a refusal, before they have it", async () => {
  const { id } = await failed();
  const paid = { state: "settled", reference: "wire-1" };
  const others = [
    { state: "settled", reference: "wire-2" },
    { redirect: { party: scene.payer.party, number: "X-1" } },
  ];
  await withoutReplica(async () => {
    refusedWith(await decide(id, paid), 503, "unavailable");
    for (const other of others) refusedWith(await decide(id, other), 503, "unavailable");
    refusedWith(await read(id), 503, "unavailable");
  });
  assert.is((jsonOf(await decide(id, paid)) as Settlement).reference, "wire-1");
  for (const other of others) refusedWith(await decide(id, other), 409, "wrong_state");
});

replicated.run();
