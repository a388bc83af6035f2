/** A terminal that knows more than the store is told so, whoever waits on it too; it can load the issuance anew. */
import { TallystickError, type Terminal } from "@tallystick/client";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { ACCOUNT, OFFER, open, rejection, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { eventOfType, startWire } from "../helpers/sdk-wire.ts";

const rolledBack = suite("a terminal before a store that went back in time");

let redis: TestRedis;
let client: Redis;
let scene: Scene;
rolledBack.before(async () => {
  redis = await startRedis();
  client = redis.client();
  scene = await startScene({ redisUrl: redis.url });
});
rolledBack.after.each(() => scene.leave());
rolledBack.after(async () => {
  await scene.close();
  await redis.stop();
});

/** Loses the hub's lines to the store, as a failover does; once they are back the hub asks for a resync. */
async function loseLines(): Promise<void> {
  await client.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
}

const nextError = (terminal: Terminal) =>
  new Promise<TallystickError>((resolve, reject) => {
    terminal.on("error", (error) => resolve(error as TallystickError));
    setTimeout(reject, 60_000, new Error("it was not told")).unref();
  });

rolledBack("whoever waits is told by itself, after the hub has lost its lines to the store", async () => {
  const [issuer, payer] = [await scene.terminal("shop"), await scene.terminal("acme")];
  const [asIssuer, asPayer] = await open(issuer, payer);
  const rewind = await rememberStore(client);
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  const waiting = rejection<TallystickError>(asPayer.until("issued"));
  await rewind();
  await loseLines();
  const error = await waiting;
  assert.instance(error, TallystickError);
  assert.is(error.code, "rolled_back");
  assert.is(error.retry, "new");
  assert.equal(error.details, { version: 3, issuanceId: asIssuer.id });
});

rolledBack(
  "where nobody waits, the error listeners are told, since the others would hear no more",
  async () => {
    const [issuer, payer] = [await scene.terminal("shop"), await scene.terminal("acme")];
    const [asIssuer, asPayer] = await open(issuer, payer);
    asIssuer.on(() => undefined);
    const rewind = await rememberStore(client);
    await asPayer.submitAccount(ACCOUNT);
    await asIssuer.until("verified");
    await payer.close();
    const told = nextError(issuer);
    await rewind();
    await loseLines();
    const error = await told;
    assert.equal([error.code, error.state], ["rolled_back", "verified"]);
    assert.equal(error.details, { version: 3, issuanceId: asIssuer.id });
  },
);

rolledBack("events from the first on don't hang where the store has less of what had ended", async () => {
  const [issuer, payer] = [await scene.terminal("shop"), await scene.terminal("acme")];
  const [asIssuer] = await open(issuer, payer);
  await payer.close();
  const rewind = await rememberStore(client);
  await asIssuer.cancel();
  await rewind();
  const types: string[] = [];
  const iterating = async () => {
    const signal = AbortSignal.timeout(60_000);
    for await (const { type } of asIssuer.events({ from: 1, signal })) types.push(type);
  };
  const error = await rejection<TallystickError>(iterating());
  assert.is(error.code, "rolled_back");
  assert.equal(types, []);
  assert.is((await scene.hub.running.ledger.fences.find(asIssuer.id))?.version, 4, "the hub knows it now");
});

rolledBack(
  "an event that does not follow the one that is known shows it, though its version is the next",
  async () => {
    const wire = await startWire(scene.hub.url);
    const issuer = await scene.terminal("shop", { url: wire.url, resyncIntervalMs: 600_000 });
    const [asIssuer, asPayer] = await open(issuer, await scene.terminal("acme"));
    const rewind = await rememberStore(client);
    await asPayer.submitAccount(ACCOUNT);
    await asIssuer.until("verified");
    await rewind();
    // A terminal that knows nothing of what was lost goes on from what the store has.
    const anew = await (await scene.terminal("acme")).issuance(asIssuer.id);
    assert.ok(anew.role === "payer" && anew.snapshot.version === 3);
    const lost = wire.lose(eventOfType("account.verified"));
    await anew.submitAccount(ACCOUNT);
    await lost;
    const waiting = rejection<TallystickError>(asIssuer.until("changing"));
    await anew.changeAccount("another account");
    const error = await waiting;
    assert.is(error.code, "rolled_back");
    assert.is(asIssuer.snapshot.version, 4);
    await wire.close();
  },
);

rolledBack("after the operator's decision it loads the issuance anew and comes to the voucher", async () => {
  const [issuer, payer] = [await scene.terminal("shop"), await scene.terminal("acme")];
  const [asIssuer, asPayer] = await open(issuer, payer);
  const rewind = await rememberStore(client);
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  await rewind();
  assert.is((await rejection<TallystickError>(asIssuer.sync())).code, "rolled_back");
  assert.is((await rejection<TallystickError>(asPayer.submitAccount(ACCOUNT))).code, "rolled_back");
  await scene.hub.running.ledger.fences.decide(asIssuer.id, { decision: "resume" });
  const anew = await payer.issuance(asIssuer.id);
  const issuerAnew = await issuer.issuance(asIssuer.id);
  assert.is(anew.state, "opened");
  assert.ok(anew.role === "payer" && issuerAnew.role === "issuer");
  await anew.submitAccount(ACCOUNT);
  await issuerAnew.until("verified");
  assert.ok((await issuerAnew.accept()).voucher.voucherId);
});

rolledBack("an end that is lost is noticed though another end was told before any reconnect", async () => {
  const [issuer, payer] = [await scene.terminal("shop"), await scene.terminal("acme")];
  const asIssuer = await issuer.requestPayer({ ...OFFER });
  const rewind = await rememberStore(client);
  await asIssuer.cancel();
  await rewind();
  const isTold = nextError(issuer);
  // A terminal that knows nothing of what was lost goes on from what the store has.
  const other = await scene.terminal("acme");
  const anew = await other.issuance(asIssuer.id);
  assert.ok(anew.role === "payer");
  await anew.decline();
  const error = await isTold;
  assert.instance(error, TallystickError);
  assert.is(error.code, "rolled_back");
  assert.equal(error.details, { issuanceId: asIssuer.id });
  const fence = await scene.hub.running.ledger.fences.find(asIssuer.id);
  assert.is(fence?.version, 2);
  await payer.close();
});

rolledBack.run();
