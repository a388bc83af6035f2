// time limit: 240 s
// about 20 s, mostly waiting
/** One master of a cluster is away: what is on the others goes on, and what is told says what it lacks. */
import { setTimeout } from "node:timers/promises";
import type { CheckAck, FencePage, Snapshot } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { partitionKeys, partitionOf } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startCluster, type TestCluster } from "../helpers/redis.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";

const away = suite("a master that is away");

const PARTITIONS = 16;
const MASTERS = 3;
const ACCOUNT = "6222020200112233";

let cluster: TestCluster;
let hub: TestHub;
let operator: string;
/** The master that is killed, and how many partitions it has. */
let lost: number;
let partitionsLost = 0;
let stay: string[];
let go: string[];
const terminals: RawTerminal[] = [];

away.before(async () => {
  cluster = await startCluster({ masters: MASTERS, settings: { "cluster-require-full-coverage": "no" } });
  hub = await startHub({ redisUrl: cluster.url, settings: { SWEEP_INTERVAL: "200" } });
  operator = await hub.token("bank", { operator: true });
  const masterOf = async (partition: number) => {
    const slot = Number(await cluster.client(0).cluster("KEYSLOT", partitionKeys.open(partition)));
    return Math.floor((slot * MASTERS) / 16384);
  };
  const homes = await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => masterOf(partition)));
  // Partition 0 has the lease of the sweep, and says whether the book has begun.
  lost = homes[0] as number;
  partitionsLost = homes.filter((home) => home === lost).length;
  const parties = Array.from({ length: 60 }, (_, index) => `party-${index}`);
  const isLost = (party: string) => homes[partitionOf(party, PARTITIONS)] === lost;
  go = parties.filter(isLost);
  stay = parties.filter((party) => !isLost(party));
});
away.after(async () => {
  for (const terminal of terminals) terminal.close();
  await hub.close();
  await cluster.stop();
});

async function seat(party: string, at: TestHub = hub): Promise<RawTerminal> {
  const terminal = await connectTerminal(at, party);
  terminals.push(terminal);
  return terminal;
}

async function request(issuer: RawTerminal, payer: RawTerminal, more: object = {}): Promise<Snapshot> {
  const offer = { payer: payer.party, amount: 100, currency: "CNY", ...more };
  return (await issuer.accepted("payer:request", offer)).issuance;
}

async function fence(terminal: RawTerminal, { issuanceId, version }: Snapshot): Promise<void> {
  assert.is(errorOf(await terminal.sync(issuanceId, version + 1)).code, "rolled_back");
}

async function listFences(): Promise<{ ids: string[]; degraded: number | undefined }> {
  const { fences, degraded } = jsonOf(await call(hub, "GET", "/v1/fences", { token: operator })) as FencePage;
  return { ids: fences.map(({ issuanceId = "" }) => issuanceId), degraded };
}

const ready = async () => jsonOf(await call(hub, "GET", "/readyz"));

away("does not keep others from going on, and all goes on when it is back", async () => {
  const [payerName = "", issuerName = "", thirdName = ""] = stay;
  const [payerLostName = "", issuerLostName = ""] = go;
  await hub.putAccount(payerName, ACCOUNT, {
    kind: "funds",
    holder: payerName,
    currency: "CNY",
    balance: 1000,
  });
  const [payer, issuer, third] = [await seat(payerName), await seat(issuerName), await seat(thirdName)];
  const [payerLost, issuerLost] = [await seat(payerLostName), await seat(issuerLostName)];
  const whole = await request(issuer, payer);
  const half = await request(issuerLost, payer);
  const gone = await request(issuer, payerLost);
  const [fenced, fencedAway] = [await request(issuer, payer), await request(issuer, payerLost)];
  const fencedLater = await request(issuerLost, payer);
  const checked = await request(third, payer);
  await fence(payer, fenced);
  await fence(payerLost, fencedAway);
  const due = await request(issuer, payer, { respondWithin: 2 });
  assert.equal((await listFences()).degraded, undefined);

  await cluster.kill(lost);
  const told = await issuer.told(due.issuanceId, "issuance.expired");
  assert.is(told.by, "hub", "deadlines go on");
  // Issuances of both kinds of issuers go on to their vouchers.
  for (const [side, { issuanceId }] of [
    [issuer, whole],
    [issuerLost, half],
  ] as const) {
    await payer.accepted("payer:agree", { issuanceId });
    await side.accepted("issuance:open", { issuanceId });
    const account = { number: ACCOUNT, holder: payerName };
    await payer.accepted("account:submit", { issuanceId, account });
    await side.accepted("issuance:accept", { issuanceId });
  }
  // What asks the server that is away takes as long as the client waits for it, so all ask at once. Lists say what
  // they can, or that they can't.
  const path = `/v1/fences/${fencedAway.issuanceId}`;
  const [refused, list, listLost, back, listed, found] = await Promise.all([
    payerLost.refused("payer:agree", { issuanceId: gone.issuanceId }),
    issuer.list(),
    payerLost.list(),
    seat(issuerLostName),
    listFences(),
    call(hub, "GET", path, { token: operator }),
  ]);
  assert.is(refused.code, "unavailable");
  assert.ok(list.ok && !list.open.some(({ issuanceId }) => issuanceId === gone.issuanceId));
  assert.is(errorOf(listLost).code, "unavailable");
  assert.equal([back.session.open, back.session.more], [[], true]);
  assert.ok((await back.sync(half.issuanceId)).ok);
  assert.equal([listed.ids, listed.degraded], [[fenced.issuanceId], partitionsLost]);
  refusedWith(found, 503, "unavailable");

  // A fence is made, listed and decided, though the partition where it would be counted is away.
  await fence(issuerLost, fencedLater);
  assert.ok((await listFences()).ids.includes(fencedLater.issuanceId));
  const decision = { token: operator, body: { decision: "resume" } };
  jsonOf(await call(hub, "POST", `/v1/fences/${fencedLater.issuanceId}`, decision));
  // Half an answer to a check would say that the rest is there; what can be compared is, all the same.
  const known = [gone, checked].map(({ issuanceId, version, digest }) => ({
    id: issuanceId,
    version: version + (issuanceId === checked.issuanceId ? 1 : 0),
    digest,
  }));
  const check = (await third.send("issuance:check", { known: known.slice(1) })) as CheckAck;
  assert.ok(check.ok);
  assert.equal(check.behind, [checked.issuanceId]);
  assert.is(errorOf((await third.send("issuance:check", { known })) as CheckAck).code, "unavailable");

  assert.equal(await ready(), { status: "ready", durability: "fsynced", degraded: partitionsLost });

  // Another hub starts meanwhile, and serves the same.
  const other = await startHub({ redisUrl: cluster.url, settings: { SWEEP_INTERVAL: "200" } });
  try {
    const there = await seat(thirdName, other);
    const { issuanceId } = await request(there, payer);
    await payer.accepted("payer:decline", { issuanceId });
    // What hubs tell each other may be lost while a master is away: the log is the truth.
    const synced = await there.sync(issuanceId);
    assert.is(synced.ok && synced.issuance.state, "declined");
    there.close();
    await cluster.restart(lost);
    await cluster.untilServed();
    const end = performance.now() + 60_000;
    for (const one of [hub, other])
      while ("degraded" in (jsonOf(await call(one, "GET", "/readyz")) as object)) {
        assert.ok(performance.now() < end, "it is served again");
        await setTimeout(50);
      }
  } finally {
    await other.close();
  }
  await payerLost.accepted("payer:agree", { issuanceId: gone.issuanceId });
  assert.equal((await listFences()).degraded, undefined);
  assert.ok((await listFences()).ids.includes(fencedAway.issuanceId));
});

away.run();
