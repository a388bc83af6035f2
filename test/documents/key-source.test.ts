/** The signing key: made once, readable by its owner alone, taken anew when it is rotated, and never a damaged one. */

import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { KeySource, SigningKeyError } from "../../server/documents/key-source.ts";
import { makeSigningKey, readSigningKey, toPem } from "../../server/documents/signing-key.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const source = suite("the signing key");
const FILE = "signing-key.pem";

/** The error that something is refused with. */
async function refusal(promise: Promise<unknown>): Promise<SigningKeyError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  assert.instance(error, SigningKeyError, String(error));
  return error as SigningKeyError;
}

const kidOf = async (one: KeySource) => (await one.current()).publicKey.kid;

source("is made with the first need and not before, once, readable by its owner alone", async () => {
  const folder = join(temporaryFolder(), "data");
  const settings = { DATA_DIR: folder };
  const first = new KeySource(settings);
  assert.is(await first.existing(), undefined);
  assert.throws(() => statSync(folder), /ENOENT/);
  const kid = await kidOf(first);
  const file = join(folder, FILE);
  assert.is(statSync(file).mode & 0o777, 0o600);
  assert.is(statSync(folder).mode & 0o777, 0o700);
  assert.equal(readdirSync(folder), [FILE]);
  assert.is((await readSigningKey(readFileSync(file, "utf8").trim())).publicKey.kid, kid);
  assert.is(await kidOf(new KeySource(settings)), kid);
});

source("is one and the same for those that make it at the same moment", async () => {
  for (let round = 0; round < 10; round++) {
    const folder = join(temporaryFolder(), "data");
    const kids = Array.from({ length: 8 }, () => kidOf(new KeySource({ DATA_DIR: folder })));
    assert.is(new Set(await Promise.all(kids)).size, 1);
    assert.equal(readdirSync(folder), [FILE]);
  }
});

source(
  "that is rotated is taken by everybody who has the one before, and stays its owner's alone",
  async () => {
    const folder = temporaryFolder();
    const [one, other] = [new KeySource({ DATA_DIR: folder }), new KeySource({ DATA_DIR: folder })];
    const before = await kidOf(one);
    assert.is(await kidOf(other), before);
    const made = await makeSigningKey();
    await one.replace(made);
    for (const each of [one, other]) assert.is(await kidOf(each), made.publicKey.kid);
    assert.is(statSync(join(folder, FILE)).mode & 0o777, 0o600);
    assert.equal(readdirSync(folder), [FILE]);
  },
);

const pkcs8 = { format: "pem", type: "pkcs8" } as const;
const DAMAGED: [what: string, content: string | Buffer][] = [
  ["an empty file", ""],
  ["half a file", toPem(await makeSigningKey()).slice(0, 60)],
  ["zeros", Buffer.alloc(119)],
  ["another kind of key", generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export(pkcs8)],
  ["a key for agreement", generateKeyPairSync("x25519").privateKey.export(pkcs8)],
  ["a public key", generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" })],
  [
    "a key without its armour",
    generateKeyPairSync("ed25519").privateKey.export({ format: "der", type: "pkcs8" }).toString("base64"),
  ],
];

for (const [what, content] of DAMAGED) {
  source(`is refused where there is ${what}, with the file's name, and left as it is`, async () => {
    const folder = temporaryFolder();
    const file = join(folder, FILE);
    writeFileSync(file, content, { mode: 0o600 });
    for (const need of [
      () => new KeySource({ DATA_DIR: folder }).existing(),
      () => kidOf(new KeySource({ DATA_DIR: folder })),
    ]) {
      const { message } = await refusal(need());
      assert.match(message, `${file} does not hold an Ed25519 private key in PEM`);
      if (content.length > 40)
        assert.not.ok(message.includes(String(content).slice(30, 50)), "nothing of it is told");
    }
    assert.equal(readFileSync(file), Buffer.from(content));
  });
}

source("is refused where others can read it", async () => {
  const folder = temporaryFolder();
  await kidOf(new KeySource({ DATA_DIR: folder }));
  const file = join(folder, FILE);
  for (const mode of [0o640, 0o604, 0o660, 0o644]) {
    chmodSync(file, mode);
    assert.match(
      (await refusal(kidOf(new KeySource({ DATA_DIR: folder })))).message,
      `${file} can be read by others`,
    );
  }
  chmodSync(file, 0o400);
  await kidOf(new KeySource({ DATA_DIR: folder }));
});

source("that is lost or damaged while it is used goes on to be used, and that is told", async () => {
  const folder = temporaryFolder();
  const file = join(folder, FILE);
  const told: string[] = [];
  const one = new KeySource({ DATA_DIR: folder }, ({ message }) => told.push(message));
  const kid = await kidOf(one);
  const pem = readFileSync(file);
  rmSync(file);
  assert.is(await kidOf(one), kid);
  assert.match(told.at(-1) ?? "", `${file} is gone`);
  assert.throws(() => statSync(file), /ENOENT/);
  writeFileSync(file, "damaged", { mode: 0o600 });
  assert.is(await kidOf(one), kid);
  assert.match(told.at(-1) ?? "", "does not hold");
  const count = told.length;
  writeFileSync(file, pem);
  assert.is(await kidOf(one), kid);
  assert.is(told.length, count);
});

source("can't be made where a file is in the folder's place, which is told", async () => {
  const place = join(temporaryFolder(), "data");
  writeFileSync(place, "");
  assert.match((await refusal(kidOf(new KeySource({ DATA_DIR: place })))).message, join(place, FILE));
  const folder = temporaryFolder();
  mkdirSync(join(folder, FILE), { mode: 0o700 });
  assert.match((await refusal(kidOf(new KeySource({ DATA_DIR: folder })))).message, /can't be read: EISDIR/);
});

source("that is a setting makes and reads no file", async () => {
  const folder = join(temporaryFolder(), "data");
  const key = await makeSigningKey();
  const SIGNING_KEY = key.privateKey.export({ format: "der", type: "pkcs8" }).toString("base64");
  assert.is(await kidOf(new KeySource({ DATA_DIR: folder, SIGNING_KEY })), key.publicKey.kid);
  assert.throws(() => statSync(folder), /ENOENT/);
});

source.run();
