// about 8 s
/** What may be done in the hub's own Redis: all that hubs and commands need, and nothing else. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../../server/audit/audit.ts";
import { readSettings } from "../../../server/config.ts";
import { FOR_AUDITS, OF_OWN_STORE } from "../../../server/ledger/rights.ts";
import { openLedger } from "../../../server/open-ledger.ts";
import { type EmbeddedRedis, startEmbeddedRedis } from "../../../server/redis/embedded/embedded-redis.ts";
import { readDocument } from "../../guards/documents.ts";
import { startHub } from "../../helpers/hub.ts";
import { connectPatiently } from "../../helpers/redis-process.ts";
import { nodeArguments } from "../../helpers/source.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";
import { openScene } from "../../hub/scene.ts";
import { accepted, openVoucherScene, toldOf } from "../../vouchers/scene.ts";

const rights = suite("rights in the hub's own Redis");
const FIXTURE = join(dirname(dirname(import.meta.dirname)), "fixtures", "embedded-hub.ts");

let dataDir: string;
let redis: EmbeddedRedis;
let client: Redis;
rights.before(async () => {
  dataDir = temporaryFolder();
  redis = await startEmbeddedRedis({ dataDir, log: () => undefined, rights: OF_OWN_STORE });
  client = connectPatiently({ path: redis.url.slice("unix:".length) });
});
rights.after(async () => {
  client.disconnect();
  await redis.stop();
});

/** What would lose the book, take the server elsewhere, or show what is not the hub's. */
const REFUSED: string[][] = [
  ["FLUSHALL"],
  ["FLUSHDB"],
  ["KEYS", "*"],
  ["DEBUG", "SLEEP", "0"],
  ["CONFIG", "SET", "dir", "/tmp"],
  ["CONFIG", "REWRITE"],
  ["MONITOR"],
  ["REPLICAOF", "127.0.0.1", "1"],
  ["ACL", "SETUSER", "default", "+@all"],
  ["MODULE", "LOAD", "x.so"],
  ["SET", "other", "1"],
  ["EVAL", "return redis.call('FLUSHALL')", "0"],
  ["EVAL", "return redis.call('GET', 'other')", "0"],
  ["SSUBSCRIBE", "other"],
];

for (const [name = "", ...args] of REFUSED) {
  rights(`${name} ${args.join(" ")} can be done by nobody`, async () => {
    const error = await client.call(name, ...args).then(
      () => undefined,
      (refused: Error) => refused,
    );
    assert.match(error?.message ?? "it was done", /NOPERM|not allowed|can't (access|run)|ACL failure/);
  });
}

rights("are enough for a hub with an archive, and for commands on the book", async () => {
  const hub = await startHub({
    redisUrl: redis.url,
    settings: { ARCHIVE_URL: `file:${join(temporaryFolder(), "archive.db")}` },
  });
  const scene = await openScene(hub);
  for (const situation of ["issued", "declined", "failed", "expired"] as const) await scene.reach(situation);
  const vouchers = await openVoucherScene(hub);
  const voucherId = await vouchers.issue();
  await accepted(vouchers.beneficiary, "voucher:draw", voucherId, { to: vouchers.to });
  await toldOf(vouchers.payer, voucherId, "drawing.settled");
  for (const one of [scene, vouchers]) one.close();
  assert.is((await fetch(`${hub.url}/readyz`)).status, 200);
  assert.is(
    ((await (await fetch(`${hub.url}/readyz`)).json()) as { durability: string }).durability,
    "fsynced",
  );
  await hub.close();
  const settings = readSettings({ DATA_DIR: dataDir, PARTITIONS: "16" });
  const book = await openLedger(settings, () => undefined);
  assert.equal((await audit(book)).findings, []);
  await book.close();
});

rights("are those that the document lists", () => {
  const listed = readDocument("server/README.md")
    .table("Rights")
    .find(([where]) => where?.includes("audit"))?.[1];
  for (const command of FOR_AUDITS) assert.match(listed?.replaceAll("\\|", "|") ?? "", `+${command}`);
});

rights("are in a file that is its owner's alone", () => {
  assert.is(statSync(join(dataDir, "users.acl")).mode & 0o777, 0o600);
});

rights(
  "of a server that a killed hub of another version has left are those of whoever takes it over",
  async () => {
    const folder = temporaryFolder();
    const hub: ChildProcess = spawn(process.execPath, [...nodeArguments(FIXTURE), folder], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, RIGHTS: "get" },
    });
    const [line] = (await once(createInterface(hub.stdout as NodeJS.ReadableStream), "line")) as [string];
    const { url } = JSON.parse(line) as { url: string };
    const before = connectPatiently({ path: url.slice("unix:".length) });
    assert.match(String(await before.set("ts:x", "1").catch((error: Error) => error)), /NOPERM/);
    const gone = once(hub, "exit");
    hub.kill("SIGKILL");
    await gone;
    const taken = await startEmbeddedRedis({ dataDir: folder, log: () => undefined, rights: OF_OWN_STORE });
    assert.is(taken.adopted, true);
    before.disconnect();
    const after = connectPatiently({ path: url.slice("unix:".length) });
    assert.is(await after.set("ts:x", "1"), "OK");
    after.disconnect();
    await taken.stop();
  },
);

rights.run();
