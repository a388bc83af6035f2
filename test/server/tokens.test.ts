import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createTokens, TokenError, type Tokens, tokenWarning } from "../../server/tokens.ts";
import { closeKeyServers, serveKeys } from "../helpers/key-server.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const tokens = suite("tokens");
const SECRET = "a secret of this test, of 32 bytes or more";
const KEY = new TextEncoder().encode(SECRET);
tokens.after(closeKeyServers);
const hour = () => Math.floor(Date.now() / 1000) + 3600;

/** The error that a token is refused with. */
async function refusal(checker: Tokens, token: unknown): Promise<TokenError> {
  const error = await checker.verify(token).then(
    (identity) => new Error(`accepted: ${JSON.stringify(identity)}`),
    (thrown: unknown) => thrown,
  );
  assert.instance(error, TokenError, String(error));
  return error as TokenError;
}

const bySecret = () => createTokens({ JWT_SECRET: SECRET, DATA_DIR: "nowhere" });
const sign = (claims: Record<string, unknown>, key: Uint8Array = KEY, alg = "HS256") =>
  new SignJWT(claims).setProtectedHeader({ alg }).sign(key);

tokens("that the hub signs say who holds them, how long, and as what", async () => {
  const checker = await bySecret();
  const before = Date.now();
  const terminal = await checker.verify(await checker.sign?.({ party: "acme", ttlSeconds: 60 }));
  assert.equal([terminal.party, terminal.terminal, terminal.operator], ["acme", true, false]);
  assert.ok(terminal.expiresAt >= before + 59_000 && terminal.expiresAt <= Date.now() + 61_000);
  const operator = await checker.verify(
    await checker.sign?.({ party: "bank", operator: true, ttlSeconds: 60 }),
  );
  assert.equal([operator.party, operator.terminal, operator.operator], ["bank", false, true]);
});

/** Scopes, and what they make of a token: terminal, operator. */
const SCOPES: [unknown, boolean, boolean][] = [
  [undefined, true, false],
  ["terminal", true, false],
  ["operator", false, true],
  ["operator terminal", true, true],
  ["openid operator", false, true],
  ["operators", false, false],
  ["operator:read", false, false],
  ["", false, false],
];

for (const [scope, terminal, operator] of SCOPES) {
  tokens(
    `of scope ${JSON.stringify(scope)} are ${terminal ? "" : "not "}a terminal's and ${operator ? "" : "not "}an operator's`,
    async () => {
      const claims = { sub: "acme", exp: hour(), ...(scope !== undefined && { scope }) };
      const identity = await (await bySecret()).verify(await sign(claims));
      assert.equal([identity.terminal, identity.operator], [terminal, operator]);
    },
  );
}

/** Claims that are refused though the signature is good. */
const CLAIMS: [string, () => Record<string, unknown>][] = [
  ["no exp", () => ({ sub: "acme" })],
  ["an exp that has passed", () => ({ sub: "acme", exp: hour() - 3601 })],
  ["an exp of text", () => ({ sub: "acme", exp: "tomorrow" })],
  ["an exp of this second", () => ({ sub: "acme", exp: hour() - 3600 })],
  ["an exp in the year 9999", () => ({ sub: "acme", exp: 253_370_764_800 })],
  ["an exp beyond all numbers", () => ({ sub: "acme", exp: 1e308 })],
  ["an exp a minute after the longest life", () => ({ sub: "acme", exp: hour() - 3600 + 30 * 86_400 + 60 })],
  ["an nbf that is still to come", () => ({ sub: "acme", exp: hour(), nbf: hour() - 60 })],
  ["an nbf 10 s ahead", () => ({ sub: "acme", exp: hour(), nbf: hour() - 3590 })],
  ["an iat 10 s ahead", () => ({ sub: "acme", exp: hour(), iat: hour() - 3590 })],
  ["an iat of text", () => ({ sub: "acme", exp: hour(), iat: "now" })],
  ["no sub", () => ({ exp: hour() })],
  ["an empty sub", () => ({ sub: "", exp: hour() })],
  ["a sub in capitals", () => ({ sub: "Acme", exp: hour() })],
  ["a sub with a colon", () => ({ sub: "acme:1", exp: hour() })],
  ["a sub with a line break at its end", () => ({ sub: "acme\n", exp: hour() })],
  ["a sub of 65 characters", () => ({ sub: "a".repeat(65), exp: hour() })],
  ["a sub of a number", () => ({ sub: 5, exp: hour() })],
  ["a scope of a list", () => ({ sub: "acme", exp: hour(), scope: ["operator"] })],
  ["a scope of null", () => ({ sub: "acme", exp: hour(), scope: null })],
];

for (const [what, claims] of CLAIMS) {
  tokens(`with ${what} are refused`, async () => {
    const error = await refusal(await bySecret(), await sign(claims()));
    assert.is(error.code, "unauthenticated");
  });
}

tokens("that other clocks made 3 s from now are taken, and so is the longest life", async () => {
  const ahead = hour() - 3597;
  for (const claims of [{ nbf: ahead }, { iat: ahead }, { nbf: ahead, iat: ahead }, {}]) {
    const token = await sign({ sub: "acme", exp: hour() - 3600 + 30 * 86_400, ...claims });
    assert.is((await (await bySecret()).verify(token)).party, "acme");
  }
});

tokens("whose times have decimals are told in whole milliseconds, as the wire has them", async () => {
  const [exp, iat] = [hour() + 0.12345, hour() - 7200 + 0.98765];
  const identity = await (await bySecret()).verify(await sign({ sub: "acme", exp, iat }));
  assert.equal([identity.expiresAt, identity.issuedAt], [Math.floor(exp * 1000), Math.floor(iat * 1000)]);
});

tokens("have a longest life that can be set", async () => {
  const checker = await createTokens({ JWT_SECRET: SECRET, DATA_DIR: "nowhere", JWT_MAX_LIFE: 60 });
  assert.is((await checker.verify(await checker.sign?.({ party: "acme", ttlSeconds: 60 }))).party, "acme");
  assert.match(
    (await refusal(checker, await checker.sign?.({ party: "acme", ttlSeconds: 120 }))).message,
    "60 s",
  );
});

/** `aud` and `iss`, and whether they are those of this service. */
const OTHERS: [what: string, claims: Record<string, unknown>, isGood: boolean][] = [
  ["this service's", { aud: "hub", iss: "https://id.example" }, true],
  ["this service's among others", { aud: ["mail", "hub"], iss: "https://id.example" }, true],
  ["another service's", { aud: "mail", iss: "https://id.example" }, false],
  ["other services'", { aud: ["mail", "hub2"], iss: "https://id.example" }, false],
  ["another issuer's", { aud: "hub", iss: "https://id.example/" }, false],
  ["nobody's", {}, false],
  ["of no audience", { iss: "https://id.example" }, false],
  ["of no issuer", { aud: "hub" }, false],
  ["of an audience that is a number", { aud: 5, iss: "https://id.example" }, false],
];

for (const [what, claims, isGood] of OTHERS) {
  tokens(
    `that are ${what} are ${isGood ? "taken" : "refused"} where audience and issuer are set`,
    async () => {
      const settings = { JWT_AUDIENCE: "hub", JWT_ISSUER: "https://id.example" };
      const checker = await createTokens({ JWT_SECRET: SECRET, DATA_DIR: "nowhere", ...settings });
      const token = await sign({ sub: "acme", exp: hour(), ...claims });
      if (isGood) assert.is((await checker.verify(token)).party, "acme");
      else assert.is((await refusal(checker, token)).code, "unauthenticated");
      // What the hub signs itself is for itself.
      const own = await checker.sign?.({ party: "acme", ttlSeconds: 60 });
      assert.is((await checker.verify(own)).party, "acme");
    },
  );
}

tokens("of a key set are warned of where they may be another service's", () => {
  const keySet = { JWKS_URL: "https://id.example/keys", DATA_DIR: "nowhere" };
  assert.match(tokenWarning(keySet) ?? "", "JWT_AUDIENCE");
  for (const more of [{ JWT_AUDIENCE: "hub" }, { JWT_ISSUER: "https://id.example" }])
    assert.is(tokenWarning({ ...keySet, ...more }), undefined);
  assert.is(tokenWarning({ DATA_DIR: "nowhere" }), undefined);
});

/** What is no token of ours at all. */
const FORGED: [string, () => unknown | Promise<unknown>][] = [
  ["nothing", () => undefined],
  ["an empty text", () => ""],
  ["an object", () => ({ sub: "acme" })],
  ["a word", () => "token"],
  ["three words", () => "a.b.c"],
  [
    "one signed by another secret",
    () =>
      sign(
        { sub: "acme", exp: hour() },
        KEY.map((byte) => byte ^ 1),
      ),
  ],
  ["one of algorithm none", () => new UnsecuredJWT({ sub: "acme", exp: hour() }).encode()],
  ["one of HS512 with the right secret", () => sign({ sub: "acme", exp: hour() }, KEY, "HS512")],
  [
    "one whose claims were changed after it was signed",
    async () => {
      const [header, , signature] = (await sign({ sub: "acme", exp: hour() })).split(".");
      const claims = Buffer.from(JSON.stringify({ sub: "bank", exp: hour(), scope: "operator" }));
      return `${header}.${claims.toString("base64url")}.${signature}`;
    },
  ],
  [
    "one of RS256",
    async () => {
      const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
      return new SignJWT({ sub: "acme", exp: hour() }).setProtectedHeader({ alg: "RS256" }).sign(privateKey);
    },
  ],
  [
    "one that brings its own key",
    async () => {
      const { privateKey, publicKey } = await generateKeyPair("ES256");
      const header = { alg: "ES256", jwk: await exportJWK(publicKey) };
      return new SignJWT({ sub: "acme", exp: hour() }).setProtectedHeader(header).sign(privateKey);
    },
  ],
];

for (const [what, forge] of FORGED) {
  tokens(`such as ${what} are refused`, async () => {
    assert.is((await refusal(await bySecret(), await forge())).code, "unauthenticated");
  });
}

for (const alg of ["RS256", "PS256", "ES256", "EdDSA"]) {
  tokens(`signed with ${alg} are checked with the keys behind JWKS_URL`, async () => {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    const { url } = await serveKeys([{ ...(await exportJWK(publicKey)), kid: "k1", alg }]);
    const checker = await createTokens({ JWKS_URL: url, DATA_DIR: "nowhere" });
    const token = await new SignJWT({ sub: "acme", exp: hour(), scope: "operator" })
      .setProtectedHeader({ alg, kid: "k1" })
      .sign(privateKey);
    const identity = await checker.verify(token);
    assert.equal([identity.party, identity.operator], ["acme", true]);
  });
}

tokens("can't be made by the hub when the keys are somebody else's", async () => {
  const { url } = await serveKeys([]);
  assert.is((await createTokens({ JWKS_URL: url, DATA_DIR: "nowhere" })).sign, undefined);
});

tokens("signed as HS256 with the public key as the secret are refused", async () => {
  const { publicKey } = await generateKeyPair("RS256", { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1" };
  const { url } = await serveKeys([
    jwk,
    { kty: "oct", k: Buffer.from(KEY).toString("base64url"), kid: "k2" },
  ]);
  const checker = await createTokens({ JWKS_URL: url, DATA_DIR: "nowhere" });
  const secrets = [await exportSPKI(publicKey), JSON.stringify(jwk), String(jwk.n)];
  for (const secret of secrets) {
    const forged = await sign({ sub: "acme", exp: hour() }, new TextEncoder().encode(secret));
    assert.is((await refusal(checker, forged)).code, "unauthenticated");
  }
  const named = new SignJWT({ sub: "acme", exp: hour() }).setProtectedHeader({ alg: "HS256", kid: "k2" });
  assert.is((await refusal(checker, await named.sign(KEY))).code, "unauthenticated");
});

tokens("of a key that is not in the set are refused, and so is algorithm none", async () => {
  const { publicKey } = await generateKeyPair("ES256", { extractable: true });
  const other = await generateKeyPair("ES256");
  const { url } = await serveKeys([{ ...(await exportJWK(publicKey)), kid: "k1" }]);
  const checker = await createTokens({ JWKS_URL: url, DATA_DIR: "nowhere" });
  for (const kid of ["k1", "k9"]) {
    const header = { alg: "ES256", kid };
    const forged = await new SignJWT({ sub: "acme", exp: hour() })
      .setProtectedHeader(header)
      .sign(other.privateKey);
    assert.is((await refusal(checker, forged)).code, "unauthenticated");
  }
  const none = new UnsecuredJWT({ sub: "acme", exp: hour() }).encode();
  assert.is((await refusal(checker, none)).code, "unauthenticated");
});

tokens(
  "have a secret of the hub's own where none is set: made once, readable by its owner alone",
  async () => {
    const folder = join(temporaryFolder(), "data");
    const first = await createTokens({ DATA_DIR: folder });
    const token = await first.sign?.({ party: "acme", ttlSeconds: 60 });
    const file = join(folder, "jwt-secret");
    const secret = readFileSync(file, "utf8");
    assert.is(statSync(file).mode & 0o777, 0o600);
    assert.is(statSync(folder).mode & 0o777, 0o700);
    assert.ok(Buffer.from(secret, "base64url").length >= 32);
    const second = await createTokens({ DATA_DIR: folder });
    assert.is((await second.verify(token)).party, "acme");
    assert.is(readFileSync(file, "utf8"), secret);
    assert.equal(readdirSync(folder), ["jwt-secret"]);
  },
);

tokens("of hubs that make their secret at the same moment are good for one another", async () => {
  for (let round = 0; round < 20; round++) {
    const folder = join(temporaryFolder(), "data");
    const checkers = await Promise.all(Array.from({ length: 8 }, () => createTokens({ DATA_DIR: folder })));
    const signed = await Promise.all(
      checkers.map((checker) => checker.sign?.({ party: "acme", ttlSeconds: 60 })),
    );
    for (const checker of checkers) for (const token of signed) await checker.verify(token);
    assert.equal(readdirSync(folder), ["jwt-secret"]);
  }
});

tokens("of two folders are not good for one another", async () => {
  const [one, other] = await Promise.all([
    createTokens({ DATA_DIR: temporaryFolder() }),
    createTokens({ DATA_DIR: temporaryFolder() }),
  ]);
  await refusal(other, await one.sign?.({ party: "acme", ttlSeconds: 60 }));
});

tokens("are not signed with half a secret: a file that holds less is named", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "jwt-secret"), "short");
  const error = await createTokens({ DATA_DIR: folder }).catch((thrown: Error) => thrown);
  assert.instance(error, Error);
  assert.match((error as Error).message, join(folder, "jwt-secret"));
});

tokens.run();
