// time limit: 300 s
/** What operators see of history on the command line, with the hub up and without it. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { accepted, FROM, openVoucherScene, type VoucherScene } from "../vouchers/scene.ts";
import { type Ended, runCommand, saying, startCommand } from "./run-command.ts";

const command = suite("history on the command line");
const url = `file:${join(temporaryFolder(), "archive.db")}`;

let hub: TestHub;
let scene: VoucherScene;
let voucherId: string;
command.before(async () => {
  hub = await startHub({ settings: { ARCHIVE_URL: url } });
  scene = await openVoucherScene(hub);
  voucherId = await scene.issue({ memo: "Steel" });
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { to: scene.to, amount: 40_000, final: true });
  while ((await hub.running.archive.ask("readVoucher", voucherId))?.snapshot.version !== 3) await sleep(20);
  scene.close();
});
command.after(() => hub.close());

const environment = { ARCHIVE_URL: url };
const run = (...args: string[]): Promise<Ended> => runCommand(args, { environment });

command("issuances are found by what is said of them", async () => {
  const id = voucherId.slice(1);
  const { party } = scene.payer;
  const { out, status } = await run(
    "issuances",
    "list",
    "--party",
    party,
    "--role",
    "payer",
    "--search",
    "ste",
  );
  assert.is(status, 0);
  assert.match(out, /^issuance +issuer +payer +amount +state +asked +memo\n/);
  assert.match(out, new RegExp(`^${id} .* CNY 1,000\\.00 +issued .*“Steel”$`, "m"));
  assert.is((await run("issuances", "list", "--state", "declined")).out, "No issuance is found.\n");
  const lines = (await run("issuances", "list", "--json")).out.trim().split("\n");
  assert.equal(
    lines.map((line) => JSON.parse(line).issuanceId),
    [id],
  );
});

command("a statement is a table, lines of JSON, or CSV", async () => {
  const statement = (...options: string[]) =>
    run("accounts", "statement", scene.payer.party, FROM, ...options);
  const { out } = await statement();
  assert.match(out, /^at +what +amount +balance or limit +used +frozen +cause\n/);
  assert.match(out, /voucher\.issued +CNY 1,000\.00 +CNY 10,000\.00 +CNY 1,000\.00 /);
  const entries = (await statement("--json")).out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(
    entries.map(({ type, frozen }) => [type, frozen]),
    [
      ["account.put", 0],
      ["voucher.issued", 100_000],
      ["drawing.honoured", 0],
    ],
  );
  assert.match((await statement("--csv")).out, /^at,type,amount,currency,.*\r\n.*,account\.put,1000000,CNY,/);
  const none = await run("accounts", "statement", scene.payer.party, "none");
  assert.is(none.status, 1);
  assert.match(none.error, /the archive has no account none of /);
});

command("the journal is printed whole, and followed", async () => {
  const lines = (await run("journal")).out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.is(lines.filter(({ id }) => id === voucherId).length, 3);
  assert.ok(lines.every(({ partition, entry, event }) => partition >= 0 && /^\d+-\d+$/.test(entry) && event));
  const follower = startCommand(["journal", "--follow"], { environment });
  await saying(follower, /drawing\.settled/);
  const told = saying(follower, /"account":"NEW-1"/);
  await hub.putAccount("new", "NEW-1", { kind: "funds", holder: "New", currency: "CNY", balance: 1 });
  await told;
  follower.kill("SIGKILL");
});

command("where there is no archive, none is made", async () => {
  const folder = temporaryFolder();
  for (const [ARCHIVE_URL, why] of [
    ["none", /there is no archive: set ARCHIVE_URL/],
    ["", /there is no archive in .*\.tallystick\/archive\.db: start a hub there first/],
    [`file:${folder}/other.db`, /there is no archive in .*other\.db/],
  ] as const) {
    const { status, error } = await runCommand(["issuances", "list"], {
      environment: { ARCHIVE_URL },
      folder,
    });
    assert.is(status, 1);
    assert.match(error, why);
  }
});

command.run();
