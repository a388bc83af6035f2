/** The document of a real voucher, from its issue to its end, at two hubs of one book. */
import { VoucherDocument } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeSigningKey, type SigningKey } from "../../server/documents/signing-key.ts";
import { verifyDocument } from "../../server/documents/verify-document.ts";
import { partOf } from "../documents/voucher.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { accepted, openVoucherScene, toldOf, type VoucherScene } from "./scene.ts";

const document = suite("the document of a real voucher");

let redis: TestRedis;
/** Two with the same key, and one with its own. */
let hubs: [TestHub, TestHub, TestHub];
let scene: VoucherScene;
document.before(async () => {
  redis = await startRedis();
  const [shared, own] = [await makeSigningKey(), await makeSigningKey()];
  const start = (key: SigningKey) => {
    const SIGNING_KEY = key.privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
    return startHub({ redisUrl: redis.url, settings: { SIGNING_KEY } });
  };
  hubs = [await start(shared), await start(shared), await start(own)];
  scene = await openVoucherScene(hubs[0]);
});
document.after(async () => {
  scene.close();
  for (const hub of hubs) await hub.close();
  await redis.stop();
});

async function get(hub: TestHub, voucherId: string, party: string, options: { operator?: boolean } = {}) {
  return call(hub, "GET", `/v1/vouchers/${voucherId}/document`, { token: await hub.token(party, options) });
}

async function read(hub: TestHub, voucherId: string, party: string): Promise<Record<string, unknown>> {
  const answer = await call(hub, "GET", `/v1/vouchers/${voucherId}`, { token: await hub.token(party) });
  return jsonOf(answer) as Record<string, unknown>;
}

document(
  "is the same bytes for all of its parties at each hub with the same key, and good by any hub's keys",
  async () => {
    const voucherId = await scene.issue({ memo: "订单 42" });
    const snapshot = await read(hubs[0], voucherId, scene.issuer.party);
    const texts = new Set<string>();
    for (const hub of hubs.slice(0, 2)) {
      for (const { party } of [scene.issuer, scene.payer, scene.beneficiary]) {
        const { status, headers, text } = await get(hub, voucherId, party);
        assert.is(status, 200, text);
        assert.equal(
          [headers.get("content-type"), headers.get("cache-control")],
          ["application/jose", "no-store"],
        );
        texts.add(text);
      }
    }
    assert.is(texts.size, 1);
    const byAnother = (await get(hubs[2], voucherId, "bank", { operator: true })).text;
    const [text = ""] = texts;
    assert.is.not(partOf(byAnother, 0).kid, partOf(text, 0).kid);
    assert.equal(partOf(byAnother, 1), partOf(text, 1));
    const claims = VoucherDocument.strict().parse(partOf(text, 1));
    assert.equal(
      [claims.sub, claims.jti, claims.iss],
      [voucherId, `${voucherId}.1`, `urn:tallystick:book:${hubs[0].running.book.id}`],
    );
    for (const name of [
      "issuer",
      "payer",
      "beneficiary",
      "amount",
      "currency",
      "memo",
      "issuanceId",
    ] as const)
      assert.is(claims[name], snapshot[name], name);
    assert.equal(claims.journal, { version: 1, digest: snapshot.digest });
    assert.is(claims.exp, Math.floor((snapshot.expiresAt as number) / 1000));
    for (const hub of hubs) {
      const keySet = (await call(hub, "GET", "/.well-known/jwks.json")).text;
      for (const one of [text, byAnother])
        assert.is((await verifyDocument({ document: one, keySet }, Date.now())).kind, "good");
    }
  },
);

document("is nobody else's, as the voucher is not", async () => {
  const voucherId = await scene.issue();
  refusedWith(await get(hubs[0], voucherId, "stranger"), 404, "not_found");
  refusedWith(await get(hubs[0], `${voucherId.slice(0, -4)}AAAA`, scene.payer.party), 404, "not_found");
  refusedWith(await call(hubs[0], "GET", `/v1/vouchers/${voucherId}/document`), 401, "unauthenticated");
});

document("follows the voucher from version to version, and there is none of one that has ended", async () => {
  const voucherId = await scene.issue();
  const { party } = scene.beneficiary;
  const first = (await get(hubs[0], voucherId, party)).text;
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { amount: 40_000, to: scene.to });
  await toldOf(scene.beneficiary, voucherId, "drawing.settled");
  const { version, digest, amount } = await read(hubs[1], voucherId, party);
  const second = (await get(hubs[1], voucherId, party)).text;
  assert.ok((version as number) > 1);
  assert.equal(partOf(second, 1).journal, { version, digest });
  assert.is(partOf(second, 1).amount, amount);
  const keySet = (await call(hubs[2], "GET", "/.well-known/jwks.json")).text;
  for (const one of [first, second])
    assert.is((await verifyDocument({ document: one, keySet }, Date.now())).kind, "good");
  await accepted(scene.beneficiary, "voucher:release", voucherId, {});
  const problem = refusedWith(await get(hubs[0], voucherId, party), 409, "wrong_state");
  assert.equal(problem.details, { state: "released" });
});

document.run();
