/** A terminal that asks for more than it may is slowed down by the hub, and neither cut off nor left behind. */
import { connect } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";

const pacing = suite("pacing");

let hub: TestHub;
pacing.before(async () => {
  hub = await startHub({ settings: { RATE_LIMIT: "50" } });
});
pacing.after(() => hub.close());

pacing("a burst of five seconds' worth of requests is all done, over one connection", async () => {
  const token = await hub.token("shop");
  const issuer = await connect(hub.url, { token });
  let lost = 0;
  issuer.on("disconnected", () => {
    lost += 1;
  });
  const offer = { payer: "acme", amount: 1, currency: "CNY" };
  const made = await Promise.all(Array.from({ length: 250 }, () => issuer.requestPayer(offer)));
  assert.is(new Set(made.map(({ id }) => id)).size, 250);
  assert.is(lost, 0);
  await issuer.close();
});

pacing.run();
