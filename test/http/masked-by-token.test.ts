/** Handles where every token's key is somebody else's (`JWKS_URL`): each is good with its own token, while that is good. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Account } from "@tallystick/protocol";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NumberMasks } from "../../server/http/number-masks.ts";
import { ROUTES } from "../../server/http/routes.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { closeKeyServers, serveKeys } from "../helpers/key-server.ts";
import { accountPath, call, funds, jsonOf, refusedWith } from "./client.ts";

const handles = suite("handles of a token's");
const NUMBER = "6222020200112233";
const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });

let hub: TestHub;
handles.before(async () => {
  const { url } = await serveKeys([{ ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" }]);
  hub = await startHub({ settings: { JWKS_URL: url, JWT_SECRET: undefined } });
  await hub.putAccount("acme", NUMBER, funds(9000));
});
handles.after(async () => {
  await hub.close();
  closeKeyServers();
});

function sign(sub: string, seconds = 60): Promise<string> {
  return new SignJWT({ sub, scope: "operator" })
    .setProtectedHeader({ alg: "ES256", kid: "k1" })
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(privateKey);
}

const show = (token: string, number: string) =>
  call(hub, "GET", accountPath("acme", number), { token, headers: { prefer: "numbers=masked" } });
const handleFor = async (token: string) => (jsonOf(await show(token, NUMBER)) as Account).number;

handles("are good with the token that they were given to alone", async () => {
  const [own, other] = [await sign("bank"), await sign("bank")];
  const handle = await handleFor(own);
  assert.match(handle, /^~/);
  assert.is((jsonOf(await show(own, handle)) as Account).number, handle);
  assert.is.not(own, other);
  refusedWith(await show(other, handle), 404, "not_found");
});

handles("end when the token expires", async () => {
  const token = await sign("bank", 2);
  const handle = await handleFor(token);
  while ((await show(token, handle)).status === 200) await sleep(100);
  refusedWith(await show(token, handle), 401, "unauthenticated");
  refusedWith(await show(await sign("bank"), handle), 404, "not_found");
});

handles("end when the token is revoked, and a new token does not bring them back", async () => {
  const token = await sign("clerk");
  const handle = await handleFor(token);
  const revoked = await call(hub, "POST", "/v1/parties/clerk/revoke", { token: await sign("bank") });
  assert.is(revoked.status, 200, revoked.text);
  refusedWith(await show(token, handle), 401, "unauthenticated");
  refusedWith(await show(await sign("clerk"), handle), 404, "not_found");
});

handles("are nobody's without a token: no route that knows numbers is for anybody", async () => {
  const known = ROUTES.filter((route) => route.numbers !== undefined);
  assert.ok(known.length > 0);
  assert.equal(
    known.filter(({ who }) => who === "anybody"),
    [],
  );
  assert.throws(() => new NumberMasks(""), /secret/);
});

handles.run();
