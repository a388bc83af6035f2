/**
 * Claim 2: the issuer may itself be the payer; issuer terminal and payer terminal are then one and the same.
 */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CREDIT, codeOf, FUNDS, type Scene, setScene } from "./scene.ts";

const claim = suite("claim 2");
let scene: Scene;
claim.before(async () => {
  scene = await setScene();
});
claim.after(() => scene.close());

claim("a party asks itself, and both sides are one and the same terminal", async () => {
  const terminal = await scene.terminal("acme");
  const before = await scene.account(FUNDS.number);
  const issuer = await terminal.requestPayer({ payer: "acme", amount: 500_00, currency: "CNY" });
  assert.is(issuer.state, "agreed", "there is nobody else to agree");
  const payer = issuer.asPayer();
  await issuer.open();
  await payer.submitAccount(FUNDS);
  const { voucher } = await issuer.accept();
  assert.is(payer.snapshot.voucher?.voucherId, voucher.voucherId);
  assert.is((await scene.account(FUNDS.number)).frozen, before.frozen + 500_00);
});

claim("as its own payer it may change the account too", async () => {
  const terminal = await scene.terminal("acme");
  const issuer = await terminal.requestPayer({ payer: "acme", amount: 700_00, currency: "CNY" });
  await issuer.open();
  await issuer.asPayer().submitAccount(FUNDS);
  await issuer.changeAccount("rather on credit");
  const { voucher, account } = await issuer.asPayer().submitAccount(CREDIT);
  assert.ok(voucher);
  assert.is(account?.kind, "credit");
});

claim("whoever is not the payer is not given the payer's side", async () => {
  const shop = await scene.terminal("shop");
  const issuer = await shop.requestPayer({ payer: "acme", amount: 500_00, currency: "CNY" });
  assert.is(await codeOf((async () => issuer.asPayer())()), "forbidden");
});

claim.run();
