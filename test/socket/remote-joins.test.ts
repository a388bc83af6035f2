/**
 * A hub's subscription to a room takes its time, and what another hub tells before it holds would be lost:
 * nobody is told of a join before it holds.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";

const joins = suite("joins at two hubs");

const NEGOTIATIONS = 300;
const AT_ONCE = 15;
const account = { number: "6222020200112233", holder: "Acme Ltd" };

let redis: TestRedis;
/** Between the payers' hub and the store. */
let proxy: TcpProxy;
let here: TestHub;
let there: TestHub;
joins.before(async () => {
  redis = await startRedis({ tcp: true });
  const port = Number(redis.url.split(":").at(-1));
  proxy = await startProxy(() => ({ host: "127.0.0.1", port }), { redis: true });
  const settings = { RATE_LIMIT: "1000000" };
  here = await startHub({ redisUrl: redis.url, settings });
  there = await startHub({ redisUrl: `redis://127.0.0.1:${proxy.port}`, settings });
});
joins.after(async () => {
  await here.close();
  await there.close();
  await proxy.close();
  await redis.stop();
});

/** Each side does its part as soon as it is told live that it is its turn, and asks nothing. */
async function negotiate(issuer: RawTerminal, payer: RawTerminal): Promise<void> {
  const offer = { payer: payer.party, amount: 100, currency: "CNY" };
  const { issuanceId } = (await issuer.accepted("payer:request", offer)).issuance;
  await payer.told(issuanceId, "payer.requested");
  await payer.accepted("payer:agree", { issuanceId });
  await issuer.told(issuanceId, "payer.agreed");
  await issuer.accepted("issuance:open", { issuanceId });
  await payer.told(issuanceId, "issuance.opened");
  await payer.accepted("account:submit", { issuanceId, account });
  await issuer.told(issuanceId, "account.verified");
  await issuer.accepted("issuance:accept", { issuanceId });
  await payer.told(issuanceId, "voucher.issued");
}

joins(
  "of hundreds of negotiations across two hubs, no message is lost to a subscription that comes late",
  async () => {
    // What the payers' hub wants to hear from now on is known later than what it does.
    proxy.delay(20, "ssubscribe");
    let left = NEGOTIATIONS;
    const pairs = Array.from({ length: AT_ONCE }, async (_, index) => {
      const party = `payer-${index}`;
      await here.putAccount(party, account.number, {
        holder: account.holder,
        kind: "funds",
        currency: "CNY",
        balance: 1e9,
      });
      const issuer = await connectTerminal(here, `issuer-${index}`);
      const payer = await connectTerminal(there, party);
      while (left-- > 0) await negotiate(issuer, payer);
      issuer.close();
      payer.close();
    });
    await Promise.all(pairs);
    proxy.delay(0);
    assert.ok(left < 0);
  },
);

joins("a terminal that syncs hears whatever is told after its answer", async () => {
  proxy.delay(20, "ssubscribe");
  await here.putAccount("late", account.number, {
    holder: account.holder,
    kind: "funds",
    currency: "CNY",
    balance: 1e9,
  });
  const issuer = await connectTerminal(here, "issuer-late");
  const payer = await connectTerminal(here, "late");
  const onlooker = await connectTerminal(there, "late");
  for (let round = 0; round < 30; round++) {
    const offer = { payer: "late", amount: 100, currency: "CNY" };
    const { issuanceId } = (await issuer.accepted("payer:request", offer)).issuance;
    await payer.accepted("payer:agree", { issuanceId });
    await onlooker.sync(issuanceId);
    await issuer.accepted("issuance:cancel", { issuanceId });
    await onlooker.told(issuanceId, "issuance.cancelled");
  }
  for (const terminal of [issuer, payer, onlooker]) terminal.close();
});

joins("a line that listens and is down holds no command up for long", async () => {
  const issuer = await connectTerminal(here, "issuer-held");
  const payer = await connectTerminal(there, "payer-0");
  const [subscriber] = String(await redis.client().client("LIST"))
    .split("\n")
    .filter((line) => / sub=0 .* ssub=[1-9]/.test(line) && line.includes("cmd=ssubscribe"));
  assert.ok(subscriber, "a hub's line that listens");
  const { issuanceId } = (
    await issuer.accepted("payer:request", { payer: "payer-0", amount: 1, currency: "CNY" })
  ).issuance;
  await payer.told(issuanceId, "payer.requested");
  await redis.client().call("CLIENT", "KILL", "TYPE", "pubsub");
  const answer = await payer.accepted("payer:agree", { issuanceId });
  assert.is(answer.issuance.state, "agreed");
  issuer.close();
  payer.close();
});

joins.run();
