// time limit: 360 s
// about 11 s
/** `tallystick keys` and `tallystick verify`, as an operator and as whoever is shown a document run them. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Documents } from "../../server/documents/documents.ts";
import { makeSigningKey } from "../../server/documents/signing-key.ts";
import { createLog } from "../../server/log.ts";
import { DAY_MS, keySetOf, partOf, voucher } from "../documents/voucher.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { runCommand } from "./run-command.ts";

const keys = suite("tallystick keys and verify");

let redis: TestRedis;
let hub: TestHub;
let folder: string;
let documents: Documents;
keys.before(async () => {
  redis = await startRedis();
  folder = temporaryFolder();
  hub = await startHub({ redisUrl: redis.url, settings: { DATA_DIR: folder } });
  const { ledger, book } = hub.running;
  const log = createLog({ level: "silent" });
  const durability = { level: "replicated" } as const;
  documents = await Documents.open({ settings: { DATA_DIR: folder }, ledger, book, durability, log });
});
keys.after(async () => {
  documents.close();
  await hub.close();
  await redis.stop();
});

const run = (args: string[], environment: Record<string, string> = {}) =>
  runCommand(args, {
    environment: { REDIS_URL: redis.url, PARTITIONS: "16", DATA_DIR: folder, ...environment },
  });

async function documentOf(other: Parameters<typeof voucher>[0] = {}): Promise<string> {
  const signed = await documents.sign(voucher(other));
  if (signed.kind !== "signed") throw new Error(signed.kind);
  return signed.document;
}

function fileOf(content: string): string {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, content);
  return file;
}

async function keyFile(): Promise<string> {
  return fileOf(await (await fetch(`${hub.url}/.well-known/jwks.json`)).text());
}

keys("rotate makes no first key, and none where it is a setting", async () => {
  const empty = temporaryFolder();
  const { status, error } = await run(["keys", "rotate"], { DATA_DIR: empty });
  assert.is(status, 1);
  assert.match(error, `no signing key in ${empty}: a hub makes it with the first need`);
  const SIGNING_KEY = (await makeSigningKey()).privateKey
    .export({ format: "der", type: "pkcs8" })
    .toString("base64");
  const set = await run(["keys", "rotate"], { SIGNING_KEY });
  assert.is(set.status, 1);
  assert.match(set.error, "SIGNING_KEY is set: give the hubs another one, and start them again");
  assert.match((await run(["keys", "list"])).out, "No key is published");
});

keys("rotate gives the running hub another key, and what the old one has signed is still good", async () => {
  const before = await documentOf();
  const oldKeys = await keyFile();
  const { status, out, error } = await run(["keys", "rotate"]);
  assert.equal([status, error], [0, ""]);
  const after = await documentOf();
  const [oldKid, newKid] = [partOf(before, 0).kid, partOf(after, 0).kid] as string[];
  assert.is.not(oldKid, newKid);
  assert.match(out, `New key ${newKid}: `);
  assert.match(out, `Old key ${oldKid}: `);
  assert.is(statSync(join(folder, "signing-key.pem")).mode & 0o777, 0o600);
  const newKeys = await keyFile();
  for (const document of [before, after])
    assert.is((await run(["verify", fileOf(document), "--jwks", newKeys])).status, 0);
  // Who has kept the keys from before is told that they lack one.
  const unknown = await run(["verify", fileOf(after), "--jwks", oldKeys]);
  assert.is(unknown.status, 1);
  assert.match(unknown.error, `The key "${newKid}" is not among the keys.`);

  const listed = (await run(["keys", "list"])).out.trim().split("\n");
  assert.match(listed[0] ?? "", /^key +published until$/);
  assert.match(listed.find((line) => line.startsWith(oldKid as string)) ?? "", /Z$/);
  assert.match(listed.find((line) => line.startsWith(newKid as string)) ?? "", /Z +signs here$/);
  const lines = (await run(["keys", "list", "--json"])).out.trim().split("\n");
  const rows = lines.map((line) => JSON.parse(line) as { kid: string; until: string; signsHere: boolean });
  assert.equal(
    new Map(rows.map(({ kid, signsHere }) => [kid, signsHere])),
    new Map([
      [oldKid, false],
      [newKid, true],
    ]) as never,
  );
  for (const { until } of rows) assert.ok(Date.parse(until) > Date.now() + 29 * DAY_MS);
  assert.not.match(lines.join(), readFileSync(join(folder, "signing-key.pem"), "utf8").split("\n")[1] ?? "?");
});

keys("verify says what a document proves and what not, from a file or from standard input", async () => {
  const document = await documentOf({ version: 4, state: "accepted", memo: "\u202e订单 42" });
  const { status, out, error } = await run(["verify", fileOf(`${document}\n`), "--jwks", await keyFile()]);
  assert.equal([status, error], [0, ""]);
  assert.match(out, "The document is good");
  for (const says of [
    /voucher +v3-aZ09_-aZ09_-aZ09\n/,
    /amount +125,000\.00 CNY\n/,
    /issuer +shop\n/,
    /payer +acme\n/,
    /beneficiary +nordlicht\n/,
    /memo +订单 42\n/,
    /version +4, digest 0123456789ab\n/,
    new RegExp(`book +urn:tallystick:book:${hub.running.book.id}\\n`),
    /It proves that a hub with this key had this voucher alive in its book at version 4/,
    /on disk and at replicas/,
    /It does not prove that anything of the amount is left/,
    /nor whose the key is/,
  ]) {
    assert.match(out, says);
  }
  const environment = { REDIS_URL: redis.url };
  const piped = await runCommand(["verify", "-", "--jwks", await keyFile()], {
    environment,
    input: document,
  });
  assert.equal([piped.status, piped.out], [0, out]);
});

keys("verify says of each document that is not good why not, in one line, with exit status 1", async () => {
  const good = await documentOf();
  const known = await keyFile();
  const stranger = keySetOf((await makeSigningKey()).publicKey);
  const [header = "", payload = "", signature = ""] = good.split(".");
  const none = Buffer.from('{"alg":"none","typ":"voucher+jwt"}').toString("base64url");
  const jwt = Buffer.from(JSON.stringify({ ...partOf(good, 0), typ: "JWT" })).toString("base64url");
  const cases: [document: string, keys: string, says: string][] = [
    ["hello", known, "It is no compact JWS"],
    [
      `${none}.${payload}.${signature}`,
      known,
      'It says that it is signed with "none"; only Ed25519 is accepted.',
    ],
    [`${jwt}.${payload}.${signature}`, known, 'Its type is "JWT", and not voucher+jwt'],
    [good, fileOf("{}"), "The file of keys is no JWKS"],
    [good, fileOf(stranger), "is not among the keys. It is another hub's, or made up;"],
    [
      `${header}.${payload.slice(0, -4)}AAAA.${signature}`,
      known,
      "has not signed this: it is altered, or was made up.",
    ],
    [
      await documentOf({ expiresAt: Date.now() - 1000 }),
      known,
      "but the voucher v3-aZ09_-aZ09_-aZ09 expired at 2",
    ],
  ];
  const told = async ([document, jwks, says]: (typeof cases)[number]) => {
    const { status, out, error } = await run(["verify", fileOf(document), "--jwks", jwks]);
    assert.equal([status, out], [1, ""], says);
    assert.match(error, /^tallystick: the document is not good\. [^\n]*\n$/);
    assert.ok(error.includes(says), `${error} has: ${says}`);
  };
  await Promise.all(cases.map(told));
  for (const args of [
    ["verify", "/nowhere/voucher.jwt", "--jwks", known],
    ["verify", fileOf(good), "--jwks", "/nowhere/keys.json"],
  ]) {
    const { status, error } = await run(args);
    assert.is(status, 1);
    assert.match(error, /can't open \/nowhere\/\S+: there is no such file or folder/);
  }
  assert.is((await run(["verify", fileOf(good)])).status, 1);
});

keys.run();
