import type { Account } from "@tallystick/protocol";
import { SignJWT } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { openScene } from "../hub/scene.ts";
import { accountPath, accountsPath, call, funds, jsonOf, refusedWith } from "./client.ts";

const authorise = suite("who may ask over HTTP");
const SECRET = "a secret of this test, of 32 bytes or more";
let hub: TestHub;
let operator: string;

authorise.before(async () => {
  hub = await startHub({ settings: { JWT_SECRET: SECRET } });
  operator = await hub.token("bank", { operator: true });
  await hub.putAccount("acme", "1", funds(1000));
});
authorise.after(() => hub.close());

/** Every route that asks for a token, and whether it is for operators alone. */
const ROUTES: { method: string; path: string; body?: unknown; operatorsOnly: boolean }[] = [
  { method: "GET", path: accountsPath("globex"), operatorsOnly: true },
  { method: "GET", path: accountPath("globex", "1"), operatorsOnly: true },
  { method: "PUT", path: accountPath("acme", "1"), body: funds(1), operatorsOnly: true },
  {
    method: "POST",
    path: `${accountPath("acme", "1")}/adjust`,
    body: { amount: 5, reference: "r" },
    operatorsOnly: true,
  },
  { method: "GET", path: "/v1/issuances/1-aaaaaaaaaaaaaaaa", operatorsOnly: false },
  { method: "GET", path: "/v1/vouchers/v1-aaaaaaaaaaaaaaaa", operatorsOnly: false },
];

function sign(claims: { scope?: string; sub?: string; expires?: string | number }): Promise<string> {
  return new SignJWT(claims.scope === undefined ? {} : { scope: claims.scope })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(claims.sub ?? "acme")
    .setExpirationTime(claims.expires ?? "1h")
    .sign(new TextEncoder().encode(SECRET));
}

for (const { method, path, body, operatorsOnly } of ROUTES) {
  const what = `${method} ${path}`;

  authorise(`${what} without a token is 401, and says how to ask without naming an error`, async () => {
    const answer = await call(hub, method, path, { body });
    refusedWith(answer, 401, "unauthenticated");
    assert.is(answer.headers.get("www-authenticate"), 'Bearer realm="tallystick"');
  });

  authorise(`${what} with a token that has expired is 401, invalid_token`, async () => {
    const token = await sign({ scope: "operator terminal", expires: 1_600_000_000 });
    const answer = await call(hub, method, path, { body, token });
    refusedWith(answer, 401, "unauthenticated");
    assert.match(answer.headers.get("www-authenticate") ?? "", 'error="invalid_token"');
  });

  authorise(`${what} with a token of neither scope is 403, insufficient_scope`, async () => {
    const answer = await call(hub, method, path, { body, token: await sign({ scope: "reporting" }) });
    refusedWith(answer, 403, "forbidden");
    assert.match(answer.headers.get("www-authenticate") ?? "", 'error="insufficient_scope"');
  });

  if (operatorsOnly) {
    authorise(`${what} is forbidden to a terminal, whoever's the account is`, async () => {
      const answer = await call(hub, method, path, { body, token: await hub.token("acme") });
      refusedWith(answer, 403, "forbidden");
      assert.match(answer.headers.get("www-authenticate") ?? "", 'scope="operator"');
    });
  } else {
    authorise(`${what} is open to terminals and to operators`, async () => {
      for (const token of [await hub.token("acme"), operator]) {
        refusedWith(await call(hub, method, path, { token }), 404, "not_found");
      }
    });
  }
}

/** A method and a path, and which parts of what an operator may do are enough for it. */
const PARTS: [method: string, path: string, body: unknown, parts: string[]][] = [
  ["GET", accountsPath("acme"), undefined, ["operator:read", "operator:accounts"]],
  ["GET", accountPath("acme", "1"), undefined, ["operator:read", "operator:accounts"]],
  ["PUT", accountPath("acme", "1"), {}, ["operator:accounts"]],
  ["POST", `${accountPath("acme", "1")}/adjust`, {}, ["operator:accounts"]],
  ["POST", `${accountPath("acme", "1")}/repay`, {}, ["operator:accounts"]],
  ["POST", `${accountPath("acme", "1")}/show`, undefined, ["operator:accounts"]],
  ["GET", "/v1/issuances/1-aaaaaaaaaaaaaaaa", undefined, ["operator:read"]],
  ["GET", "/v1/vouchers/v1-aaaaaaaaaaaaaaaa", undefined, ["operator:read"]],
  ["GET", "/v1/vouchers/v1-aaaaaaaaaaaaaaaa/document", undefined, ["operator:read"]],
  ["POST", "/v1/vouchers/v1-aaaaaaaaaaaaaaaa/void", {}, []],
  ["GET", "/v1/settlements", undefined, ["operator:read"]],
  ["GET", "/v1/settlements/v1-aaaaaaaaaaaaaaaa.2", undefined, ["operator:read"]],
  ["POST", "/v1/settlements/v1-aaaaaaaaaaaaaaaa.2", {}, []],
  ["GET", "/v1/fences", undefined, ["operator:read", "operator:fences"]],
  ["GET", "/v1/fences/1-aaaaaaaaaaaaaaaa", undefined, ["operator:read", "operator:fences"]],
  ["POST", "/v1/fences/1-aaaaaaaaaaaaaaaa", {}, ["operator:fences"]],
];

for (const [method, path, body, enough] of PARTS) {
  authorise(
    `${method} ${path} is open to ${["operator", ...enough].join(", ")}, and to no other part`,
    async () => {
      for (const scope of [
        "operator",
        "operator:read",
        "operator:accounts",
        "operator:fences",
        "operator:",
      ]) {
        const answer = await call(hub, method, path, { body, token: await sign({ scope, sub: "bank" }) });
        const isLetIn = scope === "operator" || enough.includes(scope);
        assert.is(answer.status !== 403, isLetIn, `${scope}: ${answer.text}`);
      }
    },
  );
}

authorise("an operator who may read sees whatever is anybody's", async () => {
  const scene = await openScene(hub);
  const { issuanceId } = await scene.request();
  const asRole = async (scope: string) =>
    (await call(hub, "GET", `/v1/issuances/${issuanceId}`, { token: await sign({ scope, sub: "bank" }) }))
      .status;
  assert.is(await asRole("operator:read"), 200);
  assert.is(await asRole("operator:read terminal"), 200);
  assert.is(await asRole("operator:accounts terminal"), 404);
  assert.is(await asRole("operator:accounts"), 403);
  scene.close();
});

authorise("a party's terminals read its own accounts, and write none", async () => {
  const token = await hub.token("acme");
  const list = await call(hub, "GET", accountsPath("acme"), { token });
  const { accounts } = jsonOf(list) as { accounts: Account[] };
  assert.equal(accounts, [jsonOf(await call(hub, "GET", accountPath("acme", "1"), { token }))]);
  assert.is(accounts[0]?.number, "1");
  const unknown = accountPath("acme", "2");
  refusedWith(await call(hub, "GET", unknown, { token }), 404, "not_found");
  // Whether another party exists, or has an account, can't be found out.
  for (const path of [accountPath("globex", "1"), accountPath("nobody", "1")])
    refusedWith(await call(hub, "GET", path, { token }), 403, "forbidden");
  // Who operates another part is no terminal, whatever the token's party is.
  const fences = await sign({ scope: "operator:fences", sub: "acme" });
  refusedWith(await call(hub, "GET", accountPath("acme", "1"), { token: fences }), 403, "forbidden");
});

authorise("what a refused request asked for was not done", async () => {
  const { text } = await call(hub, "GET", accountPath("acme", "1"), { token: operator });
  assert.match(text, '"balance":1000,');
});

authorise("a token is looked at before the body and the path", async () => {
  const path = accountPath("NO PARTY", "1");
  refusedWith(await call(hub, "PUT", path, { body: "{" }), 401, "unauthenticated");
  const terminal = await hub.token("acme");
  refusedWith(await call(hub, "PUT", path, { body: "{", token: terminal }), 403, "forbidden");
});

/** Headers that carry no bearer token. */
const HEADERS: [string, (token: string) => string][] = [
  ["another scheme", (token) => `Basic ${token}`],
  ["no scheme", (token) => token],
  ["a scheme without a token", () => "Bearer"],
  ["two tokens", (token) => `Bearer ${token} ${token}`],
  ["an empty header", () => ""],
];

for (const [what, header] of HEADERS) {
  authorise(`a header with ${what} is 401`, async () => {
    const headers = { authorization: header(operator) };
    refusedWith(await call(hub, "GET", accountsPath("acme"), { headers }), 401, "unauthenticated");
  });
}

authorise("the scheme's name is read without regard to case", async () => {
  jsonOf(await call(hub, "GET", accountsPath("acme"), { headers: { authorization: `bEARER ${operator}` } }));
});

authorise("a token in the query is not taken", async () => {
  const path = `${accountsPath("acme")}?access_token=${operator}`;
  refusedWith(await call(hub, "GET", path), 401, "unauthenticated");
});

authorise("a token whose sub is no party is 401", async () => {
  const token = await sign({ scope: "operator", sub: "The Bank" });
  refusedWith(await call(hub, "GET", accountsPath("acme"), { token }), 401, "unauthenticated");
});

authorise.run();
