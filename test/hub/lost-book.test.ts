// time limit: 240 s
// about 17 s, mostly waiting
// A store that has lost the hub's book, or a part of it, or holds another: it is not served until that is settled.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import type { CheckAck } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readSettings } from "../../server/config.ts";
import { createHub } from "../../server/hub/create-hub.ts";
import { openBook } from "../../server/ledger/book.ts";
import { NotServedError } from "../../server/ledger/book-watch.ts";
import { bookKey, partitionKeys, partitionOf, SWEEP_KEY } from "../../server/ledger/keys.ts";
import { createLog } from "../../server/log.ts";
import { COMMAND } from "../helpers/command.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { startCluster, startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { accountPath, call, jsonOf, refusedWith } from "../http/client.ts";
import { openScene, type Scene } from "./scene.ts";

const PARTITIONS = 16;
const lost = suite("a lost book");
let redis: TestRedis;
let client: Redis;
let hub: TestHub;
let scene: Scene;
let lines: { level: number; msg: string }[];
/** Starts the hub of a test, which looks seldom or often. */
async function begin(sweepMs: number): Promise<void> {
  redis = await startRedis({ tcp: true });
  client = redis.client();
  lines = [];
  const settings = { SWEEP_INTERVAL: String(sweepMs), LOG_LEVEL: "info", PARTITIONS: String(PARTITIONS) };
  hub = await startHub({
    redisUrl: redis.url,
    settings,
    onLog: (line) => void lines.push(JSON.parse(line)),
  });
  scene = await openScene(hub);
}
lost.after.each(async () => {
  scene.close();
  await hub.close();
  await redis.stop();
});

const ready = () => call(hub, "GET", "/readyz");
const said = (pattern: RegExp) => lines.filter(({ msg }) => pattern.test(msg));

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await holds()) return;
    await setTimeout(20);
  }
  throw new Error(`never came to be: ${what}; the log says ${JSON.stringify(lines)}`);
}

async function put(party: string) {
  const token = await hub.token("bank", { operator: true });
  const body = { kind: "funds", holder: "Somebody", currency: "CNY", balance: 100 };
  return call(hub, "PUT", accountPath(party, "12345678"), { token, body });
}

const DECISION = { decision: "resume" };

async function keysOfBook(): Promise<string[]> {
  return (await client.keys("*")).filter((key) => key !== SWEEP_KEY);
}

function codeOf(answer: { ok: true } | { ok: false; error: { code: string } }): string {
  return answer.ok ? "ok" : answer.error.code;
}

async function runBegin(...more: string[]): Promise<{ status: number; out: string; error: string }> {
  const nodeArguments = [COMMAND, "book", "begin", ...more];
  const child = spawn(process.execPath, nodeArguments, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, REDIS_URL: redis.url, PARTITIONS: String(PARTITIONS) },
  });
  const ended = { out: "", error: "" };
  child.stdout.on("data", (chunk) => {
    ended.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    ended.error += chunk;
  });
  const [status] = await once(child, "close");
  return { status: Number(status), ...ended };
}

lost("is not begun anew by any command, not even before the hub has looked", async () => {
  await begin(60_000);
  await client.flushall();
  const offer = { payer: scene.payer.party, amount: 100, currency: "CNY" };
  assert.is((await scene.issuer.refused("payer:request", offer)).code, "unavailable");
  assert.is((await scene.payer.refused("payer:request", offer)).code, "unavailable", "to oneself");
  refusedWith(await put("somebody"), 503, "unavailable");
  assert.equal(
    (await client.keys("*")).filter((key) => key !== SWEEP_KEY),
    [],
  );
});

lost("is not taken for a book that has nothing, not even before the hub has looked", async () => {
  await begin(60_000);
  const { issuanceId, version, digest } = await scene.reach("proposed");
  const restore = await rememberStore(client);
  const token = await hub.token("bank", { operator: true });
  const questions = {
    command: async () => codeOf(await scene.payer.command("payer:agree", { issuanceId })),
    sync: async () => codeOf(await scene.payer.sync(issuanceId)),
    check: async () =>
      codeOf(
        (await scene.payer.send("issuance:check", {
          known: [{ id: issuanceId, version, digest }],
        })) as CheckAck,
      ),
    account: async () => (await call(hub, "GET", accountPath("acme", "12345678"), { token })).status,
    issuance: async () => (await call(hub, "GET", `/v1/issuances/${issuanceId}`, { token })).status,
    voucher: async () => (await call(hub, "GET", `/v1/vouchers/v${issuanceId}`, { token })).status,
    fences: async () =>
      (await call(hub, "POST", `/v1/fences/${issuanceId}`, { token, body: DECISION })).status,
  };
  for (const [name, ask] of Object.entries(questions)) {
    await client.flushall();
    const answer = await ask();
    assert.ok(answer === "unavailable" || answer === 503, `${name}: ${answer}`);
    assert.equal(await keysOfBook(), [], name);
    await restore();
    await until("whole", async () => (await ready()).status === 200);
  }
  assert.is((await scene.payer.command("payer:agree", { issuanceId })).ok, true);
});

lost("is not begun by what hubs write of themselves, not even before the hub has looked", async () => {
  await begin(60_000);
  const { ledger } = hub.running;
  const { issuanceId } = await scene.reach("issued");
  const parties = { issuer: scene.payer.party, beneficiary: scene.issuer.party };
  const voucher = { voucherId: `v${issuanceId}`, issuedAt: Date.now(), ...parties, state: "issued" as const };
  const claim = { party: scene.payer.party, version: 3, digest: "000000000000" };
  const writes = {
    enter: () => ledger.voucherIndex.enter(voucher),
    fence: () => ledger.fences.fence(issuanceId, claim),
    noteMissing: () => ledger.fences.noteMissing(issuanceId, claim),
  };
  await client.flushall();
  for (const [name, write] of Object.entries(writes)) {
    const error: unknown = await write().then(
      () => undefined,
      (caught) => caught,
    );
    assert.instance(error, NotServedError, name);
    assert.equal(await keysOfBook(), [], name);
  }
});

/** Takes all of a partition out; the function it answers puts the whole store back. */
async function emptyPartition(partition: number): Promise<() => Promise<void>> {
  const restore = await rememberStore(client);
  await client.del(await client.keys(`ts:{${partition}}:*`));
  return restore;
}

lost("in one partition takes nothing out of the indexes, before the hub has looked", async () => {
  await begin(60_000);
  const { ledger } = hub.running;
  const homeOf = (party: string) => partitionOf(party, PARTITIONS);
  while (homeOf(scene.issuer.party) === homeOf(scene.payer.party)) {
    scene.close();
    scene = await openScene(hub);
  }
  const homes = { issuer: homeOf(scene.issuer.party), payer: homeOf(scene.payer.party) };
  const indexOf = (partition: number) => client.zrange(partitionKeys.open(partition), "0", "-1");
  const open = await scene.reach("proposed");
  const declined = await scene.reach("proposed");
  await scene.payer.accepted("payer:decline", { issuanceId: declined.issuanceId });
  const before = await indexOf(homes.issuer);
  assert.is(before.length, 2);
  for (const lostHome of [homes.payer, homes.issuer]) {
    const restore = await emptyPartition(lostHome);
    await ledger.openIssuances.pruneEnded();
    await ledger.openIssuances.list({ party: scene.issuer.party, limit: 10 }).catch(() => undefined);
    assert.equal(await indexOf(homes.issuer), lostHome === homes.issuer ? [] : before);
    assert.equal(await client.keys(`ts:{${lostHome}}:*`), []);
    await restore();
    await until("whole", async () => (await ready()).status === 200);
  }
  // What could not be done is done later.
  await ledger.openIssuances.pruneEnded();
  const [entry = "", ...others] = await indexOf(homes.issuer);
  assert.ok(entry.endsWith(open.issuanceId), entry);
  assert.equal(others, []);
});

lost("is not begun anew by a worker that is started again", async () => {
  await begin(60_000);
  await client.flushall();
  const settings = readSettings({
    JWT_SECRET: "a secret for tests, of 32 bytes or more",
    PORT: "0",
    PARTITIONS: "16",
  });
  const log = createLog({ level: "silent" });
  await createHub({ settings, redisUrl: redis.url, log, mayBegin: false }).then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, "there is no book in the store"),
  );
  assert.equal(await client.keys("*"), []);
});

lost("is not served until its data is back; the log says once what to do", async () => {
  await begin(50);
  const { issuanceId } = await scene.reach("proposed");
  const restore = await rememberStore(client);
  await client.flushall();
  await until("a line in the log", () => said(/has lost the book/).length > 0);
  const problem = refusedWith(await ready(), 503, "unavailable");
  assert.is(problem.detail, "The store has lost the book.");
  for (const party of ["somebody", scene.payer.party]) refusedWith(await put(party), 503, "unavailable");
  assert.is((await scene.payer.refused("payer:agree", { issuanceId })).code, "unavailable");
  const synced = await scene.payer.sync(issuanceId);
  assert.is(synced.ok || synced.error.code, "unavailable");
  const listed = await scene.payer.list();
  assert.is(listed.ok || listed.error.code, "unavailable");
  await setTimeout(200);
  const [line, ...more] = said(/has lost the book/);
  assert.equal(more, []);
  assert.match(line?.msg ?? "", /bring its data back, or accept the loss with: tallystick book begin/);
  assert.equal(
    (await client.keys("*")).filter((key) => key !== SWEEP_KEY),
    [],
  );
  await restore();
  await until("ready", async () => (await ready()).status === 200);
  assert.is(said(/whole book again/).length, 1);
  await scene.payer.accepted("payer:agree", { issuanceId });
});

lost("is served again, empty, once an operator says so; hubs go on hearing of each other", async () => {
  await begin(50);
  const second = await startHub({ redisUrl: redis.url, settings: { SWEEP_INTERVAL: "50" } });
  const there = await connectTerminal(second, "acme");
  await client.flushall();
  await until("a line in the log", () => said(/has lost the book/).length > 0);
  const resynced = new Promise<void>((resolve) =>
    scene.issuer.socket.once("session:resync", () => resolve()),
  );
  const before = hub.running.book.id;
  const refused = await runBegin();
  assert.is(refused.status, 1);
  assert.match(refused.error, /nothing was done: add --yes/);
  refusedWith(await ready(), 503, "unavailable");
  const begun = await runBegin("--yes");
  assert.equal([begun.status, begun.error], [0, ""]);
  assert.match(begun.out, /The store holds no book\. A new one begins, empty, with 16 partitions/);
  await until(
    "ready",
    async () => (await ready()).status === 200 && (await call(second, "GET", "/readyz")).status === 200,
  );
  await resynced;
  assert.is.not(hub.running.book.id, before);
  const { issuance } = await scene.issuer.accepted("payer:request", {
    payer: "acme",
    amount: 5,
    currency: "CNY",
  });
  await there.told(issuance.issuanceId, "payer.requested");
  assert.match((await runBegin("--yes")).out, /has its name in all 16 partitions: nothing is to do/);
  there.close();
  await second.close();
});

lost("a replica of an empty server that was promoted is not served", async () => {
  await begin(50);
  const empty = await startRedis({ tcp: true });
  const { hostname, port } = new URL(empty.url);
  await client.replicaof(hostname, Number(port));
  await until("replicated", async () => (await client.info("replication")).includes("master_link_status:up"));
  await until("not ready", async () => (await ready()).status === 503);
  await client.replicaof("NO", "ONE");
  await until("a line in the log", () => said(/has lost the book/).length > 0);
  refusedWith(await put("somebody"), 503, "unavailable");
  assert.is(refusedWith(await ready(), 503, "unavailable").detail, "The store has lost the book.");
  await empty.stop();
});

lost("a store that can be read and not written is not ready", async () => {
  await begin(60_000);
  const other = await startRedis({ tcp: true });
  await openBook(other.client(), 16);
  const { hostname, port } = new URL(redis.url);
  // The hub's own store stays as it is, as a replica does, but takes no writes.
  await client.config("SET", "min-replicas-to-write", "1");
  const problem = refusedWith(await ready(), 503, "unavailable");
  assert.is(problem.detail, "The store can't serve now: NOREPLICAS.");
  await client.config("SET", "min-replicas-to-write", "0");
  assert.is((await ready()).status, 200);
  // A demoted master behind the same address.
  const demoted = other.client();
  await demoted.replicaof(hostname, Number(port));
  await client.replicaof(new URL(other.url).hostname, Number(new URL(other.url).port));
  assert.is(refusedWith(await ready(), 503, "unavailable").detail, "The store can't serve now: READONLY.");
  await client.replicaof("NO", "ONE");
  await other.stop();
});

lost("another book in the same place is not served, and nothing is written to it", async () => {
  await begin(50);
  await client.flushall();
  // Long before this hub looked for the last time, as an operator had begun it elsewhere.
  const { id } = await openBook(client, 16);
  for (let partition = 0; partition < 16; partition++)
    await client.hset(bookKey(partition), "acceptedAt", "1000");
  await until("a line in the log", () => said(/holds another book/).length > 0);
  assert.is(refusedWith(await ready(), 503, "unavailable").detail, "The store holds another book.");
  refusedWith(await put("somebody"), 503, "unavailable");
  assert.is((await client.keys("*")).filter((key) => key !== SWEEP_KEY).length, 16);
  assert.is.not(hub.running.book.id, id);
});

lost("a single partition that was emptied is not served, and the others are", async () => {
  await begin(50);
  const partition = partitionOf(scene.payer.party, 16);
  const { issuanceId } = await scene.reach("proposed");
  await client.del(await client.keys(`ts:{${partition}}:*`));
  await until("a line in the log", () => said(/has lost 1 of the book's partitions/).length > 0);
  assert.equal(jsonOf(await ready()), { status: "ready", durability: "memory", degraded: 1 });
  refusedWith(await put(scene.payer.party), 503, "unavailable");
  assert.is((await scene.payer.refused("payer:agree", { issuanceId })).code, "unavailable");
  const offer = { payer: scene.payer.party, amount: 100, currency: "CNY" };
  assert.is((await scene.issuer.refused("payer:request", offer)).code, "unavailable");
  assert.equal(await client.keys(`ts:{${partition}}:*`), partition === 0 ? [SWEEP_KEY] : []);
  const token = await hub.token("bank", { operator: true });
  for (const path of ["/v1/fences", "/v1/settlements?state=open"]) {
    const page = jsonOf(await call(hub, "GET", path, { token })) as { degraded?: number };
    assert.is(page.degraded, 1, path);
  }
  const elsewhere = ["a", "b", "c", "d"].find((party) => partitionOf(party, 16) !== partition) as string;
  jsonOf(await put(elsewhere), 201);
  // A hub that is started anew finds the same.
  await hub.restart();
  assert.equal(jsonOf(await ready()), { status: "ready", durability: "memory", degraded: 1 });
  const begun = await runBegin("--yes");
  assert.match(begun.out, new RegExp(`has lost 1 of its 16 partitions \\(${partition}\\)`));
  await until("whole", async () => (await ready()).text.includes("degraded") === false);
  jsonOf(await put(scene.payer.party), 201);
});

lost("in a single partition hides nothing of the others in a list", async () => {
  await begin(50);
  const { issuer, payer } = scene;
  const homeOf = (party: string) => hub.running.ledger.partitionOf(party);
  const homes = [homeOf(issuer.party), homeOf(payer.party)];
  const names = Array.from({ length: 64 }, (_, index) => `apart-${index}`);
  const other = names.find((name) => !homes.includes(homeOf(name))) as string;
  const { issuanceId } = await scene.reach("proposed");
  // The newest, and so the first that a list looks at, is in the partition that is lost.
  await issuer.accepted("payer:request", { payer: other, amount: 5, currency: "CNY" });
  const keys = await client.keys(`ts:{${homeOf(other)}}:*`);
  await client.del(...keys);
  await until("degraded", async () => JSON.parse((await ready()).text).degraded === 1);
  const answer = await issuer.list();
  assert.ok(answer.ok);
  assert.equal(
    answer.open.map((each) => each.issuanceId),
    [issuanceId],
  );
});

lost("with one of a cluster's masters down, its partitions alone are not served", async () => {
  await begin(60_000);
  const cluster = await startCluster({ masters: 3, settings: { "cluster-require-full-coverage": "no" } });
  const spread = await startHub({ redisUrl: cluster.url, settings: { SWEEP_INTERVAL: "60000" } });
  const status = async () => call(spread, "GET", "/readyz");
  assert.equal(jsonOf(await status()), { status: "ready", durability: "fsynced" });
  await cluster.kill(1, "SIGSTOP");
  const found = jsonOf(await status()) as { degraded: number };
  assert.ok(found.degraded > 0 && found.degraded < 16, JSON.stringify(found));
  await cluster.kill(1, "SIGCONT");
  await until("whole", async () => !(await status()).text.includes("degraded"));
  // One that takes no writes is not served either, though it can be read.
  await cluster.client(2).config("SET", "min-replicas-to-write", "1");
  const again = jsonOf(await status()) as { degraded: number };
  assert.ok(again.degraded > 0 && again.degraded < 16, JSON.stringify(again));
  await Promise.all([spread.close(), cluster.stop()]);
});

lost("two books on one server, in two of its databases, never meet", async () => {
  await begin(60_000);
  const other = await startHub({ redisUrl: `${redis.url}/1` });
  const here = await connectTerminal(hub, "acme");
  const there = await connectTerminal(other, "acme");
  const shop = await connectTerminal(hub, "shop");
  const offer = { payer: "acme", amount: 100, currency: "CNY" };
  const { issuance } = await shop.accepted("payer:request", offer);
  await here.told(issuance.issuanceId, "payer.requested");
  // What comes next over the other book's own channel comes after what might have crossed.
  const second = await startHub({ redisUrl: `${redis.url}/1` });
  const otherShop = await connectTerminal(second, "other-shop");
  const { issuance: others } = await otherShop.accepted("payer:request", offer);
  await there.told(others.issuanceId, "payer.requested");
  assert.equal(
    there.events.map(({ issuanceId }) => issuanceId),
    [others.issuanceId],
  );
  for (const terminal of [here, there, shop, otherShop]) terminal.close();
  await second.close();
  await other.close();
});

lost.run();
