/** The first event of an issuance has a second way to its payer, whatever was lost on the first. */
import { connect, type PayerIssuance, type Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, freshId } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";

const first = suite("an invitation");

const OFFER = { amount: 5, currency: "CNY" } as const;

let redis: TestRedis;
/** Stands between the store and the payer's hub. */
let proxy: TcpProxy;
let issuers: TestHub;
let payers: TestHub;

first.before(async () => {
  redis = await startRedis({ tcp: true });
  const port = Number(redis.url.split(":").at(-1));
  proxy = await startProxy(() => ({ host: "127.0.0.1", port }), { redis: true });
  issuers = await startHub({ redisUrl: redis.url });
  payers = await startHub({ redisUrl: `redis://127.0.0.1:${proxy.port}` });
});
first.after(async () => {
  await issuers.close();
  await payers.close();
  await proxy.close();
  await redis.stop();
});

/** A payer that stays connected all the time, and the next invitation that it hears of. */
async function watch(party: string): Promise<{ payer: Terminal; invitation: Promise<PayerIssuance> }> {
  const token = await payers.token(party);
  const payer = await connect(payers.url, { token, resyncIntervalMs: 200 });
  payer.on("disconnected", () => assert.unreachable("it was connected all the time"));
  const invitation = new Promise<PayerIssuance>((resolve) =>
    payer.onRequest((issuance) => resolve(issuance)),
  );
  return { payer, invitation };
}

first("reaches the payer though the issuer's hub dies between the commit and telling it", async () => {
  const { payer, invitation } = await watch("first-killed");
  // The commit alone, as a hub leaves it that is killed there.
  const made = await issuers.running.ledger.requestPayer(
    { party: "shop" },
    { commandId: freshId(), payer: "first-killed", ...OFFER },
  );
  assert.ok(made.kind === "done");
  assert.is((await invitation).id, made.snapshot.issuanceId);
  await payer.close();
});

first("reaches the payer though the one message between the hubs is lost", async () => {
  const { payer, invitation } = await watch("first-lost");
  const issuer = await connectTerminal(issuers, "shop");
  const before = proxy.spoiled.lost;
  proxy.spoil("lose", 1);
  const { issuance } = await issuer.accepted("payer:request", { payer: "first-lost", ...OFFER });
  assert.is((await invitation).id, issuance.issuanceId);
  assert.is(proxy.spoiled.lost - before, 1);
  issuer.close();
  await payer.close();
});

first(
  "is told by a repeat, while it is still the newest event, to terminals that ask for nothing",
  async () => {
    const payer = await connectTerminal(payers, "first-repeat");
    const issuer = await connectTerminal(issuers, "shop");
    const payload = { commandId: freshId(), payer: "first-repeat", ...OFFER };
    const made = await issuers.running.ledger.requestPayer({ party: "shop" }, payload);
    assert.ok(made.kind === "done");
    const { issuanceId } = made.snapshot;
    await issuer.accepted("payer:request", payload);
    assert.is((await payer.told(issuanceId, "payer.requested")).version, 1);
    // Once something has happened since, a repeat tells nobody of the past.
    await payer.accepted("payer:agree", { issuanceId });
    const count = payer.events.length;
    await issuer.accepted("payer:request", payload);
    await payer.settle();
    assert.is(payer.events.length, count);
    issuer.close();
    payer.close();
  },
);

first.run();
