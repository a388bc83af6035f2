// time limit: 800 s
// about 22 s, mostly waiting
/** A failover that forgets: a credit that no replica had is made once more, a redirection that none had has paid nobody. */
import { setTimeout } from "node:timers/promises";
import type { Settlement } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { accountKeys, bookKey, marksKey } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { startCluster, type TestCluster } from "../helpers/redis.ts";
import { call, jsonOf } from "../http/client.ts";
import { accepted, command, FROM, openVoucherScene, TO, toldOf, type VoucherScene } from "./scene.ts";

const failover = suite("a failover that forgets");

const MASTERS = 3;
const SLOTS = 16384;
const AMOUNT = 30_000;
/** Long enough for several sweeps to come by what is in the queue. */
const SWEEPS_MS = 4000;
const PATIENCE_MS = 60_000;

let cluster: TestCluster;
let hub: TestHub;
let scene: VoucherScene;
let operator: string;
failover.before(async () => {
  cluster = await startCluster({ masters: MASTERS, replicasPerMaster: 1, proxied: true });
  hub = await startHub({ redisUrl: cluster.url, settings: { MIN_REPLICAS: "1", SWEEP_INTERVAL: "200" } });
  operator = await hub.token("bank", { operator: true });
});
failover.after(async () => {
  await hub.close();
  await cluster.stop();
});
failover.before.each(async () => {
  // Payer and beneficiary are on different servers, so that one can forget alone.
  for (;;) {
    scene = await openVoucherScene(hub);
    if ((await shardOf(scene.payer.party)) !== (await shardOf(scene.beneficiary.party))) return;
    scene.close();
  }
});
failover.after.each(() => scene.close());

const partitionOf = (party: string) => hub.running.ledger.partitionOf(party);

async function shardOf(party: string): Promise<number> {
  const slot = Number(await cluster.client(0).cluster("KEYSLOT", bookKey(partitionOf(party))));
  return Array.from({ length: MASTERS }, (_, shard) => Math.floor(((shard + 1) * SLOTS) / MASTERS)).findIndex(
    (end) => slot < end,
  );
}

/** The nodes of a party's shard. */
async function nodesOf(party: string): Promise<{ master: number; replica: number }> {
  const shard = await shardOf(party);
  const isMaster = /role:master/.test(await cluster.client(shard).info("replication"));
  const other = shard + MASTERS;
  return isMaster ? { master: shard, replica: other } : { master: other, replica: shard };
}

/** The replica of a party's server takes its place, without what was written there meanwhile. */
async function forget(party: string, meanwhile: (master: number) => Promise<void>): Promise<void> {
  const { master, replica } = await nodesOf(party);
  await cluster.kill(replica, "SIGSTOP");
  // Nothing that is on its way to the replica arrives later.
  cluster.proxies[master]?.reset();
  await meanwhile(master);
  await cluster.kill(master);
  await cluster.kill(replica, "SIGCONT");
  await cluster.untilServed();
  await cluster.restart(master);
}

/** Asks again while the store is away. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await ask().catch(() => undefined);
    if (found !== undefined) return found;
    assert.ok(performance.now() < end, "it did not come about in time");
    await setTimeout(50);
  }
}

const decide = (id: string, body: object, key: string) =>
  call(hub, "POST", `/v1/settlements/${id}`, { token: operator, body, headers: { "idempotency-key": key } });
const untilSettled = (id: string) =>
  until(async () => {
    const found = await hub.running.ledger.settlements.find(id);
    return found?.state === "settled" ? found : undefined;
  });

async function balanceOf(party: string, number: string): Promise<number | undefined> {
  return (await until(() => hub.running.accounts.get({ party, number }))).balance;
}

failover("of a credit: it is made once more, and told once replicas have it", async () => {
  const { payer, beneficiary, to } = scene;
  const voucherId = await scene.issue();
  await toldOf(beneficiary, voucherId, "voucher.issued");
  const id = `${voucherId}.2`;
  const account = accountKeys({ partition: partitionOf(to.holder), party: to.holder, number: TO }).account;
  await forget(to.holder, async (master) => {
    const draw = { commandId: freshId(), to, amount: AMOUNT };
    await until(async () => (await command(beneficiary, "voucher:draw", voucherId, draw)).ok || undefined);
    const there = cluster.client(master);
    await until(async () => (await there.hget(account, "total")) === String(AMOUNT) || undefined);
    await setTimeout(SWEEPS_MS);
    assert.is((await hub.running.ledger.settlements.find(id))?.state, "open");
    assert.not.ok(payer.voucherEvents.some(({ type }) => type === "drawing.settled"));
  });
  await untilSettled(id);
  assert.is(await balanceOf(to.holder, TO), AMOUNT);
  assert.is(await balanceOf(payer.party, FROM), 1_000_000 - AMOUNT);
  await toldOf(payer, voucherId, "drawing.settled");
  assert.equal((await until(() => audit(hub.running))).findings, []);
});

/** A party with an account of funds whose server is another than the payer's, and partition another than these. */
async function payeeApart(...others: string[]): Promise<string> {
  for (let index = 0; ; index += 1) {
    const party = `${scene.payer.party}-${index}-payee`;
    const isApart = others.every((other) => partitionOf(other) !== partitionOf(party));
    if (!isApart || (await shardOf(party)) === (await shardOf(scene.payer.party))) continue;
    await hub.putAccount(party, "X-1", { kind: "funds", holder: party, currency: "CNY", balance: 0 });
    return party;
  }
}

failover("of a redirection: it has paid nobody, and the next one pays once", async () => {
  const { payer, beneficiary, to } = scene;
  const voucherId = await scene.issue({ approval: { by: "payer", within: 3600 } });
  const drawn = await accepted(beneficiary, "voucher:draw", voucherId, { amount: AMOUNT, to });
  await hub.putAccount(to.holder, TO, { kind: "credit", holder: to.holder, currency: "CNY", limit: 0 });
  await accepted(payer, "drawing:approve", voucherId, { drawingId: String(drawn.event.version) });
  await toldOf(beneficiary, voucherId, "drawing.settlement_failed");
  const id = `${voucherId}.3`;
  const first = await payeeApart();
  const second = await payeeApart(first);
  await forget(payer.party, async () => {
    const [key, redirect] = [freshId(), { party: first, number: "X-1" }];
    const answers = new Set<number>();
    // The line to the payer's server was cut just now: until it is back nothing is done.
    await until(async () => {
      answers.add((await decide(id, { redirect }, key)).status);
      return (await hub.running.ledger.settlements.find(id))?.attempt === 2 || undefined;
    });
    await setTimeout(SWEEPS_MS);
    assert.equal([...answers], [503]);
    assert.equal(await hub.running.store.hgetall(marksKey(partitionOf(first), id)), {});
  });
  const key = freshId();
  const sent = await until(async () => {
    const answer = await decide(id, { redirect: { party: second, number: "X-1" } }, key);
    return answer.status === 200 ? (jsonOf(answer) as Settlement) : undefined;
  });
  assert.equal([sent.attempt, sent.to.party], [2, second]);
  await untilSettled(id);
  assert.equal([await balanceOf(first, "X-1"), await balanceOf(second, "X-1")], [0, AMOUNT]);
  assert.equal((await until(() => audit(hub.running))).findings, []);
});

failover.run();
