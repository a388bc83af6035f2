/** What hubs tell each other is a hint: lost or repeated, every terminal still has each event once and in order. */
import type { IssuanceEvent, IssuerIssuance, PayerIssuance, Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { ACCOUNT, open, propose, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";

const lost = suite("messages between hubs");

let redis: TestRedis;
/** Stands between the store and the payer's hub. */
let proxy: TcpProxy;
let here: Scene;
let there: TestHub;

lost.before(async () => {
  redis = await startRedis({ tcp: true });
  const port = Number(redis.url.split(":").at(-1));
  proxy = await startProxy(() => ({ host: "127.0.0.1", port }), { redis: true });
  here = await startScene({ redisUrl: redis.url });
  there = await startHub({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
});
lost.after.each(() => here.leave());
lost.after(async () => {
  await here.close();
  await there.close();
  await proxy.close();
  await redis.stop();
});

/** An issuer at the one hub and a payer at the other, whose terminal asks now and then in any case. */
async function gather(): Promise<[Terminal, Terminal]> {
  const issuer = await here.terminal("shop");
  const payer = await here.terminal("acme", { url: there.url, resyncIntervalMs: 300 });
  return [issuer, payer];
}

function record(issuance: IssuerIssuance | PayerIssuance): IssuanceEvent[] {
  const events: IssuanceEvent[] = [];
  issuance.on((event) => events.push(event));
  return events;
}

const versions = (events: IssuanceEvent[]) => events.map(({ version }) => version);

lost("that come twice are told once", async () => {
  const [issuer, payer] = await gather();
  const before = proxy.spoiled.repeated;
  proxy.spoil("repeat", 2);
  const [asIssuer, asPayer] = await propose(issuer, payer);
  const events = record(asPayer);
  await asPayer.agree();
  await asIssuer.until("agreed");
  await asIssuer.open();
  await asPayer.until("opened");
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  await asIssuer.accept();
  await asPayer.until("issued");
  assert.is(proxy.spoiled.repeated, before + 2);
  assert.equal(versions(events), [2, 3, 4, 5]);
});

lost("that are lost are made up for when the next one shows the gap, or by asking in any case", async () => {
  const [issuer, payer] = await gather();
  const [asIssuer, asPayer] = await open(issuer, payer);
  await asPayer.submitAccount(ACCOUNT);
  await asIssuer.until("verified");
  const events = record(asPayer);
  const before = proxy.spoiled.lost;
  proxy.spoil("lose", 1);
  await asIssuer.changeAccount("another one, please");
  // Nothing comes after it that would show the gap: the payer has to ask by itself.
  await asPayer.until("changing");
  assert.is(proxy.spoiled.lost, before + 1);
  proxy.spoil("lose", 1);
  await asPayer.keepAccount();
  await asIssuer.until("verified");
  await asIssuer.accept();
  await asPayer.until("issued");
  assert.is(proxy.spoiled.lost, before + 2);
  assert.equal(versions(events), [5, 6, 7]);
});

lost("of a line that was cut are made up for once the line is back", async () => {
  const [issuer, payer] = await gather();
  // It would ask by itself only long after this test.
  const patient = await here.terminal("acme", { url: there.url, resyncIntervalMs: 3_600_000 });
  const [asIssuer, asPayer] = await open(issuer, payer);
  const watching = await patient.issuance(asIssuer.id);
  const events = record(watching as PayerIssuance);
  proxy.cut();
  await asIssuer.cancel("it was cut");
  await watching.until("cancelled");
  assert.equal(versions(events), [4]);
  await asPayer.until("cancelled");
});

lost.run();
