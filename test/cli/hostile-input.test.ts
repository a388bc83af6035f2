// time limit: 480 s
// about 20 s, mostly waiting
/** Arguments and files that nobody means well with: they are refused, and what is said of them steers no terminal. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { type Ended, runCommand } from "./run-command.ts";

const hostile = suite("hostile arguments and files");
const NUMBER = "6222020200112233";

let redis: TestRedis;
let hub: TestHub;
hostile.before(async () => {
  redis = await startRedis();
  hub = await startHub({ redisUrl: redis.url });
  for (const [number, kind] of [
    [NUMBER, { kind: "funds", balance: 10_000 }],
    ["LINE-1", { kind: "credit", limit: 10_000 }],
  ] as const)
    await hub.putAccount("acme", number, { holder: "Acme Ltd", currency: "CNY", ...kind });
});
hostile.after(async () => {
  await hub.close();
  await redis.stop();
});

function run(...args: string[]): Promise<Ended> {
  return runCommand(args, { environment: { REDIS_URL: redis.url, PARTITIONS: "16" } });
}

/** References that HTTP refuses, as it always has: the statement's CSV has no quotes. */
const REFERENCES = ["", "a,b", 'a"b', "a\nb", "=1+1", "r".repeat(65)];

for (const [act, number] of [
  ["adjust", NUMBER],
  ["repay", "LINE-1"],
] as const) {
  hostile(`accounts ${act} takes the references that HTTP takes, and no others`, async () => {
    const refusals = await Promise.all(
      REFERENCES.map((reference) => run("accounts", act, "acme", number, "5", "--reference", reference)),
    );
    for (const { status, error } of refusals) {
      assert.is(status, 1);
      assert.match(error, "1 to 64 of A-Z a-z 0-9 . _ : -");
    }
    const account = await hub.running.accounts.get({ party: "acme", number });
    assert.is(account?.available, 10_000);
  });
}

hostile("accounts that no book can have are refused by every command on accounts", async () => {
  const names = [
    ["acme:x", NUMBER],
    ["ac}me", NUMBER],
    ["acme", `${NUMBER}:freezes`],
  ] as const;
  const commands = names.flatMap(([party, number]) => [
    ["accounts", "show", party, number],
    ["accounts", "block", party, number],
    ["accounts", "adjust", party, number, "5", "--reference", "r"],
    ["accounts", "repay", party, number, "5", "--reference", "r"],
  ]);
  for (const { status, error } of await Promise.all(commands.map((args) => run(...args)))) {
    assert.is(status, 1);
    assert.match(error, "1 to ");
  }
});

hostile("fences cancel takes a reason that HTTP takes, since both sides are told it", async () => {
  const issuer = await connectTerminal(hub, "shop");
  const { issuance } = await issuer.accepted("payer:request", { payer: "acme", amount: 5, currency: "CNY" });
  issuer.close();
  for (const reason of ["\u001b[2J", "two\nlines", "r".repeat(141)]) {
    const { status, error } = await run("fences", "cancel", issuance.issuanceId, "--reason", reason);
    assert.is(status, 1);
    assert.match(error, "no control characters");
  }
});

hostile("what a file's first line says steers no terminal", async () => {
  const file = join(temporaryFolder(), "accounts.csv");
  writeFileSync(file, "party,number,holder,kind,currency,amount,\u001b]0;owned\u0007\u009b2J\u202efees\n");
  const { status, error } = await run("accounts", "import", file);
  assert.is(status, 1);
  assert.match(error, /has the unknown "\]0;owned2jfees": it must name the columns/);
});

hostile("a folder where a file should be is named, and said to be one", async () => {
  const folder = join(temporaryFolder(), "folder");
  mkdirSync(folder);
  for (const args of [
    ["accounts", "import", folder],
    ["verify", folder, "--jwks", folder],
  ]) {
    const { status, error } = await run(...args);
    assert.is(status, 1);
    assert.ok(error.includes(`${folder}: it is a folder`), error);
  }
});

hostile.run();
