/** A document is good with the right key alone, and as it was signed alone; each fault is told by itself. */
import { createHmac, generateKeyPairSync } from "node:crypto";
import { CompactSign } from "jose";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { signDocument } from "../../server/documents/sign-document.ts";
import { makeSigningKey, type SigningKey } from "../../server/documents/signing-key.ts";
import { type Fault, verifyDocument } from "../../server/documents/verify-document.ts";
import { CONTEXT, keySetOf, partOf, voucher } from "./voucher.ts";

const verifying = suite("verifying a document");

let key: SigningKey;
let document: string;
let keySet: string;
verifying.before(async () => {
  key = await makeSigningKey();
  document = await signDocument(voucher(), CONTEXT, key);
  keySet = keySetOf((await makeSigningKey()).publicKey, key.publicKey);
});

const verify = (token: string, keys = keySet, now = Date.now()) =>
  verifyDocument({ document: token, keySet: keys }, now);

async function faultOf(token: string, keys?: string, now?: number): Promise<Fault> {
  const found = await verify(token, keys, now);
  assert.is(found.kind, "bad", token);
  return (found as { fault: Fault }).fault;
}

verifying(
  "with a set that has its key, it is good and says what it says, also with white space around it",
  async () => {
    for (const token of [document, ` ${document}\r\n`]) {
      const found = await verify(token);
      assert.ok(found.kind === "good");
      assert.equal([found.kid, found.claims], [key.publicKey.kid, partOf(document, 1)]);
    }
  },
);

const CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

verifying("any other character in any place of it is seen, the last bits of each part too", async () => {
  for (let at = 0; at < document.length; at++) {
    const before = CHARACTERS.indexOf(document[at] ?? "");
    // One bit each: where a part ends, some bits are no part of a byte.
    const others = before < 0 ? ["A"] : [1, 2, 4, 8, 16, 32].map((bit) => CHARACTERS[before ^ bit] as string);
    for (const other of [...others, ".", "=", " ", "é"].filter((one) => one !== document[at]))
      await faultOf(document.slice(0, at) + other + document.slice(at + 1));
  }
});

verifying(
  "a part that is missing, empty or one too many is seen, and so is what is no document at all",
  async () => {
    const [header, payload, signature] = document.split(".");
    for (const token of [
      "",
      "..",
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `${header}..${signature}`,
      `${document}.${signature}`,
      `${document}=`,
      `\ufeff${header}!.${payload}.${signature}`,
      JSON.stringify({ payload, signature }),
      "<html></html>",
      `${Buffer.from("not JSON").toString("base64url")}.${payload}.${signature}`,
      `${Buffer.from("null").toString("base64url")}.${payload}.${signature}`,
      `${Buffer.from('{"alg":1}').toString("base64url")}.${payload}.${signature}`,
    ]) {
      assert.is(await faultOf(token), "not_a_jws", token);
    }
  },
);

/** The document's payload with another header, signed with the right key all the same. */
async function signedWith(header: Record<string, unknown>, signer: SigningKey = key): Promise<string> {
  const full = { alg: "EdDSA", typ: "voucher+jwt", kid: signer.publicKey.kid, ...header };
  const payload = Buffer.from(document.split(".")[1] ?? "", "base64url");
  const options = { crit: { "urn:example": true } };
  return new CompactSign(payload).setProtectedHeader(full).sign(signer.privateKey, options);
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

verifying(
  "without a signature, or with one made from the public key, it is refused by its algorithm",
  async () => {
    const { kid, x } = key.publicKey;
    const payload = document.split(".")[1] ?? "";
    for (const alg of ["none", "None", "HS256", "HS512", "ES256", "RS256", "Ed448", "eddsa", ""]) {
      const signed = `${encode({ alg, typ: "voucher+jwt", kid })}.${payload}`;
      for (const secret of [x, Buffer.from(x, "base64url")]) {
        const token = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
        assert.is(await faultOf(token), "wrong_algorithm", alg);
        const hmacKeys = JSON.stringify({ keys: [{ kty: "oct", kid, k: x, alg, use: "sig" }] });
        assert.is(await faultOf(token, hmacKeys), "wrong_algorithm", alg);
      }
    }
  },
);

verifying("Ed25519's newer name is taken, for the document and for the key", async () => {
  const { kid, x } = key.publicKey;
  for (const token of [document, await signedWith({ alg: "Ed25519" })]) {
    for (const alg of ["EdDSA", "Ed25519", undefined])
      assert.is((await verify(token, keySetOf({ kid, x, alg }))).kind, "good");
  }
});

verifying("of another type, or of none, it is another token that the key may have signed", async () => {
  for (const typ of ["JWT", "jwt", "Voucher+JWT", "at+jwt", "", undefined])
    assert.is(await faultOf(await signedWith({ typ })), "wrong_type", typ);
});

verifying(
  "with an extension that must be understood, or a payload that is not encoded, it is refused",
  async () => {
    assert.is(await faultOf(await signedWith({ crit: ["urn:example"], "urn:example": 1 })), "altered");
  },
);

verifying(
  "whose key is not named or not in the set it can't be good; a key in its own header is no key",
  async () => {
    const stranger = await makeSigningKey();
    const { x } = stranger.publicKey;
    const jwk = { kty: "OKP", crv: "Ed25519", x };
    assert.is(await faultOf(await signedWith({ jwk }, stranger)), "unknown_key");
    assert.is(await faultOf(await signedWith({ jwk, kid: undefined }, stranger)), "unknown_key");
    assert.is(await faultOf(await signedWith({ jwk, kid: key.publicKey.kid }, stranger)), "altered");
    assert.is(await faultOf(document, keySetOf()), "unknown_key");
    assert.is(
      await faultOf(document, keySetOf({ ...stranger.publicKey, kid: key.publicKey.kid })),
      "altered",
    );
  },
);

verifying("with a key that is for something else, it is refused by the key", async () => {
  const { kid, x } = key.publicKey;
  for (const other of [
    { use: "enc" },
    { alg: "HS256" },
    { alg: "ECDH-ES" },
    { key_ops: ["encrypt"] },
    { key_ops: ["sign"] },
    { crv: "X25519" },
    { crv: "Ed448" },
    { kty: "EC" },
    { kty: "oct", k: x },
    { x: undefined },
  ]) {
    assert.is(
      await faultOf(document, keySetOf({ kid, x, ...other } as never)),
      "unfit_key",
      JSON.stringify(other),
    );
  }
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "jwk" });
  assert.is(await faultOf(document, JSON.stringify({ keys: [{ ...rsa, kid }] })), "unfit_key");
  assert.is((await verify(document, keySetOf({ kid, x, key_ops: ["verify"] }))).kind, "good");
  assert.is((await verify(document, keySetOf({ kid, x, use: "enc" }, { kid, x }))).kind, "good");
});

verifying("a file of keys that is none is said to be that", async () => {
  for (const text of ["", "{}", "[]", "<html>", '{"keys":{}}', '{"keys":[1]}', "null"])
    assert.is(await faultOf(document, text), "no_key_set", text);
  assert.is(await faultOf(document, keySetOf({ ...key.publicKey, x: "AAAA" })), "altered");
});

verifying("it is good until the second in which the voucher expires", async () => {
  const exp = (partOf(document, 1).exp as number) * 1000;
  assert.is((await verify(document, keySet, exp - 1)).kind, "good");
  assert.is(await faultOf(document, keySet, exp), "expired");
  assert.is(await faultOf(document, keySet, exp + 1e9), "expired");
});

verifying("what the key has signed and is no voucher's document, is none", async () => {
  const claims = partOf(document, 1);
  const header = { alg: "EdDSA", typ: "voucher+jwt", kid: key.publicKey.kid };
  const sign = (value: unknown) =>
    new CompactSign(Buffer.from(typeof value === "string" ? value : JSON.stringify(value)))
      .setProtectedHeader(header)
      .sign(key.privateKey);
  assert.is((await verify(await sign({ ...claims, later: "claims" }))).kind, "good");
  for (const other of [
    "text",
    [],
    { ...claims, vct: "urn:tallystick:voucher:2" },
    { ...claims, exp: undefined },
    { ...claims, exp: "soon" },
    { ...claims, amount: 0.5 },
    { ...claims, amount: "12" },
    { ...claims, memo: "a\u001b[2Jterminal" },
    { ...claims, iss: "somebody" },
    { ...claims, jti: "v3-aZ09_-aZ09_-aZ09.2" },
    { ...claims, durability: "eternal" },
  ]) {
    assert.is(await faultOf(await sign(other)), "no_document", JSON.stringify(other));
  }
});

verifying("what a stranger wrote is shown short, and without what a terminal would act on", async () => {
  const kid = `\u001b[2J\n${"x".repeat(1000)}`;
  for (const header of [{ kid }, { typ: kid }]) {
    const found = await verify(await signedWith(header));
    assert.ok(found.kind === "bad");
    assert.match(found.says, /^[\x20-\x7e]{1,300}$/);
  }
});

verifying.run();
