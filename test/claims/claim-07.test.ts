/**
 * Claim 7: claim 2 as apparatus: the hub lets the issuing terminal be the paying terminal too.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { codeOf, FUNDS, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 7");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim("one connection plays both roles, and its repeats have one effect", async () => {
  const terminal = await scene.terminal("acme");
  const before = await scene.account(FUNDS.number);
  const commandId = "the-same-request";
  const offer = { payer: "acme", amount: 300_00, currency: "CNY", review: "none" } as const;
  const first = await terminal.requestPayer(offer, { commandId });
  const again = await terminal.requestPayer(offer, { commandId });
  assert.is(again.id, first.id);
  await first.open();
  const issued = await first.asPayer().submitAccount(FUNDS);
  assert.is(issued.state, "issued");
  assert.is((await scene.account(FUNDS.number)).frozen, before.frozen + 300_00);
});

claim(
  "the two roles stay apart: what only a payer may do, an issuer that is not the payer may not",
  async () => {
    const shop = await scene.terminal("shop");
    const issuance = await shop.requestPayer({ payer: "acme", amount: 300_00, currency: "CNY" });
    assert.is(issuance.state, "proposed", "another party has to agree");
    assert.is(await codeOf(issuance.open()), "wrong_state");
  },
);

claim.run();
