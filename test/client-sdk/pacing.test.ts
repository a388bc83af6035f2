// about 10 s, mostly waiting
/** A terminal that asks for more than it may is slowed down by the hub, and neither cut off nor left behind. */
import { connect } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub } from "../helpers/hub.ts";
import { OFFER, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { sent, startWire, type Wire } from "../helpers/sdk-wire.ts";

const pacing = suite("pacing");

let scene: Scene;
let wire: Wire;
pacing.before(async () => {
  scene = await startScene({ settings: { RATE_LIMIT: "50" } });
  wire = await startWire(scene.hub.url);
});
pacing.after(async () => {
  await scene.leave();
  await wire.close();
  await scene.close();
});

pacing("a burst of five seconds' worth of requests is all done, over one connection", async () => {
  const issuer = await scene.terminal("shop", { url: wire.url });
  let lost = 0;
  issuer.on("disconnected", () => {
    lost += 1;
  });
  let done = 0;
  const made = await Promise.all(
    Array.from({ length: 250 }, async () => {
      const issuance = await issuer.requestPayer({ ...OFFER, amount: 1 });
      done += 1;
      // The hub may have missed what other hubs told, and asks all terminals to sync.
      if (done === 100) wire.say('42["session:resync",{}]');
      return issuance;
    }),
  );
  assert.is(new Set(made.map(({ id }) => id)).size, 250);
  assert.is(lost, 0);
  // Those that were there at the resync; what was asked anew because it was refused is no repeat.
  const synced = sent(wire, "issuance:sync").map((asked) => (asked as { issuanceId?: string }).issuanceId);
  assert.ok(new Set(synced).size >= 100 && new Set(synced).size < 200, `${new Set(synced).size} were synced`);
});

pacing(
  "eight terminals of one party that may send too little together are all done, none cut off",
  async () => {
    const narrow = await startHub({ settings: { PARTY_RATE: "50" } });
    const token = await narrow.token("shop");
    const issuers = await Promise.all(Array.from({ length: 8 }, () => connect(narrow.url, { token })));
    let lost = 0;
    for (const issuer of issuers)
      issuer.on("disconnected", () => {
        lost += 1;
      });
    const offer = { payer: "acme", amount: 1, currency: "CNY" };
    const each = issuers.map((issuer) =>
      Promise.all(Array.from({ length: 30 }, () => issuer.requestPayer(offer))),
    );
    const made = (await Promise.all(each)).flat();
    assert.is(new Set(made.map(({ id }) => id)).size, 240);
    assert.is(lost, 0);
    for (const issuer of issuers) await issuer.close();
    await narrow.close();
  },
);

pacing.run();
