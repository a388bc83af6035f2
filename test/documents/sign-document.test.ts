/** What a document says, and that another program than the hub's libraries verifies it. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isText, MAX_VOUCHER_VERSION, PARTY_PATTERN, VoucherDocument } from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { claimsOf, signDocument } from "../../server/documents/sign-document.ts";
import { makeSigningKey, readSigningKey, toPem } from "../../server/documents/signing-key.ts";
import { verifyDocument } from "../../server/documents/verify-document.ts";
import { findOpenssl } from "../helpers/find-openssl.ts";
import { holds } from "../helpers/properties.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { ACCOUNT_DIGITS, CONTEXT, DAY_MS, keySetOf, partOf, voucher } from "./voucher.ts";

const signing = suite("a voucher's document");

signing("has the header and the claims that are promised, in their order, and no others", async () => {
  const key = await makeSigningKey();
  const issued = voucher({ version: 7, issuedAt: 1_700_000_000_999, expiresAt: 1_700_000_000_999 + DAY_MS });
  const document = await signDocument(issued, CONTEXT, key);
  assert.equal(partOf(document, 0), { alg: "EdDSA", typ: "voucher+jwt", kid: key.publicKey.kid });
  const claims = partOf(document, 1);
  assert.is(
    Object.keys(claims).join(" "),
    "iss jti sub iat exp vct issuer payer beneficiary amount currency memo issuanceId journal durability",
  );
  assert.equal(VoucherDocument.strict().parse(claims), {
    iss: "urn:tallystick:book:BOOKofTEST12",
    jti: "v3-aZ09_-aZ09_-aZ09.7",
    sub: "v3-aZ09_-aZ09_-aZ09",
    iat: 1_700_000_000,
    exp: 1_700_086_400,
    vct: "urn:tallystick:voucher:1",
    issuer: "shop",
    payer: "acme",
    beneficiary: "nordlicht",
    amount: 125_000_00,
    currency: "CNY",
    memo: "订单 42",
    issuanceId: "3-aZ09_-aZ09_-aZ09",
    journal: { version: 7, digest: "0123456789ab" },
    durability: "fsynced",
  });
  const { memo: _, ...terse } = issued;
  assert.not("memo" in partOf(await signDocument(terse, CONTEXT, key), 1));
});

signing("is the same bytes at every hub that has the same key, whoever reads it", async () => {
  const key = await makeSigningKey();
  const copy = await readSigningKey(toPem(key));
  const issued = voucher();
  const { account: _, ...asItsBeneficiarySeesIt } = issued;
  const document = await signDocument(issued, CONTEXT, key);
  assert.is(await signDocument(asItsBeneficiarySeesIt, CONTEXT, copy), document);
  const other = await signDocument({ ...issued, version: 2, digest: "6789abcdef01" }, CONTEXT, key);
  assert.is.not(other, document);
});

signing("says nothing of an account, neither the payer's nor those that drawings name", async () => {
  const to = { last4: "7788" };
  const drawn = voucher({
    state: "accepted",
    drawings: [{ drawingId: "2", amount: 5, state: "honoured", at: 1, settlement: "open", to }],
  });
  const document = await signDocument(drawn, CONTEXT, await makeSigningKey());
  const text = JSON.stringify([partOf(document, 0), partOf(document, 1)]);
  // Times and the key's name may have any digits; they are compared above.
  const rest = text.replaceAll(/"(iat|exp|kid)":("[^"]*"|\d+)/g, "");
  for (const word of [ACCOUNT_DIGITS, "7788", "account", "last4", "funds", "drawings"])
    assert.not.match(rest, word);
});

signing("keeps the largest amount and any text of a memo exactly", async () => {
  const memo = 'a "quoted" \\ text, 𠮷 and é';
  const document = await signDocument(
    voucher({ amount: Number.MAX_SAFE_INTEGER, memo }),
    CONTEXT,
    await makeSigningKey(),
  );
  const claims = partOf(document, 1);
  assert.equal([claims.amount, claims.memo], [Number.MAX_SAFE_INTEGER, memo]);
});

/** Any texts that parties, memos and amounts may be. */
const anything = fc.record({
  amount: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  memo: fc.string({ unit: "binary", minLength: 1, maxLength: 140 }).filter(isText),
  issuer: fc.stringMatching(PARTY_PATTERN),
  version: fc.integer({ min: 1, max: MAX_VOUCHER_VERSION }),
  issuedAt: fc.integer({ min: 0, max: 4_000_000_000_000 }),
});

signing("of any voucher is good until it expires, and says what was signed", async () => {
  const key = await makeSigningKey();
  const keySet = keySetOf(key.publicKey);
  const property = fc.asyncProperty(anything, async (some) => {
    const signed = voucher({ ...some, expiresAt: some.issuedAt + DAY_MS });
    const document = await signDocument(signed, CONTEXT, key);
    const found = await verifyDocument({ document, keySet }, some.issuedAt);
    assert.ok(found.kind === "good", JSON.stringify(found));
    assert.equal(found.claims, claimsOf(signed, CONTEXT));
    assert.is((await verifyDocument({ document, keySet }, signed.expiresAt)).kind, "bad");
  });
  await holds(property, { name: "documents" });
});

/** SubjectPublicKeyInfo of an Ed25519 key (RFC 8410), put together from the JWK's own bytes. */
function toSpkiPem(x: string): string {
  const prefix = Buffer.from("302a300506032b6570032100", "hex");
  const body = Buffer.concat([prefix, Buffer.from(x, "base64url")]).toString("base64");
  return `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----\n`;
}

/** True when openssl says that the key has signed the text. */
function opensslVerifies(openssl: string, x: string, document: string): boolean {
  const folder = temporaryFolder();
  const [header, payload, signature = ""] = document.split(".");
  const write = (name: string, content: string | Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const args = ["pkeyutl", "-verify", "-pubin", "-inkey", write("key.pem", toSpkiPem(x)), "-rawin"];
  const files = ["-in", write("text", `${header}.${payload}`)];
  const signed = ["-sigfile", write("signature", Buffer.from(signature, "base64url"))];
  const { status, stdout, stderr, error } = spawnSync(openssl, [...args, ...files, ...signed], {
    encoding: "utf8",
  });
  if (error) throw error;
  const isGood = /Verified Successfully/.test(stdout);
  assert.ok(isGood === (status === 0) && (isGood || /Verification Failure/i.test(stdout + stderr)), stderr);
  return isGood;
}

const openssl = findOpenssl({ log: console.log });
const withOpenssl = openssl ? signing : signing.skip;

withOpenssl("is verified by openssl, which refuses it when a byte of it is another", async () => {
  const key = await makeSigningKey();
  const document = await signDocument(voucher(), CONTEXT, key);
  const { x } = key.publicKey;
  assert.ok(openssl);
  assert.ok(opensslVerifies(openssl, x, document));
  const [header = "", payload = "", signature = ""] = document.split(".");
  const swap = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
  for (const altered of [
    `${swap(header, 9)}.${payload}.${signature}`,
    `${header}.${swap(payload, 40)}.${signature}`,
    `${header}.${payload}.${swap(signature, 20)}`,
  ]) {
    assert.not(opensslVerifies(openssl, x, altered));
  }
  assert.not(opensslVerifies(openssl, (await makeSigningKey()).publicKey.x, document));
});

signing("is signed as RFC 8037's own example is, whose key has the thumbprint that RFC tells", async () => {
  const d = Buffer.from("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A", "base64url");
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), d]);
  const { publicKey } = await readSigningKey(der.toString("base64"));
  assert.equal(publicKey, {
    x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    kid: "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
  });
});

signing.run();
