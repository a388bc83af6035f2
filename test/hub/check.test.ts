/** What has ended is checked too: a terminal shows what it was told of, and what the store has lost is noticed. */
import type { CheckAck, Fence, FencePage, Snapshot } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { issuanceKeys, partitionKeys } from "../../server/ledger/keys.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { monitorCommands } from "../helpers/monitor.ts";
import { connectTerminal, errorOf, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { openScene, type Scene } from "./scene.ts";

const checks = suite("issuance:check");

const QUOTA = 5;
let redis: TestRedis;
let client: Redis;
let hub: TestHub;
let scene: Scene;
let operator: string;
const logged: string[] = [];
checks.before(async () => {
  redis = await startRedis();
  client = redis.client();
  hub = await startHub({
    redisUrl: redis.url,
    settings: { FENCES_PER_PARTY: String(QUOTA), LOG_LEVEL: "error" },
    onLog: (line) => logged.push(line),
  });
  operator = await hub.token("bank", { operator: true });
});
checks.after(async () => {
  await hub.close();
  await redis.stop();
});
checks.before.each(async () => {
  scene = await openScene(hub);
  logged.length = 0;
});
checks.after.each(() => scene.close());

type Known = { id: string; version: number; digest: string };
const knownOf = ({ issuanceId: id, version, digest }: Snapshot): Known => ({ id, version, digest });
const junk = (index: number): Known => ({
  id: `${index % 16}-${String(index).padStart(16, "A")}`,
  version: 5,
  digest: "0123456789ab",
});

async function check(terminal: RawTerminal, ...known: Known[]): Promise<string[]> {
  const answer = (await terminal.send("issuance:check", { known })) as CheckAck;
  if (!answer.ok) throw new Error(answer.error.code);
  return answer.behind;
}

const fences = async () =>
  (jsonOf(await call(hub, "GET", "/v1/fences?limit=1000", { token: operator })) as FencePage).fences;
const fenceOf = async (id: string) => (await fences()).find(({ issuanceId }) => issuanceId === id);
const decide = (id: string, body: object) => call(hub, "POST", `/v1/fences/${id}`, { token: operator, body });
const missingTotal = async () => {
  const text = await hub.running.registry.getSingleMetricAsString("tallystick_issuances_missing_total");
  return Number(/total (\d+)$/m.exec(text)?.[1]);
};

/** An issuance that both sides were told is issued, and of which the store has kept `verified`. */
async function loseIssue(): Promise<Snapshot> {
  const { issuanceId } = await scene.reach("verified");
  const rewind = await rememberStore(client);
  const { issuance } = await scene.issuer.accepted("issuance:accept", { issuanceId });
  await scene.payer.told(issuanceId, "voucher.issued");
  await rewind();
  return issuance;
}

/** An issuance of which the store has lost everything. */
async function loseAll(): Promise<Snapshot> {
  const rewind = await rememberStore(client);
  const known = await scene.reach("issued");
  await rewind();
  return known;
}

for (const side of ["issuer", "payer"] as const) {
  checks(`A2: an issue that the store has lost is noticed by the ${side}, and fenced`, async () => {
    const known = await loseIssue();
    assert.equal(await check(scene[side], knownOf(known)), [known.issuanceId]);
    const fence = (await fenceOf(known.issuanceId)) as Fence;
    assert.equal([fence.by, fence.version, fence.digest], [side, known.version, known.digest]);
    assert.is(fence.issuance?.state, "verified");
    assert.is(logged.filter((line) => line.includes(known.issuanceId)).length, 1);
    assert.is((await scene.issuer.refused("issuance:accept", known)).code, "invalid_request");
    const { issuanceId } = known;
    assert.is((await scene.issuer.refused("issuance:accept", { issuanceId })).code, "rolled_back");
    await decide(issuanceId, { decision: "resume" });
    assert.ok((await scene.issuer.accepted("issuance:accept", { issuanceId })).ok);
  });
}

checks("what the store has as it was told is not behind, ended or not, now or a version ago", async () => {
  const issued = await scene.reach("issued");
  const open = await scene.reach("opened");
  const log = await scene.payer.sync(open.issuanceId);
  const before = log.ok ? log.events.at(-2) : undefined;
  const older = { id: open.issuanceId, version: before?.version ?? 0, digest: before?.digest ?? "" };
  assert.equal(await check(scene.payer, knownOf(issued), knownOf(open), older), []);
  assert.equal(await check(scene.payer), []);
  assert.is(await fenceOf(issued.issuanceId), undefined);
});

checks("A3: what is gone as a whole is counted, logged and listed, once", async () => {
  const known = await loseAll();
  const { issuanceId: id } = known;
  const counted = await missingTotal();
  assert.equal(await check(scene.payer, knownOf(known)), [id]);
  assert.equal(await check(scene.issuer, knownOf(known)), [id]);
  assert.is(await missingTotal(), counted + 1);
  assert.is(logged.filter((line) => line.includes("is missing") && line.includes(id)).length, 1);
  const fence = (await fenceOf(id)) as Fence;
  const { version, digest } = known;
  assert.equal(
    { ...fence, at: 0 },
    { issuanceId: id, by: scene.payer.party, version, digest, at: 0, missing: true },
  );
  assert.equal((await audit(hub.running)).findings, []);
  const found = jsonOf(await call(hub, "GET", `/v1/fences/${id}`, { token: operator }));
  assert.equal(found, fence);
  assert.equal(await of(scene.payer.party), [id]);
  await closeMissing(id, known);
});

const of = async (party: string) =>
  (jsonOf(await call(hub, "GET", `/v1/fences?party=${party}`, { token: operator })) as FencePage).fences.map(
    ({ issuanceId }) => issuanceId,
  );

/** An operator can only close it; then the same shown again lists it no more, and something else does. */
async function closeMissing(id: string, known: Snapshot): Promise<void> {
  refusedWith(await decide(id, { decision: "cancel" }), 409, "wrong_state");
  for (let times = 0; times < 2; times++)
    assert.equal(jsonOf(await decide(id, { decision: "resume" })), { issuanceId: id, missing: true });
  assert.equal(await check(scene.payer, knownOf(known)), [id], "it is still behind");
  assert.is(await fenceOf(id), undefined);
  assert.equal(await check(scene.issuer, { ...knownOf(known), digest: "0123456789ab" }), [id]);
  assert.is((await fenceOf(id))?.by, scene.issuer.party);
  jsonOf(await decide(id, { decision: "resume" }));
  const partition = Number(id.split("-")[0]);
  const entries = await client.xrange(partitionKeys.journal(partition), "-", "+");
  assert.equal(
    entries.flatMap(([, fields]) =>
      fields[1] === id && fields[3]?.startsWith("issuance.") ? [fields[3]] : [],
    ),
    ["issuance.missing", "issuance.resumed", "issuance.missing", "issuance.resumed"],
  );
}

checks(
  "A3: a sync of an issuance that is gone as a whole shows it as well; the answer stays not_found",
  async () => {
    const { issuanceId, version: after, digest } = await loseAll();
    const counted = await missingTotal();
    const sync = (payload: object) => scene.issuer.send("issuance:sync", { issuanceId, ...payload });
    for (const payload of [{ after: 0 }, { after }, { after: 0, digest }]) {
      assert.is(errorOf((await sync(payload)) as { ok: boolean }).code, "not_found");
      assert.is(await fenceOf(issuanceId), undefined, "nobody says that it was told anything");
    }
    const error = errorOf((await sync({ after, digest })) as { ok: boolean });
    assert.equal([error.code, error.details], ["not_found", undefined]);
    assert.is((await fenceOf(issuanceId))?.missing, true);
    assert.is(await missingTotal(), counted + 1);
    jsonOf(await decide(issuanceId, { decision: "resume" }));
  },
);

checks("says of another's what it says of what is not there, and lists nothing", async () => {
  const theirs = await scene.reach("issued");
  const other = await openScene(hub);
  const outside = { ...junk(1), id: "99999-AAAAAAAAAAAAAAAA" };
  assert.equal(await check(other.payer, knownOf(theirs), outside), [theirs.issuanceId, outside.id]);
  assert.equal(await fences(), []);
  const { issuanceId, version, digest } = theirs;
  const error = errorOf(
    (await other.payer.send("issuance:sync", { issuanceId, after: version, digest })) as { ok: boolean },
  );
  assert.is(error.code, "not_found");
  assert.equal(await fences(), []);
  assert.is((await client.keys("ts:{99999}:*")).length, 0);
  other.close();
});

checks("nobody can list more than its quota of junk, and no other party's place is taken", async () => {
  const keys = await client.dbsize();
  const counted = await missingTotal();
  const all = Array.from({ length: 100 }, (_, index) => junk(index));
  assert.is((await check(scene.payer, ...all)).length, 100);
  assert.is((await fences()).length, QUOTA);
  assert.is(await missingTotal(), counted + QUOTA);
  assert.is(logged.filter((line) => line.includes("is missing")).length, QUOTA);
  // Each of them, its partition's list and journal, and the party's own count.
  assert.ok((await client.dbsize()) <= keys + 3 * QUOTA + 1);
  const known = await loseAll();
  await check(scene.issuer, knownOf(known));
  assert.is((await fenceOf(known.issuanceId))?.by, scene.issuer.party);
  for (const { issuanceId = "" } of await fences()) await decide(issuanceId, { decision: "resume" });
  await check(scene.payer, junk(200));
  assert.ok(await fenceOf(junk(200).id), "what was decided about makes room");
  await decide(junk(200).id, { decision: "resume" });
});

checks("one that is made anew meanwhile is fenced, and no longer missing", async () => {
  const rewind = await rememberStore(client);
  const payload = { commandId: "made-anew", payer: scene.payer.party, amount: 100, currency: "CNY" };
  const { issuanceId } = (await scene.issuer.accepted("payer:request", payload)).issuance;
  const { issuance: known } = await scene.payer.accepted("payer:agree", { issuanceId });
  await rewind();
  await check(scene.payer, knownOf(known));
  assert.is((await fenceOf(issuanceId))?.missing, true);
  await scene.issuer.accepted("payer:request", payload);
  await check(scene.payer, knownOf(known));
  const fence = (await fenceOf(issuanceId)) as Fence;
  assert.equal([fence.missing, fence.issuance?.state], [undefined, "proposed"]);
  assert.is((await fences()).length, 1);
  const resumed = jsonOf(await decide(issuanceId, { decision: "resume" })) as Snapshot;
  assert.is(resumed.state, "proposed");
  assert.equal(await fences(), []);
  assert.is(await client.exists(issuanceKeys(issuanceId)[0]), 1);
});

checks("costs as many messages as it shows issuances", async () => {
  const slow = await startHub({ redisUrl: redis.url, settings: { RATE_LIMIT: "60" } });
  const terminal = await connectTerminal(slow, scene.payer.party);
  const known = knownOf(await scene.reach("issued"));
  assert.equal(await check(terminal, ...Array(100).fill(known)), []);
  const error = errorOf(
    (await terminal.send("issuance:check", { known: Array(100).fill(known) })) as { ok: boolean },
  );
  assert.is(error.code, "rate_limited");
  assert.ok(Number(error.details?.retryAfter) > 500);
  terminal.close();
  await slow.close();
});

checks("is a short script for each, all in one go", async () => {
  const known = knownOf(await scene.reach("issued"));
  const sent: string[] = [];
  const monitor = await monitorCommands(redis, ({ name, isScripts }) => {
    if (!isScripts && ["evalsha", "eval", "get", "hmget"].includes(name)) sent.push(name);
  });
  await check(scene.payer, ...Array(50).fill(known));
  await monitor.catchUp();
  monitor.close();
  assert.is(sent.filter((name) => name === "evalsha").length, 50);
});

checks.run();
