/** One address that leads to the master: it moves to the promoted replica, and the old connections stay where they were. */
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { startProxy } from "../helpers/tcp-proxy.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { openScene } from "./scene.ts";

const moved = suite("an address that moves to the promoted replica");

const settings = { "repl-diskless-sync-delay": "0" };
const placeOf = ({ url }: TestRedis) => {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
};

/** A master with a replica that has all of it, and the address that leads to the master. */
async function startPair() {
  const master = await startRedis({ tcp: true, durable: true, settings });
  const { host, port } = placeOf(master);
  const replica = await startRedis({
    tcp: true,
    durable: true,
    settings: { ...settings, replicaof: `${host} ${port}` },
  });
  const online = async () => (await master.client().info("replication")).includes("state=online");
  while (!(await online())) await setTimeout(20);
  let target = master;
  const address = await startProxy(() => placeOf(target));
  return {
    url: `redis://127.0.0.1:${address.port}`,
    master,
    replica,
    /** Turns the roles, and leads new connections to the new master. */
    move: async (demoteTo: TestRedis) => {
      await master.client().call("WAIT", "1", "1000");
      await replica.client().replicaof("NO", "ONE");
      const there = placeOf(demoteTo);
      await master.client().replicaof(there.host, there.port);
      target = replica;
    },
    stop: async () => {
      await address.close();
      await Promise.all([master.stop(), replica.stop()]);
    },
  };
}

moved("is followed within seconds; /readyz is never ready while nothing can be written", async () => {
  const pair = await startPair();
  const hub = await startHub({ redisUrl: pair.url, settings: { MIN_REPLICAS: "1" } });
  const scene = await openScene(hub);
  const { issuanceId } = await scene.reach("proposed");
  const since = performance.now();
  await pair.move(pair.replica);
  const ready = () => call(hub, "GET", "/readyz");
  for (;;) {
    // What is ready before and after a command has to do it.
    const before = await ready();
    const answer = await scene.payer.command("payer:agree", { issuanceId });
    if (answer.ok) break;
    assert.is(answer.error.code, "unavailable");
    const after = await ready();
    assert.not(before.status === 200 && after.status === 200 && !answer.ok, "ready and yet unavailable");
    assert.ok(performance.now() - since < 60_000, after.text);
    await setTimeout(20);
  }
  const tookMs = performance.now() - since;
  assert.ok(tookMs < 20_000, `${tookMs} ms`);
  // It is replicated again once the demoted master has copied the new one.
  const isWhole = ({ text }: { text: string }) => text === '{"status":"ready","durability":"replicated"}';
  while (!isWhole(await ready())) await setTimeout(50);
  assert.is(
    await pair.replica.client().hexists(`ts:{${issuanceId.split("-")[0]}}:issuance:${issuanceId}`, "s"),
    1,
  );
  // The connection that waits for replicas has followed, too: the demoted master is the new one's replica.
  await scene.issuer.accepted("issuance:open", { issuanceId });
  const issued = await scene.reach("issued");
  assert.is(issued.state, "issued");
  scene.close();
  await hub.close();
  await pair.stop();
});

moved("is followed by what hubs hear of each other, though that connection is told nothing", async () => {
  const [pair, elsewhere] = [await startPair(), await startRedis({ tcp: true, settings })];
  const [here, there] = [await startHub({ redisUrl: pair.url }), await startHub({ redisUrl: pair.url })];
  const [issuer, payer] = [await connectTerminal(here, "shop"), await connectTerminal(there, "acme")];
  // The old master follows another, so that nothing that is told at the new one comes to it.
  await pair.move(elsewhere);
  for (const hub of [here, there])
    while ((await call(hub, "GET", "/readyz")).status !== 200) await setTimeout(50);
  await setTimeout(200);
  const offer = { payer: "acme", amount: 100, currency: "CNY" };
  const { issuance } = await issuer.accepted("payer:request", offer);
  await payer.told(issuance.issuanceId, "payer.requested");
  for (const terminal of [issuer, payer]) terminal.close();
  await Promise.all([here.close(), there.close(), pair.stop(), elsewhere.stop()]);
});

/** What makes a store refuse writes that can be read all the same, and what it is called. */
const REFUSALS: [
  name: string,
  set: (redis: TestRedis) => Promise<unknown>,
  unset: (redis: TestRedis) => Promise<unknown>,
][] = [
  [
    "OOM",
    (redis) => redis.client().config("SET", "maxmemory", "1"),
    (redis) => redis.client().config("SET", "maxmemory", "0"),
  ],
  [
    "NOREPLICAS",
    (redis) => redis.client().config("SET", "min-replicas-to-write", "1"),
    (redis) => redis.client().config("SET", "min-replicas-to-write", "0"),
  ],
  [
    "NOPERM",
    (redis) => redis.client().acl("SETUSER", "hub", "-hset"),
    (redis) => redis.client().acl("SETUSER", "hub", "+hset"),
  ],
  [
    "NOAUTH",
    async (redis) => {
      await redis.client().acl("SETUSER", "hub", "resetpass", ">other");
      await redis.client().call("CLIENT", "KILL", "USER", "hub");
      await setTimeout(100);
    },
    (redis) => redis.client().acl("SETUSER", "hub", "resetpass", ">secret"),
  ],
];

for (const [name, set, unset] of REFUSALS) {
  moved(`as any other: a store that refuses writes with ${name} is not ready`, async () => {
    const redis = await startRedis({ tcp: true });
    await redis.client().acl("SETUSER", "hub", "on", ">secret", "~*", "&*", "+@all");
    const hub = await startHub({ redisUrl: redis.url.replace("//", "//hub:secret@") });
    const ready = () => call(hub, "GET", "/readyz");
    jsonOf(await ready());
    await set(redis);
    const { detail } = refusedWith(await ready(), 503, "unavailable");
    if (name !== "NOAUTH") assert.is(detail, `The store can't serve now: ${name}.`);
    await unset(redis);
    while ((await ready()).status !== 200) await setTimeout(50);
    await hub.close();
    await redis.stop();
  });
}

moved.run();
