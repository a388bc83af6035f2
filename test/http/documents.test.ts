/** Documents and keys over HTTP: who gets them, in which form, and that keys stay for as long as documents need them. */
import { once } from "node:events";
import { readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { VoucherSnapshot } from "@tallystick/protocol";
import express from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Documents, type PublicJwk } from "../../server/documents/documents.ts";
import { KeySource } from "../../server/documents/key-source.ts";
import { makeSigningKey, type SigningKey } from "../../server/documents/signing-key.ts";
import { verifyDocument } from "../../server/documents/verify-document.ts";
import { DOCUMENT_ROUTES } from "../../server/http/documents.ts";
import { mountRoutes } from "../../server/http/route.ts";
import { bookKey, SIGNING_KEYS_KEY } from "../../server/ledger/keys.ts";
import { PartyRates } from "../../server/limits/party-rates.ts";
import { createLog } from "../../server/log.ts";
import { DAY_MS, partOf, voucher } from "../documents/voucher.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { call, refusedWith } from "./client.ts";

const documents = suite("documents over HTTP");

let redis: TestRedis;
let hub: TestHub;
let folder: string;
documents.before.each(async () => {
  redis = await startRedis();
  folder = temporaryFolder();
  hub = await startHub({ redisUrl: redis.url, settings: { DATA_DIR: folder } });
});
documents.after.each(async () => {
  await hub.close();
  await redis.stop();
});

const asSetting = ({ privateKey }: SigningKey) =>
  privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");

async function keysOf(one: { url: string } = hub): Promise<PublicJwk[]> {
  const response = await fetch(`${one.url}/.well-known/jwks.json`);
  assert.is(response.status, 200);
  return ((await response.json()) as { keys: PublicJwk[] }).keys;
}

const kidsOf = async (one?: { url: string }) => (await keysOf(one)).map(({ kid }) => kid).sort();

/** What signs for a hub with its settings, on its book; closed with the test's own hub. */
function openDocuments(
  settings: { SIGNING_KEY?: string; DATA_DIR: string } = { DATA_DIR: folder },
  lines: string[] = [],
) {
  const { ledger, book } = hub.running;
  const log = createLog({ level: "warn", destination: { write: (line) => lines.push(line) } });
  return Documents.open({ settings, ledger, book, durability: { level: "fsynced" }, log });
}

async function signed(by: Documents, other: Partial<VoucherSnapshot> = {}): Promise<string> {
  const answer = await by.sign(voucher(other));
  if (answer.kind !== "signed") throw new Error(answer.kind);
  return answer.document;
}

documents(
  "the keys are anybody's, as a JWKS that may be kept for a minute, and have no private part",
  async () => {
    const answer = await call(hub, "GET", "/.well-known/jwks.json");
    assert.is(answer.status, 200, answer.text);
    assert.match(answer.headers.get("content-type") ?? "", /^application\/jwk-set\+json/);
    assert.is(answer.headers.get("cache-control"), "public, max-age=60");
    const { publicKey } = await new KeySource({ DATA_DIR: folder }).current();
    assert.equal(JSON.parse(answer.text), {
      keys: [{ kty: "OKP", crv: "Ed25519", ...publicKey, use: "sig", alg: "EdDSA" }],
    });
    assert.equal(
      refusedWith(await call(hub, "POST", "/.well-known/jwks.json"), 405, "invalid_request").status,
      405,
    );
  },
);

documents(
  "all hubs of a book publish the keys of all, and a library that reads them verifies what any has signed",
  async () => {
    const [one, other] = [await makeSigningKey(), await makeSigningKey()];
    const hubs = await Promise.all(
      [one, other].map((key) => startHub({ redisUrl: redis.url, settings: { SIGNING_KEY: asSetting(key) } })),
    );
    try {
      const expected = [one, other].map(({ publicKey }) => publicKey.kid);
      for (const each of hubs) assert.equal(await kidsOf(each), expected.sort());
      const document = await signed(
        await openDocuments({ SIGNING_KEY: asSetting(other), DATA_DIR: "nowhere" }),
      );
      for (const each of hubs) {
        const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", each.url));
        const { payload } = await jwtVerify(document, keys, { algorithms: ["EdDSA"], typ: "voucher+jwt" });
        assert.equal(payload, partOf(document, 1));
      }
    } finally {
      for (const each of hubs) await each.close();
    }
  },
);

documents(
  "a key stays published until the last voucher that it has signed has expired, whatever becomes of its hub",
  async () => {
    const gone = await openDocuments({ DATA_DIR: temporaryFolder() });
    const { publishedKeys } = hub.running.ledger;
    const first = await signed(gone, { expiresAt: Date.now() + 400 * DAY_MS });
    const { kid } = partOf(first, 0) as { kid: string };
    await signed(gone, { expiresAt: Date.now() + 2 * DAY_MS });
    gone.close();
    const [key] = await publishedKeys.list();
    assert.ok((key?.until ?? 0) >= (partOf(first, 1).exp as number) * 1000);
    assert.ok((await kidsOf()).includes(kid));
    await redis.client().zadd(SIGNING_KEYS_KEY, Date.now() - 1, key?.x ?? "");
    assert.not((await kidsOf()).includes(kid));
  },
);

documents(
  "after a rotation the hub signs with the new key, and what the old one has signed stays good",
  async () => {
    const hubs = await openDocuments();
    const before = await signed(hubs);
    const source = new KeySource({ DATA_DIR: folder });
    await source.replace(await makeSigningKey());
    const after = await signed(hubs);
    assert.is.not(partOf(before, 0).kid, partOf(after, 0).kid);
    const keySet = JSON.stringify({ keys: await keysOf() });
    for (const document of [before, after])
      assert.is((await verifyDocument({ document, keySet }, Date.now())).kind, "good");
    hubs.close();
  },
);

documents(
  "a key that the store has lost is published again with the next document, and the next look at the keys",
  async () => {
    const hubs = await openDocuments();
    const before = await signed(hubs, { expiresAt: Date.now() + 90 * DAY_MS });
    const { kid } = partOf(before, 0) as { kid: string };
    await redis.client().del(SIGNING_KEYS_KEY);
    assert.equal(await kidsOf(), [kid]);
    await redis.client().del(SIGNING_KEYS_KEY);
    await signed(hubs, { expiresAt: Date.now() + 2 * DAY_MS });
    // For as long as what it has signed before needs it.
    const [key] = await hub.running.ledger.publishedKeys.list();
    assert.ok((key?.until ?? 0) > Date.now() + 80 * DAY_MS);
    hubs.close();
  },
);

documents("no document is handed out whose key could not be published", async () => {
  const hubs = await openDocuments();
  await redis.client().hset(bookKey(0), "id", "another");
  const error = await signed(hubs).catch((thrown: Error) => thrown);
  assert.match(String(error), "not the book's");
  hubs.close();
});

documents(
  "a hub with a key makes it known at start, before it signs anything; one without makes none yet",
  async () => {
    await hub.restart();
    assert.equal(await hub.running.ledger.publishedKeys.list(), []);
    const { publicKey } = await new KeySource({ DATA_DIR: folder }).current();
    await hub.restart();
    assert.equal(
      (await hub.running.ledger.publishedKeys.list()).map(({ x }) => x),
      [publicKey.x],
    );
  },
);

documents("a hub does not start with a damaged key, and says which file it is", async () => {
  const file = join(folder, "signing-key.pem");
  writeFileSync(file, "damaged", { mode: 0o600 });
  const error = await startHub({ redisUrl: redis.url, settings: { DATA_DIR: folder } }).catch(
    (thrown: Error) => thrown,
  );
  assert.match(String(error), `${file} does not hold an Ed25519 private key`);
});

documents("a hub that loses its key's file goes on with the key, and logs it once", async () => {
  const lines: string[] = [];
  const hubs = await openDocuments({ DATA_DIR: folder }, lines);
  const { kid } = partOf(await signed(hubs), 0);
  const pem = readFileSync(join(folder, "signing-key.pem"));
  rmSync(join(folder, "signing-key.pem"));
  for (let time = 0; time < 3; time++) assert.is(partOf(await signed(hubs), 0).kid, kid);
  assert.is(lines.length, 1);
  assert.match(lines[0] ?? "", "signing-key.pem is gone");
  assert.not.ok(lines.join().includes(pem.toString().split("\n")[1] ?? "?"));
  hubs.close();
});

documents(
  "a hub that can't make a key starts, signs nothing, says why once, and publishes those of others",
  async () => {
    const lines: string[] = [];
    const place = temporaryFolder();
    symlinkSync(join(place, "gone", "data"), join(place, "data"));
    const other = await openDocuments();
    const { kid } = partOf(await signed(other), 0);
    const hubs = await openDocuments({ DATA_DIR: join(place, "data") }, lines);
    for (let time = 0; time < 2; time++) {
      assert.equal(await hubs.sign(voucher()), { kind: "no_key" });
      assert.equal(
        (await hubs.keySet()).keys.map((key) => key.kid),
        [kid],
      );
    }
    assert.is(lines.length, 1);
    assert.match(lines[0] ?? "", "signing-key.pem can't be made: ");
    const file = join(place, "file");
    writeFileSync(file, "");
    const error = await openDocuments({ DATA_DIR: join(file, "data") }).catch((thrown: Error) => thrown);
    assert.match(String(error), /can't be read: ENOTDIR/);
    for (const each of [other, hubs]) each.close();
  },
);

/** The route of a document, with vouchers that the test has made up and everybody of the three may read. */
async function serveDocuments(vouchers: VoucherSnapshot[]) {
  const hubs = await openDocuments();
  const read = async (reader: { party: string; operator: boolean }, id: string) =>
    vouchers.find(
      ({ voucherId, issuer, payer, beneficiary }) =>
        voucherId === id && (reader.operator || [issuer, payer, beneficiary].includes(reader.party)),
    );
  const app = express().use(
    mountRoutes(DOCUMENT_ROUTES, {
      documents: hubs,
      vouchers: { read },
      tokens: hub.running.tokens,
      partyRates: new PartyRates({ perSecond: 1000, bus: undefined }),
      log: createLog({ level: "silent" }),
    }),
  );
  const server = createServer(app);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    get: (id: string, token?: string) =>
      call({ ...hub, url }, "GET", `/v1/vouchers/${id}/document`, token === undefined ? {} : { token }),
    close: () => {
      hubs.close();
      server.close();
    },
  };
}

documents(
  "a document is the JWS alone, the same bytes for each who may read the voucher, and nobody else's",
  async () => {
    const { voucherId } = voucher();
    const { get, close } = await serveDocuments([voucher()]);
    const texts = new Set<string>();
    for (const [party, operator] of [
      ["shop", false],
      ["acme", false],
      ["nordlicht", false],
      ["bank", true],
    ] as const) {
      const { status, headers, text } = await get(voucherId, await hub.token(party, { operator }));
      assert.is(status, 200, text);
      assert.is(headers.get("content-type"), "application/jose");
      assert.match(text, /^[\w-]+\.[\w-]+\.[\w-]{86}$/);
      texts.add(text);
    }
    assert.is(texts.size, 1);
    const keySet = JSON.stringify({ keys: await keysOf() });
    const found = await verifyDocument({ document: [...texts][0] as string, keySet }, Date.now());
    assert.ok(found.kind === "good");
    assert.is(found.claims.iss, `urn:tallystick:book:${hub.running.book.id}`);
    const stranger = await hub.token("stranger");
    refusedWith(await get(voucherId, stranger), 404, "not_found");
    refusedWith(await get("v3-AAAAAAAAAAAAAAAA", stranger), 404, "not_found");
    refusedWith(await get("nonsense", stranger), 400, "invalid_request");
    refusedWith(await get(voucherId), 401, "unauthenticated");
    close();
  },
);

documents("a voucher that has ended gets no document, and is told how it has", async () => {
  for (const state of ["honoured", "released", "rejected", "withdrawn", "expired", "voided"] as const) {
    const { get, close } = await serveDocuments([voucher({ state })]);
    const problem = refusedWith(await get(voucher().voucherId, await hub.token("shop")), 409, "wrong_state");
    assert.equal(problem.details, { state });
    close();
  }
});

documents.run();
