// time limit: 240 s
// about 18 s, mostly waiting
// A master that dies: its replica takes over, and the hub serves again without a restart, with nothing lost.
import type { IssuerIssuance, PayerIssuance, Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import type { TestHubOptions } from "../helpers/hub.ts";
import { startCluster, type TestCluster } from "../helpers/redis.ts";
import { startSentinel, type TestSentinel } from "../helpers/redis-sentinel.ts";
import { ACCOUNT, OFFER, open, type Scene, startScene } from "../helpers/sdk-scene.ts";

/** One open issuance, and as many terminals as a negotiation needs. */
interface Cast {
  scene: Scene;
  issuer: Terminal;
  payer: Terminal;
  issuance: IssuerIssuance;
  asPayer: PayerIssuance;
}

async function gather(redisUrl: string, settings: TestHubOptions["settings"] = {}): Promise<Cast> {
  const scene = await startScene({ redisUrl, settings });
  const issuer = await scene.terminal("shop");
  const payer = await scene.terminal("acme");
  const [issuance, asPayer] = await open(issuer, payer);
  return { scene, issuer, payer, issuance, asPayer };
}

/** What was open before goes on to its voucher, and so does something new. */
async function goOn({ scene, issuer, payer, issuance, asPayer }: Cast): Promise<void> {
  await asPayer.submitAccount(ACCOUNT);
  await issuance.until("verified");
  await issuance.accept();
  await asPayer.until("issued");
  await Promise.all([
    issuer.requestPayer({ ...OFFER, review: "none" }).then(async (next) => {
      await next.until("agreed");
      await next.open();
      await next.until("issued");
    }),
    new Promise<void>((resolve, reject) => {
      payer.onRequest(async (next) => {
        try {
          await next.agree();
          await next.until("opened");
          await next.submitAccount(ACCOUNT);
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    }),
  ]);
  const account = await scene.hub.running.accounts.get({ party: "acme", number: ACCOUNT.number });
  assert.is(account?.frozen, 2 * OFFER.amount);
  assert.equal((await audit(scene.hub.running)).findings, []);
  assert.equal(scene.errors, []);
}

const sentinels = suite("behind Sentinel");
let sentinel: TestSentinel;
sentinels.before(async () => {
  sentinel = await startSentinel();
});
sentinels.after(() => sentinel.stop());

sentinels("a master is killed, and its replica serves what was open and what comes", async () => {
  const cast = await gather(sentinel.url);
  await sentinel.master.kill("SIGKILL");
  await sentinel.untilPromoted(sentinel.master);
  await goOn(cast);
  await cast.scene.close();
});
sentinels.run();

const clusters = suite("on a cluster");
let cluster: TestCluster;
clusters.before(async () => {
  cluster = await startCluster({ masters: 3, replicasPerMaster: 1 });
});
clusters.after(() => cluster.stop());

clusters("each master is killed in turn, and its replica serves what was open and what comes", async () => {
  const cast = await gather(cluster.url, { MIN_REPLICAS: "1" });
  for (const index of [0, 1, 2]) {
    await cluster.kill(index);
    await cluster.untilServed();
    await cluster.restart(index);
  }
  await goOn(cast);
  await cast.scene.close();
});
clusters.run();
