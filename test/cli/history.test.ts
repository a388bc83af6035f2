// about 12 s
// time limit: 600 s
/** What operators see of history on the command line, with the hub up and without it. */
import { writeFileSync } from "node:fs";
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

command("vouchers are found too, those that have ended among them, and each is listed once", async () => {
  const store = { REDIS_URL: hub.redisUrl, PARTITIONS: "16", ARCHIVE_URL: url };
  const idsOf = async (...args: string[]) => {
    const { out, error } = await runCommand(["vouchers", "list", "--json", ...args], { environment: store });
    assert.is(error, "");
    return out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line).voucherId);
  };
  assert.equal(await idsOf("--all"), [voucherId]);
  assert.equal(await idsOf("--search", "steel", "--party", scene.payer.party, "--role", "payer"), [
    voucherId,
  ]);
  assert.equal(await idsOf("--search", "tin"), []);
  assert.equal(await idsOf(), [], "it does not live");
  assert.equal(await idsOf("--state", "honoured"), [voucherId], "in the store and in the archive");
  // As when it has left the store: one that never had it.
  const empty = await startHub();
  const { out, error } = await runCommand(["vouchers", "list", "--state", "honoured"], {
    environment: { ...store, REDIS_URL: empty.redisUrl },
  });
  await empty.close();
  assert.match(out, new RegExp(`^${voucherId} .* honoured +`, "m"), error);
  const none = await runCommand(["vouchers", "list", "--all"], {
    environment: { ...store, ARCHIVE_URL: "none" },
  });
  assert.match(none.error, /there is no archive/);
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

command("accounts are exported as CSV which an import reads back", async () => {
  const store = { REDIS_URL: hub.redisUrl, PARTITIONS: "16" };
  await hub.putAccount("a-party", "A-1", {
    kind: "funds",
    holder: 'Say "A", Ltd',
    currency: "KWD",
    balance: 1_234_567,
  });
  await hub.putAccount("a-party", "A-2", {
    kind: "credit",
    holder: "琉璃瓦",
    currency: "JPY",
    limit: 500,
    status: "blocked",
  });
  // What a spreadsheet would carry out as a formula, or has kept from it before.
  for (const [index, holder] of ["=1+1", "'@A1", "'tHooft"].entries())
    await hub.putAccount("a-party", `${index === 0 ? "-" : ""}A-${3 + index}`, {
      kind: "credit",
      holder,
      currency: "CNY",
      limit: 0,
    });
  const environment = store;
  const { out } = await runCommand(["accounts", "export", "--party", "a-party"], { environment });
  assert.is(
    out,
    "party,number,holder,kind,currency,amount,status\r\n" +
      "a-party,'-A-3,'=1+1,credit,CNY,0.00,active\r\n" +
      'a-party,A-1,"Say ""A"", Ltd",funds,KWD,1234.567,active\r\n' +
      "a-party,A-2,琉璃瓦,credit,JPY,500,blocked\r\n" +
      "a-party,A-4,''@A1,credit,CNY,0.00,active\r\n" +
      "a-party,A-5,'tHooft,credit,CNY,0.00,active\r\n",
  );
  const file = join(temporaryFolder(), "book.csv");
  const all = (await runCommand(["accounts", "export"], { environment })).out;
  const parties = all
    .trim()
    .split("\r\n")
    .slice(1)
    .map((row) => row.split(",")[0] ?? "");
  assert.equal(parties, [...parties].sort());
  assert.ok(parties.includes(scene.payer.party) && parties.includes("a-party"));
  writeFileSync(file, all);
  const back = await runCommand(["accounts", "import", file], { environment });
  assert.match(back.out, new RegExp(`^${parties.length} accounts kept, 0 bad rows`));
  assert.is((await runCommand(["accounts", "export"], { environment })).out, all);
  // A holder is the same again, not only the file.
  assert.is((await hub.running.accounts.get({ party: "a-party", number: "A-4" }))?.holder, "'@A1");
  const none = await runCommand(["accounts", "export", "--party", "nobody"], { environment });
  assert.equal([none.status, none.out], [1, ""]);
  assert.match(none.error, /nobody has no accounts/);
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
