/** A party is chosen without a token on one's own machine alone, and only where the sample book is served with keys of the hub's own. */
import { request } from "node:http";
import type { Settings } from "@tallystick/server";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sampleParties, samplePath } from "../../server/cli/sample.ts";
import { isLocal } from "../../server/http/local-sign-in.ts";
import { importAccounts } from "../../server/import/import-accounts.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { call, jsonOf, refusedWith } from "./client.ts";

const local = suite("a party that is chosen");

let hub: TestHub;
let origin: string;
local.before(async () => {
  hub = await startHub({ settings: { JWT_SECRET: "" }, sampleParties: sampleParties() });
  await importAccounts(hub.running.accounts, samplePath(), {});
  origin = hub.url;
});
local.after(() => hub.close());

const PARTIES = "/v1/local/parties";
const TOKENS = "/v1/local/tokens";
const signIn = (party: unknown, headers: Record<string, string> = {}) =>
  call(hub, "POST", TOKENS, { body: { party }, headers: { origin, ...headers } });

local("is one of the sample book's, and gets a terminal's token and no operator's", async () => {
  const { parties } = jsonOf(await call(hub, "GET", PARTIES)) as {
    parties: { party: string; name: string }[];
  };
  assert.is(parties.length, new Set(sampleParties().map(({ party }) => party)).size);
  assert.equal(parties[0], { party: "lotus-trading", name: "莲花贸易有限公司" });
  const { token } = jsonOf(await signIn("acme")) as { token: string };
  const identity = await hub.running.tokens.verify(token);
  assert.equal([identity.party, identity.terminal, identity.operator], ["acme", true, false]);
  assert.ok(identity.expiresAt < Date.now() + 13 * 3600 * 1000);
});

local("is not another party, whatever is asked", async () => {
  refusedWith(await signIn("nobody"), 404, "not_found");
  for (const party of ["ACME", "", 5, undefined, { $ne: 1 }])
    refusedWith(await signIn(party), 400, "invalid_request");
  refusedWith(
    await call(hub, "POST", TOKENS, {
      body: "party=acme",
      headers: { origin, "content-type": "text/plain" },
    }),
    415,
    "invalid_request",
  );
});

local("is not offered where the book has another account under the sample's number", async () => {
  await hub.putAccount("globex", "6222020200123342", {
    holder: "Somebody else",
    kind: "funds",
    currency: "CNY",
    balance: 108_001_00,
  });
  const { parties } = jsonOf(await call(hub, "GET", PARTIES)) as { parties: { party: string }[] };
  assert.not(parties.some(({ party }) => party === "globex"));
  refusedWith(await signIn("globex"), 404, "not_found");
});

/** Asks as a browser or a proxy would, with headers that fetch would not send. */
function ask(method: string, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, hub.url), { method, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    sent.once("error", reject);
    sent.end(method === "POST" ? JSON.stringify({ party: "acme" }) : undefined);
  });
}

const host = () => new URL(hub.url).host;
const FROM_ELSEWHERE: Record<string, () => Record<string, string>> = {
  "another page in the browser": () => ({ origin: "https://evil.example" }),
  "a page of a sandboxed frame": () => ({ origin: "null" }),
  "a page of another port of this machine": () => ({ origin: "http://127.0.0.1:1" }),
  "a site that the browser names as another": () => ({ origin, "sec-fetch-site": "cross-site" }),
  "another site of this machine": () => ({ origin, "sec-fetch-site": "same-site" }),
  "a name that leads here": () => ({ host: "rebound.example", origin: "http://rebound.example" }),
  "a name that begins like one of this machine": () => ({
    host: "127.0.0.1.evil.example",
    origin: "http://127.0.0.1.evil.example",
  }),
  "a proxy that says for whom": () => ({ origin, "x-forwarded-for": "203.0.113.7" }),
  "a proxy that says so in the standard's way": () => ({ origin, forwarded: "for=203.0.113.7" }),
  "a proxy that names itself": () => ({ origin, via: "1.1 proxy" }),
};

for (const [what, headers] of Object.entries(FROM_ELSEWHERE))
  local(`is nobody's to choose from ${what}: there is no such route`, async () => {
    const given = { host: host(), "content-type": "application/json", ...headers() };
    assert.is(await ask("POST", TOKENS, given), 404);
    assert.is(await ask("GET", PARTIES, given), 404);
  });

local("is not chosen by a request that does not say from which page it comes", async () => {
  assert.is(await ask("POST", TOKENS, { host: host(), "content-type": "application/json" }), 404);
  assert.is(await ask("POST", TOKENS, { host: host(), "content-type": "application/json", origin }), 200);
});

local(
  "is refused to other origins by the browser too: none is allowed, whatever CORS_ORIGINS says",
  async () => {
    const open = await startHub({
      settings: { JWT_SECRET: "", CORS_ORIGINS: "*" },
      sampleParties: sampleParties(),
    });
    const headers = { origin: "https://evil.example" };
    refusedWith(await call(open, "POST", TOKENS, { body: { party: "acme" }, headers }), 404, "not_found");
    await open.close();
  },
);

const SETTINGS = { HOST: "127.0.0.1", JWT_SECRET: undefined, JWKS_URL: undefined, TRUST_PROXY: 0 };
const ELSEWHERE: [what: string, settings: Partial<Settings>][] = [
  ["tokens are signed with a secret that was given", { JWT_SECRET: "x".repeat(32) }],
  ["tokens are somebody else's", { JWKS_URL: "https://id.example/keys" }],
  ["a proxy brings people from elsewhere", { TRUST_PROXY: 1 }],
  ["the hub listens on every address", { HOST: "0.0.0.0" }],
  ["the hub listens on every address of both kinds", { HOST: "::" }],
  ["the hub listens on an address of the network", { HOST: "10.0.0.11" }],
  ["the hub listens on a name", { HOST: "hub.example" }],
];
for (const [what, settings] of ELSEWHERE)
  local(`is not there where ${what}`, () => {
    assert.not(isLocal({ settings: { ...SETTINGS, ...settings }, sampleParties: [] }));
  });

local("is not there where the sample book is not served", async () => {
  assert.ok(isLocal({ settings: { ...SETTINGS, HOST: "::1" }, sampleParties: [] }));
  assert.not(isLocal({ settings: SETTINGS, sampleParties: undefined }));
  const other = await startHub({ settings: { JWT_SECRET: "" } });
  refusedWith(await call(other, "GET", PARTIES), 404, "not_found");
  refusedWith(
    await call(other, "POST", TOKENS, { body: { party: "acme" }, headers: { origin: other.url } }),
    404,
    "not_found",
  );
  await other.close();
});

local.run();
