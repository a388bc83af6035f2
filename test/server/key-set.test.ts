/** A key set that is rotated, out of reach, or not what it should be. */
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AT_ONCE, FRESH_MS, KeySet, KeySetError, KNOWN_MS, PAUSE_MS } from "../../server/key-set.ts";
import { createTokens, TokenError } from "../../server/tokens.ts";
import { closeKeyServers, type KeyServer, serveKeys, setOf } from "../helpers/key-server.ts";

const keySet = suite("a key set");
keySet.after(closeKeyServers);

/** A key of whoever issues tokens. */
async function makeKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair("ES256", { extractable: true });
  return { kid, jwk: { ...(await exportJWK(publicKey)), kid }, privateKey };
}
type Key = Awaited<ReturnType<typeof makeKey>>;

/** A set at a server, and a clock that the test sets. */
async function start(keys: Key[]) {
  const server = await serveKeys(keys.map(({ jwk }) => jwk));
  const clock = { ms: 1_000_000 };
  const changes: (string | undefined)[] = [];
  const set = new KeySet({
    url: new URL(server.url),
    now: () => clock.ms,
    onChange: (failure) => changes.push(failure),
  });
  return { server, clock, set, changes };
}

/** What becomes of a token of this key: it is known, it is unknown, or nobody can say now. */
async function ask(set: KeySet, kid: string): Promise<"known" | "unknown" | "later"> {
  try {
    await set.find({ alg: "ES256", kid }, { payload: "", signature: "" });
    return "known";
  } catch (error) {
    if (!(error instanceof KeySetError)) return "unknown";
    assert.ok(error.retryAfter > 0 && error.retryAfter <= PAUSE_MS, String(error.retryAfter));
    return "later";
  }
}

keySet("is read once for many tokens at once, and not again while it is fresh", async () => {
  const { server, clock, set } = await start([await makeKey("k1")]);
  assert.equal(
    await Promise.all(Array.from({ length: 50 }, () => ask(set, "k1"))),
    new Array(50).fill("known"),
  );
  clock.ms += FRESH_MS - 1;
  assert.is(await ask(set, "k1"), "known");
  assert.is(server.asked, 1);
});

keySet(
  "knows a key that was added just after it was read, and says `later` when it was read too often",
  async () => {
    const [old, fresh] = [await makeKey("k1"), await makeKey("k2")];
    const { server, clock, set } = await start([old]);
    assert.is(await ask(set, "k1"), "known");
    server.answer = setOf([old.jwk, fresh.jwk]);
    clock.ms += 1;
    assert.is(await ask(set, "k2"), "known");
    assert.is(server.asked, 2);
    const third = await makeKey("k3");
    for (let time = server.asked; time < AT_ONCE; time++) {
      clock.ms += 1;
      assert.is(await ask(set, "k3"), "unknown");
    }
    server.answer = setOf([fresh.jwk, third.jwk]);
    clock.ms += 1;
    assert.is(await ask(set, "k3"), "later");
    clock.ms += PAUSE_MS;
    assert.is(await ask(set, "k3"), "known");
    assert.is(server.asked, AT_ONCE + 1);
  },
);

keySet("that does not answer makes nobody wait who has a known key", async () => {
  const { server, clock, set } = await start([await makeKey("k1")]);
  assert.is(await ask(set, "k1"), "known");
  server.answer = { status: 500, body: "no" };
  clock.ms += FRESH_MS;
  assert.is(await ask(set, "k1"), "known");
  server.answer = { status: 0, body: "" };
  clock.ms += PAUSE_MS;
  // The reading that begins with this one never ends; the next joins it.
  assert.equal(await Promise.all([ask(set, "k1"), ask(set, "k1")]), ["known", "known"]);
  server.server.closeAllConnections();
});

keySet("is not read for each unknown key, neither when it answers nor when it does not", async () => {
  const { server, clock, set } = await start([await makeKey("k1")]);
  assert.is(await ask(set, "k1"), "known");
  const flood = async () => {
    for (let index = 0; index < 200; index++) {
      clock.ms += 1;
      await ask(set, `forged-${index}`);
    }
  };
  await flood();
  assert.is(server.asked, AT_ONCE);
  assert.is(await ask(set, "forged"), "later");
  server.answer = { status: 500, body: "no" };
  clock.ms += PAUSE_MS;
  await flood();
  assert.is(server.asked, AT_ONCE + 1);
  assert.is(await ask(set, "k1"), "known");
});

keySet("that is away goes on with the keys that are known, for an hour", async () => {
  const { server, clock, set, changes } = await start([await makeKey("k1")]);
  assert.is(await ask(set, "k1"), "known");
  server.answer = { status: 500, body: "no" };
  for (let minute = 0; minute < 59; minute++) {
    clock.ms += 60_000;
    assert.is(await ask(set, "k1"), "known", `minute ${minute}`);
  }
  clock.ms += KNOWN_MS;
  assert.is(await ask(set, "k1"), "later");
  assert.is(changes.length, 1);
  server.answer = { status: 200, body: JSON.stringify({ keys: [(await makeKey("k9")).jwk] }) };
  clock.ms += PAUSE_MS;
  assert.is(await ask(set, "k1"), "unknown");
  assert.is(await ask(set, "k9"), "known");
  assert.is(changes.length, 2);
  assert.is(changes[1], undefined);
});

keySet("forgets a key that was taken out of it", async () => {
  const [old, fresh] = [await makeKey("k1"), await makeKey("k2")];
  const { server, clock, set } = await start([old]);
  assert.is(await ask(set, "k1"), "known");
  server.answer = setOf([fresh.jwk]);
  clock.ms += FRESH_MS;
  assert.is(await ask(set, "k1"), "unknown");
  assert.is(await ask(set, "k2"), "known");
});

/** Answers that are no key set; the keys that are known go on. */
const POISON: { readonly [what: string]: KeyServer["answer"] } = {
  "an error": { status: 500, body: "no" },
  "a page": { status: 200, body: "<html>" },
  nothing: { status: 200, body: "" },
  null: { status: 200, body: "null" },
  "an object": { status: 200, body: "{}" },
  "keys that are no list": { status: 200, body: '{"keys":{}}' },
  "a redirect": { status: 302, body: "", headers: { location: "http://127.0.0.1:1/keys" } },
  "a set of 50 MB": { status: 200, body: Buffer.alloc(50_000_000, " ") },
  "a set of 101 keys": setOf(Array.from({ length: 101 }, (_, index) => ({ kty: "EC", kid: `${index}` }))),
};

for (const [what, answer] of Object.entries(POISON)) {
  keySet(`that is answered with ${what} is not taken, and what was known goes on`, async () => {
    const { server, clock, set, changes } = await start([await makeKey("k1")]);
    assert.is(await ask(set, "k1"), "known");
    server.answer = answer;
    clock.ms += FRESH_MS;
    assert.is(await ask(set, "k1"), "known");
    assert.is(changes.length, 1, String(changes));
    assert.is(server.asked, 2);
  });
}

keySet("has no secret keys, and what is no key among the others does no harm", async () => {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  const known = await makeKey("k1");
  const { server, set } = await start([]);
  const leaked = { ...(await exportJWK(privateKey)), kid: "leaked" };
  server.answer = setOf([
    null as never,
    5 as never,
    "k1" as never,
    {},
    { kty: "EC", kid: "half" },
    leaked,
    known.jwk,
  ]);
  assert.is(await ask(set, "k1"), "known");
  assert.is(await ask(set, "leaked"), "unknown");
  assert.is(await ask(set, "half"), "unknown");
});

keySet(
  "makes of a token what it knows: unavailable with a time, unauthenticated, or an identity",
  async () => {
    const key = await makeKey("k1");
    const server = await serveKeys([key.jwk]);
    const healthy = server.answer;
    const sign = (claims: object, { privateKey, kid } = key) =>
      new SignJWT({ sub: "acme", exp: Math.floor(Date.now() / 1000) + 3600, ...claims })
        .setProtectedHeader({ alg: "ES256", kid })
        .sign(privateKey);
    const good = await sign({ scope: "terminal" });
    server.answer = { status: 500, body: "no" };
    const away = await createTokens({ JWKS_URL: server.url, DATA_DIR: "nowhere" });
    const later = await away.verify(good).catch((error: unknown) => error);
    assert.instance(later, TokenError);
    assert.is((later as TokenError).code, "unavailable");
    assert.ok(((later as TokenError).details?.retryAfter ?? 0) > 0);
    server.answer = healthy;
    const tokens = await createTokens({ JWKS_URL: server.url, DATA_DIR: "nowhere" });
    assert.is((await tokens.verify(good)).party, "acme");
    for (const bad of [await sign({}), await sign({ scope: "terminal" }, { ...(await makeKey("k1")) })]) {
      const error = await tokens.verify(bad).catch((thrown: unknown) => thrown);
      assert.is((error as TokenError).code, "unauthenticated");
    }
  },
);

/** Sets in which a token's header leads to several keys: the tokens name none, or their name is that of two. */
const AMBIGUOUS: { readonly [what: string]: (string | undefined)[] } = {
  "that have no names": [undefined, undefined],
  "of one name": ["same", "same"],
  "of which one alone has a name": ["named", undefined],
};

for (const [what, kids] of Object.entries(AMBIGUOUS)) {
  keySet(`with two keys ${what} takes the tokens of both, and of no third`, async () => {
    const keys = await Promise.all([...kids, kids[0]].map((kid) => makeKey(kid ?? "none")));
    const jwks = keys.map(({ jwk }, index) => ({ ...jwk, kid: [...kids, kids[0]][index] }));
    const server = await serveKeys(jwks.slice(0, 2) as never);
    const tokens = await createTokens({ JWKS_URL: server.url, DATA_DIR: "nowhere" });
    const verify = async (index: number) => {
      const kid = jwks[index]?.kid;
      const token = await new SignJWT({ sub: "acme", scope: "terminal" })
        .setProtectedHeader({ alg: "ES256", ...(kid !== undefined && { kid }) })
        .setExpirationTime("1h")
        .sign((keys[index] as Key).privateKey);
      return tokens.verify(token).then(
        ({ party }) => party,
        (error: TokenError) => error.code,
      );
    };
    assert.equal([await verify(0), await verify(1), await verify(2)], ["acme", "acme", "unauthenticated"]);
    assert.ok(server.asked <= AT_ONCE);
  });
}

keySet("whose only key was changed for another just now knows tokens that name none", async () => {
  const [old, fresh] = [await makeKey("old"), await makeKey("fresh")];
  const nameless = ({ jwk }: Key) => ({ ...jwk, kid: undefined as never });
  const server = await serveKeys([nameless(old)]);
  const tokens = await createTokens({ JWKS_URL: server.url, DATA_DIR: "nowhere" });
  const tokenOf = ({ privateKey }: Key) =>
    new SignJWT({ sub: "acme", scope: "terminal" })
      .setProtectedHeader({ alg: "ES256" })
      .setExpirationTime("1h")
      .sign(privateKey);
  assert.is((await tokens.verify(await tokenOf(old))).party, "acme");
  server.answer = setOf([nameless(fresh)]);
  assert.is((await tokens.verify(await tokenOf(fresh))).party, "acme");
});

keySet.run();
