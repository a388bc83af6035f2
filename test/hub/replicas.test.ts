// about 14 s, mostly waiting
/** MIN_REPLICAS: an issue is acknowledged only when as many replicas have it; otherwise nobody knows, and a repeat tells. */
import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { partitionKeys, partitionOfIssuance, voucherKey } from "../../server/ledger/keys.ts";
import { loadScripts } from "../../server/ledger/load-scripts.ts";
import { unpack } from "../../server/ledger/packing.ts";
import { newestEvent } from "../../server/ledger/record.ts";
import { ReplicationBarrier, UnconfirmedError } from "../../server/ledger/replication-barrier.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { errorOf, freshId } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { startProxy } from "../helpers/tcp-proxy.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { AMOUNT, openScene, type Scene, submission } from "./scene.ts";

const replicated = suite("replicas");

let master: TestRedis;
let replica: TestRedis;
let client: Redis;
let onReplica: Redis;
let hub: TestHub;
let scene: Scene;
const said: string[] = [];
const lines: Store[] = [];

replicated.before(async () => {
  master = await startRedis({ durable: true, tcp: true, settings: { "repl-diskless-sync-delay": "0" } });
  const [host, port] = master.url.slice("redis://".length).split(":");
  replica = await startRedis({ durable: true, tcp: true, settings: { replicaof: `${host} ${port}` } });
  client = master.client();
  onReplica = replica.client();
  await untilReplicas(1);
  hub = await startHub({
    redisUrl: master.url,
    settings: { MIN_REPLICAS: "1" },
    onLog: (line) => said.push(line),
  });
});
replicated.after(async () => {
  await hub.close();
  await replica.stop();
  await master.stop();
});
replicated.before.each(async () => {
  scene = await openScene(hub);
});
replicated.after.each(async () => {
  for (const line of lines.splice(0)) line.disconnect();
  await scene.close();
});

async function untilReplicas(count: number): Promise<void> {
  const online = async () => (await client.info("replication")).match(/state=online/g)?.length ?? 0;
  while ((await online()) !== count) await setTimeout(20);
}

/** The state of a voucher as the replica has it. */
async function statusAtReplica(issuanceId: string): Promise<string | undefined> {
  const standing = await onReplica.hget(voucherKey(issuanceId), "s");
  return standing === null ? undefined : unpack(standing)[1];
}
const readiness = async () => jsonOf(await call(hub, "GET", "/readyz"));

replicated("that have it make the issue `replicated`, whichever command it came by", async () => {
  const accepted = await scene.reach("verified");
  const { issuanceId } = accepted;
  const answer = await scene.issuer.accepted("issuance:accept", { issuanceId });
  assert.is(answer.durability, "replicated");
  assert.is(await statusAtReplica(issuanceId), "issued");
  const atOnce = await scene.reach("opened", { review: "none" });
  const submitted = await scene.payer.accepted(
    "account:submit",
    submission(scene, atOnce.issuanceId, "good"),
  );
  assert.is(submitted.durability, "replicated");
  assert.is(await statusAtReplica(atOnce.issuanceId), "issued");
});

replicated("are not waited for by what freezes nothing", async () => {
  const { issuanceId } = await scene.request();
  const answer = await scene.payer.accepted("payer:agree", { issuanceId });
  assert.not("durability" in answer);
});

replicated("that do not answer leave the issue unknown; the same command settles it, once", async () => {
  const { issuanceId } = await scene.reach("verified");
  const payload = { issuanceId, commandId: freshId() };
  await replica.kill("SIGSTOP");
  try {
    assert.is((await scene.issuer.refused("issuance:accept", payload)).code, "unavailable");
    assert.is((await scene.issuer.refused("issuance:accept", payload)).code, "unavailable");
    assert.is(errorOf(await scene.payer.sync(issuanceId)).code, "unavailable", "nobody else is told");
    const token = await hub.token(scene.payer.party);
    for (const path of [`/v1/issuances/${issuanceId}`, `/v1/vouchers/v${issuanceId}`]) {
      refusedWith(await call(hub, "GET", path, { token }), 503, "unavailable");
    }
    // What needs no replica goes on meanwhile.
    await scene.reach("agreed");
  } finally {
    await replica.kill("SIGCONT");
  }
  const answer = await scene.issuer.accepted("issuance:accept", payload);
  assert.is(answer.durability, "replicated");
  assert.is((await scene.account("good")).frozen, AMOUNT);
  assert.is((await scene.payer.told(issuanceId, "voucher.issued")).version, answer.event.version);
});

replicated("that are asked for and are not there are told of at start and by /readyz", async () => {
  assert.equal(await readiness(), { status: "ready", durability: "replicated" });
  assert.match(said.join(), "acknowledged when 1 replica has it");
  await replica.kill("SIGKILL");
  await untilReplicas(0);
  assert.equal(await readiness(), { status: "ready", durability: "fsynced", issues: "unavailable" });
  said.length = 0;
  await hub.restart();
  assert.match(said.join(), "there are only 0 of them now");
  await replica.restart();
  await untilReplicas(1);
  assert.equal(await readiness(), { status: "ready", durability: "replicated" });
  scene = await openScene(hub);
});

/** Asks until /readyz says this of issues; the test's time limit ends what never does. */
async function untilIssuesAre(said: string | undefined): Promise<void> {
  for (;;) {
    const answer = (await readiness()) as { status: string; durability: string; issues?: string };
    assert.equal([answer.status, answer.durability], ["ready", "replicated"]);
    if (answer.issues === said) return;
    await setTimeout(50);
  }
}

replicated(
  "that are connected and do not confirm are told of by /readyz, though nothing is issued",
  async () => {
    said.length = 0;
    await untilIssuesAre(undefined);
    // The master counts it as a replica for a minute more.
    await replica.kill("SIGSTOP");
    try {
      await untilIssuesAre("unavailable");
      assert.is(said.filter((line) => line.includes("too few replicas confirm")).length, 1);
      // All else is served.
      await scene.reach("agreed");
    } finally {
      await replica.kill("SIGCONT");
    }
    await untilIssuesAre(undefined);
    assert.is(said.filter((line) => line.includes("replicas confirm what is issued again")).length, 1);
  },
);

replicated(
  "whose WAIT answers 0, as after a full sync, are told of by /readyz until it does not",
  async () => {
    let isDeaf = true;
    const { hostname: host, port } = new URL(master.url);
    const proxy = await startProxy(() => ({ host, port: Number(port) }), {
      redis: true,
      answer: (command) => {
        const [, name] = /^\*\d+\r\n\$\d+\r\n(wait|waitaof)\r\n/i.exec(command) ?? [];
        if (!isDeaf || !name) return undefined;
        return name.toLowerCase() === "wait" ? ":0\r\n" : "*2\r\n:1\r\n:0\r\n";
      },
    });
    const behind = await startHub({
      redisUrl: `redis://127.0.0.1:${proxy.port}`,
      settings: { MIN_REPLICAS: "1" },
    });
    const there = await openScene(behind);
    const told = async () => jsonOf(await call(behind, "GET", "/readyz"));
    assert.equal(await told(), { status: "ready", durability: "replicated", issues: "unavailable" });
    const { issuanceId } = await there.reach("verified");
    const payload = { issuanceId, commandId: freshId() };
    assert.is((await there.issuer.refused("issuance:accept", payload)).code, "unavailable");
    isDeaf = false;
    await there.issuer.accepted("issuance:accept", payload);
    assert.equal(await told(), { status: "ready", durability: "replicated" });
    there.close();
    await behind.close();
    await proxy.close();
  },
);

/** The ledger's own part of it, on a line of the test's. */
async function waitFor(options: {
  onDisk?: boolean;
}): Promise<{ replicas: ReplicationBarrier; line: Store }> {
  const line = connectRedis(master.url, { name: "test-wait" });
  lines.push(line);
  line.on("error", () => undefined);
  return {
    line,
    replicas: new ReplicationBarrier({
      connection: line,
      scripts: loadScripts(),
      book: hub.running.book,
      replicas: 1,
      onDisk: false,
      ...options,
    }),
  };
}

async function rejected(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => assert.unreachable("it was confirmed") as never,
    (error: Error) => error,
  );
}

/** Every WAIT of the master's life: the hub itself sends none while nothing is issued. */
async function waitsSoFar(): Promise<number> {
  const calls = /cmdstat_wait:calls=(\d+)/.exec(await client.info("commandstats"));
  return Number(calls?.[1] ?? 0);
}

replicated("are waited for by many at once", async () => {
  const { replicas } = await waitFor({});
  const events = await Promise.all(Array.from({ length: 30 }, () => scene.request()));
  const before = await waitsSoFar();
  await Promise.all(
    events.map(({ issuanceId, version, digest }) =>
      replicas.confirm(newestEvent({ issuanceId, version, digest })),
    ),
  );
  const waits = (await waitsSoFar()) - before;
  assert.ok(waits === 1 || waits === 2, `${waits} waits`);
});

replicated("say nothing of an event that the store no longer has", async () => {
  const { replicas } = await waitFor({});
  const { issuanceId, version, digest } = await scene.request();
  const other = digest.replace(/./g, (digit) => (digit === "0" ? "1" : "0"));
  assert.instance(
    await rejected(replicas.confirm(newestEvent({ issuanceId, version, digest: other }))),
    UnconfirmedError,
  );
  assert.instance(
    await rejected(replicas.confirm(newestEvent({ issuanceId, version: version + 1, digest }))),
    UnconfirmedError,
  );
  await replicas.confirm(newestEvent({ issuanceId, version, digest }));
});

replicated("have a journal up to an entry that the store still has, and are asked once", async () => {
  const { replicas } = await waitFor({});
  const { issuanceId } = await scene.request();
  const partition = partitionOfIssuance(issuanceId);
  const journal = partitionKeys.journal(partition);
  const [last] = await client.xrevrange(journal, "+", "-", "COUNT", 1);
  const [entry = ""] = last ?? [];
  const before = await waitsSoFar();
  await Promise.all(Array.from({ length: 30 }, () => replicas.confirmUpTo({ partition, entry })));
  await replicas.confirmUpTo({ partition, entry });
  await replicas.confirmUpTo({ partition, entry: "" });
  assert.is((await waitsSoFar()) - before, 1);
  // As after a failover to a replica that lacked the newest: what is older was written by another master, perhaps.
  for (const lost of ["1-1", `${Number(entry.split("-")[0]) + 1000}-0`])
    assert.instance(await rejected(replicas.confirmUpTo({ partition, entry: lost })), UnconfirmedError);
});

replicated("are not taken to have it when the line is lost during the wait", async () => {
  const { replicas, line } = await waitFor({});
  const { issuanceId, version, digest } = await scene.request();
  await line.ping();
  await replica.kill("SIGSTOP");
  try {
    const waiting = rejected(replicas.confirm(newestEvent({ issuanceId, version, digest })));
    const blocked = async () => / name=test-wait .* flags=b/.test(String(await client.client("LIST")));
    while (!(await blocked())) await setTimeout(5);
    const [id] = /id=(\d+)[^\n]* name=test-wait /.exec(String(await client.client("LIST")))?.slice(1) ?? [];
    await client.client("KILL", "ID", id as string);
    await waiting;
  } finally {
    await replica.kill("SIGCONT");
  }
});

replicated("are waited for with their disks where the server can; this one can't, and says so", async () => {
  const { replicas } = await waitFor({ onDisk: true });
  const { issuanceId, version, digest } = await scene.request();
  const known = (await client.call("COMMAND", "INFO", "WAITAOF")) as unknown[];
  const confirming = replicas.confirm(newestEvent({ issuanceId, version, digest }));
  if (known[0]) await confirming;
  else assert.match((await rejected(confirming)).message, "WAITAOF");
});

replicated.run();
