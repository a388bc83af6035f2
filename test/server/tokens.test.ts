import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createTokens, TokenError, type Tokens } from "../../server/tokens.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const tokens = suite("tokens");
const SECRET = "a secret of this test, of 32 bytes or more";
const KEY = new TextEncoder().encode(SECRET);
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
  ["an nbf that is still to come", () => ({ sub: "acme", exp: hour(), nbf: hour() - 60 })],
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

/** A key set behind a URL, as an identity provider serves it. */
interface KeyServer {
  url: string;
  answer: { status: number; body: string };
  server: Server;
}
const keyServers: KeyServer[] = [];

async function serveKeys(keys: object[]): Promise<KeyServer> {
  const keyServer: KeyServer = {
    url: "",
    answer: { status: 200, body: JSON.stringify({ keys }) },
    server: createServer((_request, response) => {
      response.writeHead(keyServer.answer.status, { "content-type": "application/json" });
      response.end(keyServer.answer.body);
    }),
  };
  keyServer.server.listen(0, "127.0.0.1");
  await once(keyServer.server, "listening");
  keyServer.url = `http://127.0.0.1:${(keyServer.server.address() as AddressInfo).port}/keys`;
  keyServers.push(keyServer);
  return keyServer;
}
tokens.after(() => {
  for (const { server } of keyServers) server.closeAllConnections();
  for (const { server } of keyServers) server.close();
});

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
  "that can't be checked since the key set is out of reach are not called bad, and pass once it is back",
  async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
    const keyServer = await serveKeys([{ ...(await exportJWK(publicKey)), kid: "k1" }]);
    const checker = await createTokens({ JWKS_URL: keyServer.url, DATA_DIR: "nowhere" });
    const good = await new SignJWT({ sub: "acme", exp: hour() })
      .setProtectedHeader({ alg: "ES256", kid: "k1" })
      .sign(privateKey);
    const healthy = keyServer.answer;
    for (const answer of [
      { status: 500, body: "no" },
      { status: 200, body: "<html>" },
      { status: 200, body: "{}" },
    ]) {
      keyServer.answer = answer;
      assert.is((await refusal(checker, good)).code, "unavailable", answer.body);
    }
    keyServer.answer = healthy;
    assert.is((await checker.verify(good)).party, "acme");
  },
);

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
