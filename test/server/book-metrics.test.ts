/** What Prometheus is told of the book: counted a little at a time, each issuance and voucher once, and never by a scrape. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { call, funds, issueVoucher } from "../http/client.ts";

const metrics = suite("the metrics of the book");
let store: TestRedis;
let hub: TestHub;
metrics.before(async () => {
  store = await startRedis();
  hub = await startHub({ redisUrl: store.url, settings: { SWEEP_INTERVAL: "100" } });
});
metrics.after(async () => {
  await hub.close();
  await store.stop();
});

/** The samples of a metric, by their labels as they are written. */
async function samplesOf(name: string, of = hub): Promise<Record<string, number>> {
  const { text } = await call(of, "GET", "/metrics");
  const samples = text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, "gm"));
  return Object.fromEntries([...samples].map(([, labels = "", value]) => [labels, Number(value)]));
}

/** One text, in whichever order the samples come. */
const inOrder = (samples: Record<string, number>) => JSON.stringify(Object.entries(samples).sort());

/** Waits until a metric has these samples; what it had last is said when it never has. */
async function become(name: string, expected: Record<string, number>): Promise<void> {
  let found: Record<string, number> = {};
  for (let tries = 0; tries < 600; tries++) {
    found = await samplesOf(name);
    if (inOrder(found) === inOrder(expected)) return;
    await setTimeout(100);
  }
  assert.equal(found, expected, name);
}

metrics("count open issuances by state, live vouchers and what is frozen, each once", async () => {
  await hub.putAccount("acme", "1", funds(100_000));
  await hub.putAccount("acme", "2", { ...funds(5000), currency: "JPY" });
  const account = { number: "1", holder: "Acme Ltd" };
  await issueVoucher(hub, { issuer: "globex", payer: "acme", amount: 700, account });
  await issueVoucher(hub, { issuer: "nordlicht", payer: "acme", amount: 50, account });
  const issuer = await connectTerminal(hub, "globex");
  const payer = await connectTerminal(hub, "acme");
  const request = { payer: "acme", amount: 1, currency: "CNY" };
  await issuer.accepted("payer:request", request);
  const { issuanceId } = (await issuer.accepted("payer:request", request)).issuance;
  await payer.accepted("payer:agree", { issuanceId });
  // To itself: issuer and payer have one entry together.
  await payer.accepted("payer:request", { ...request, payer: "acme" });
  await become("tallystick_issuances_open", { 'state="agreed"': 2, 'state="proposed"': 1 });
  await become("tallystick_vouchers_live", { 'state="issued"': 2 });
  await become("tallystick_frozen_minor", { 'currency="CNY"': 750 });
  await issuer.accepted("issuance:cancel", { issuanceId });
  await become("tallystick_issuances_open", { 'state="agreed"': 1, 'state="proposed"': 1 });
  issuer.close();
  payer.close();
  const { "": counted = 0 } = await samplesOf("tallystick_book_counted_seconds");
  assert.ok(counted > 1_700_000_000);
});

metrics("tell what waits for an operator, and forget it when it no longer does", async () => {
  const issuer = await connectTerminal(hub, "fencer");
  const request = { payer: "acme", amount: 1, currency: "CNY" };
  const { issuanceId } = (await issuer.accepted("payer:request", request)).issuance;
  await become("tallystick_fences_open", { "": 0 });
  await issuer.send("issuance:sync", { issuanceId, after: 9, digest: "0123456789ab" });
  await become("tallystick_fences_open", { "": 1 });
  const token = await hub.token("bank", { operator: true });
  await call(hub, "POST", `/v1/fences/${issuanceId}`, { token, body: { decision: "resume" } });
  await become("tallystick_fences_open", { "": 0 });
  issuer.close();
});

metrics("tell of settlements that could not be paid", async () => {
  await hub.putAccount("drawer", "1", { ...funds(1), holder: "Drawer" });
  const account = { number: "1", holder: "Acme Ltd" };
  const { voucher } = await issueVoucher(hub, { issuer: "drawer", payer: "acme", amount: 10, account });
  // Between the look at the account and the credit it becomes one that nothing can be paid into.
  const terminal = await connectTerminal(hub, "drawer");
  const to = { number: "1", holder: "Drawer" };
  await hub.putAccount("drawer", "1", { ...funds(Number.MAX_SAFE_INTEGER), holder: "Drawer" });
  await terminal.send("voucher:draw", { voucherId: voucher?.voucherId, commandId: freshId(), to });
  terminal.close();
  await become("tallystick_settlements_failed", { "": 1 });
  await become("tallystick_settlements_open", { "": 0 });
});

metrics("are told of one hub of several, the one that counts", async () => {
  const other = await startHub({ redisUrl: store.url, settings: { SWEEP_INTERVAL: "100" } });
  try {
    await setTimeout(1000);
    const counting = [hub, other].map((one) => samplesOf("tallystick_vouchers_live", one));
    const told = (await Promise.all(counting)).filter((samples) => Object.keys(samples).length > 0);
    assert.is(told.length, 1);
  } finally {
    await other.close();
  }
});

metrics("say whether the store serves, and the versions", async () => {
  assert.equal(await samplesOf("tallystick_store_up"), { "": 1 });
  assert.equal(await samplesOf("tallystick_partitions_unserved"), { "": 0 });
  const [labels = ""] = Object.keys(await samplesOf("tallystick_build_info"));
  assert.match(labels, /^version="\d+\.\d+\.\d+",node="v\d+.*",protocol="1"$/);
  // A store that refuses to write can be read, and serves nobody.
  await store.client().config("SET", "min-replicas-to-write", "1");
  assert.equal(await samplesOf("tallystick_store_up"), { "": 0 });
  assert.equal(await samplesOf("tallystick_partitions_unserved"), {}, "what is not known is not told");
  await store.client().config("SET", "min-replicas-to-write", "0");
  await become("tallystick_store_up", { "": 1 });
});

metrics.run();
