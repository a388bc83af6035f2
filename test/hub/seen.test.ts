/** A command says what its sender has seen, and is not carried out on another past. */
import { COMMANDS, type Snapshot } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { issuanceKeys } from "../../server/ledger/keys.ts";
import { unpack } from "../../server/ledger/packing.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { errorOf, freshId } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { ACCOUNTS, AMOUNT, openScene, type Scene, submission } from "./scene.ts";

const seen = suite("what a command's sender has seen");

let redis: TestRedis;
let client: Redis;
let hub: TestHub;
let scene: Scene;
seen.before(async () => {
  redis = await startRedis();
  client = redis.client();
  hub = await startHub({ redisUrl: redis.url });
});
seen.after(async () => {
  await hub.close();
  await redis.stop();
});
seen.before.each(async () => {
  scene = await openScene(hub);
});
seen.after.each(() => scene.close());

const seenIn = ({ version, digest }: Snapshot) => ({ version, digest });

/** Everything that the store holds. */
async function everything(): Promise<(Buffer | null)[]> {
  const keys = (await client.keys("ts:*")).filter((key) => !key.endsWith(":sweep")).sort();
  return Promise.all(keys.map((key) => client.dumpBuffer(key)));
}

/** Two accounts were verified one after the other, and the store has kept the first, which the issuer had refused. */
async function loseSecondAccount(): Promise<Snapshot> {
  const { issuanceId } = await scene.reach("verified", { review: "every" });
  const rewind = await rememberStore(client);
  await scene.issuer.accepted("account:change", { issuanceId });
  const { issuance } = await scene.payer.accepted("account:submit", submission(scene, issuanceId, "other"));
  assert.equal([issuance.version, issuance.account?.last4], [6, "5566"]);
  await rewind();
  return issuance;
}

seen("A1: an acceptance does not land on the account that the issuer had refused", async () => {
  const known = await loseSecondAccount();
  const { issuanceId } = known;
  const before = await everything();
  const error = await scene.issuer.refused("issuance:accept", { issuanceId, seen: seenIn(known) });
  assert.equal([error.code, error.details], ["rolled_back", { version: 4 }]);
  assert.equal(await everything(), before, "the refusal leaves nothing and fences nothing");
  assert.is((await scene.account("good")).frozen, 0);
  // It is the sync that shows it.
  const { version: after, digest } = known;
  const synced = await scene.issuer.send("issuance:sync", { issuanceId, after, digest });
  assert.is(errorOf(synced as { ok: boolean }).code, "rolled_back");
  assert.is((await hub.running.ledger.fences.list({ limit: 100 })).fences.at(-1)?.issuanceId, issuanceId);
});

seen("another event under the same version is another past", async () => {
  const known = await loseSecondAccount();
  const { issuanceId } = known;
  await scene.payer.accepted("account:change", { issuanceId });
  const now = (await scene.payer.accepted("account:submit", submission(scene, issuanceId, "good"))).issuance;
  assert.is(now.version, known.version);
  for (const command of ["issuance:accept", "issuance:cancel"] as const) {
    const error = await scene.issuer.refused(command, { issuanceId, seen: seenIn(known) });
    assert.equal([error.code, error.details], ["rolled_back", { version: 6 }], command);
  }
  const { event } = await scene.issuer.accepted("issuance:accept", { issuanceId, seen: seenIn(now) });
  assert.is(event.type, "voucher.issued");
  assert.is((await scene.account("good")).frozen, AMOUNT);
});

seen("whoever has seen an older event of the same past is not refused for it", async () => {
  const first = await scene.request();
  await scene.payer.accepted("payer:agree", { issuanceId: first.issuanceId, seen: seenIn(first) });
  await scene.issuer.accepted("issuance:open", { issuanceId: first.issuanceId, seen: seenIn(first) });
});

seen("A7: an acceptance that says which version it accepts does not take another account", async () => {
  const shown = await scene.reach("verified", { review: "every" });
  const { issuanceId, version } = shown;
  await scene.payer.accepted("account:change", { issuanceId });
  await scene.payer.accepted("account:submit", submission(scene, issuanceId, "other"));
  const error = await scene.issuer.refused("issuance:accept", {
    issuanceId,
    ifVersion: version,
    seen: seenIn(shown),
  });
  assert.equal([error.code, error.details], ["conflict", { version: 6 }]);
  assert.is((await scene.account("other")).frozen, 0);
});

/** Edits a field of the record in the store, as nobody may. */
async function alter(issuanceId: string, field: "o" | "a", from: string, to: string): Promise<void> {
  const [key] = issuanceKeys(issuanceId);
  const text = (await client.hget(key, field)) as string;
  assert.ok(text.includes(from));
  await client.hset(key, field, text.replace(from, to));
}

const ALTERED = [
  ["amount", "o", `\x1f${AMOUNT}\x1f`, "\x1f900000\x1f"],
  ["account", "a", ACCOUNTS.good.number, ACCOUNTS.other.number],
] as const;
for (const [what, field, from, to] of ALTERED) {
  seen(`A11: an ${what} that was edited in the store is not what the terminals were shown`, async () => {
    const shown = await scene.reach("verified");
    const { issuanceId, version, digest } = shown;
    await alter(issuanceId, field, from, to);
    const error = await scene.issuer.refused("issuance:accept", { issuanceId, seen: seenIn(shown) });
    assert.is(error.code, "rolled_back");
    assert.equal([(await scene.account("good")).frozen, (await scene.account("other")).frozen], [0, 0]);
    const synced = await scene.payer.send("issuance:sync", { issuanceId, after: version, digest });
    assert.is(errorOf(synced as { ok: boolean }).code, "rolled_back");
    const findings = (await audit(hub.running)).findings.filter(({ subject }) => subject === issuanceId);
    assert.is(findings.length, 1, JSON.stringify(findings));
    await alter(issuanceId, field, to, from);
    await hub.running.ledger.fences.decide(issuanceId, { decision: "resume" });
    await scene.issuer.accepted("issuance:accept", { issuanceId, seen: seenIn(shown) });
  });
}

seen("A11: the salt is another for each issuance, and travels to no terminal", async () => {
  const issuances = [await scene.reach("verified"), await scene.reach("issued")];
  const salts = await Promise.all(
    issuances.map(
      async ({ issuanceId }) => unpack(await client.hget(issuanceKeys(issuanceId)[0], "o")).at(-1) ?? "",
    ),
  );
  assert.is(new Set(salts).size, 2);
  for (const salt of salts) assert.match(salt, /^[\w-]{16}$/);
  for (const { issuanceId } of issuances) await scene.payer.sync(issuanceId);
  const told = [...scene.issuer.frames, ...scene.payer.frames].join();
  for (const secret of [...salts, ACCOUNTS.good.number]) assert.not.ok(told.includes(secret));
});

seen("A14: payer:request takes neither, and a refusal leaves nothing", async () => {
  const request = { commandId: freshId(), payer: scene.payer.party, amount: AMOUNT, currency: "CNY" };
  const before = await everything();
  for (const more of [{ ifVersion: 1 }, { seen: { version: 1, digest: "0123456789ab" } }]) {
    const error = errorOf(
      (await scene.issuer.send("payer:request", { ...request, ...more })) as { ok: boolean },
    );
    assert.is(error.code, "invalid_request");
  }
  assert.equal(await everything(), before);
  assert.ok((await scene.issuer.accepted("payer:request", request)).ok);
});

seen("every command on an issuance takes it", () => {
  const taking = Object.entries(COMMANDS).filter(([, schema]) => "seen" in schema.shape);
  assert.equal(
    Object.keys(COMMANDS).filter((name) => !taking.some(([other]) => other === name)),
    ["payer:request"],
  );
});

seen.run();
