// time limit: 480 s
// about 43 s, mostly waiting
// The command tallystick as a person runs it: a process, its output and its exit status.
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { type Ended, runCommand, saying, startCommand } from "./run-command.ts";

const cli = suite("the command tallystick");
const folder = temporaryFolder();
const DATA_DIR = join(folder, "data");

function start(args: string[]): ChildProcess {
  return startCommand(args, { environment: { DATA_DIR } });
}

function run(args: string[], environment: Record<string, string> = {}): Promise<Ended> {
  return runCommand(args, { environment: { DATA_DIR, ...environment } });
}

cli(
  "serves with a Redis of its own, loads the sample book once, and ends with status 0 when told to",
  async () => {
    const first = start(["serve", "--sample"]);
    const said = await saying(first, /Stop it with Ctrl-C/);
    assert.match(said, /The book is new: \d\d sample accounts loaded/);
    assert.match(said, /Tallystick listens at http:\/\/127\.0\.0\.1:\d+/);
    assert.match(said, /token --party \S+/);
    assert.is(said.match(/terminal --party \S+/g)?.length, 2);
    const url = /listens at (\S+)/.exec(said)?.[1] as string;
    assert.is((await fetch(`${url}/readyz`)).status, 200);

    // The book is kept while the hub is up, too.
    const shown = await run(["accounts", "show", "acme", "6222020200112233"]);
    assert.match(shown.out, /Acme Ltd +funds +CNY +200,000\.00/);
    const second = await run(["serve"]);
    assert.is(second.status, 1);
    assert.match(second.error, /is in use by another|DATA_DIR/);

    const gone = once(first, "exit");
    first.kill("SIGTERM");
    assert.equal(await gone, [0, null]);

    const again = start(["serve", "--sample"]);
    assert.not.match(await saying(again, /Stop it with Ctrl-C/), /The book is new/);
    again.kill("SIGTERM");
    await once(again, "exit");
  },
);

cli("prints a token alone, and keeps its secret readable by its owner alone", async () => {
  const { out, status } = await run(["token", "--party", "acme", "--ttl", "30m"]);
  assert.is(status, 0);
  assert.match(out, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
  const claims = JSON.parse(Buffer.from(out.split(".")[1] ?? "", "base64url").toString());
  assert.equal([claims.sub, claims.scope, claims.exp - claims.iat], ["acme", "terminal", 1800]);
  assert.is(statSync(join(DATA_DIR, "jwt-secret")).mode & 0o777, 0o600);
});

cli("says in a line what is wrong, and ends with a status that is not 0", async () => {
  const faults: [args: string[], environment: Record<string, string>, says: RegExp][] = [
    [["serve"], { PORT: "many" }, /PORT: must be a whole number from 0 to 65535/],
    [["serve"], { JWT_SECRET: "short" }, /JWT_SECRET: must have 32 bytes/],
    [["serve"], { REDIS_URL: "http://somewhere" }, /REDIS_URL: not the URL of a Redis/],
    [["token", "--party", "Not A Party"], {}, /is not the id of a party/],
    [["token", "--party", "acme", "--ttl", "soon"], {}, /as in 30m or 12h/],
    [["accounts", "show", "acme", "NOBODY"], {}, /acme has no account NOBODY/],
    [["nonsense"], {}, /unknown command/],
  ];
  for (const [args, environment, says] of faults) {
    const { status, error } = await run(args, environment);
    assert.not.equal(status, 0, args.join(" "));
    assert.match(error, says);
    assert.not.match(error, /\n\s+at /, "no stack");
  }
});

cli("explains each command by its whole name, and says a default as it is written", async () => {
  const whole = await run(["help", "accounts", "import"]);
  assert.is(whole.status, 0);
  assert.match(whole.out, /^Usage: tallystick accounts import \[options\] <file>\n/);
  assert.match((await run(["help", "token"])).out, /\(default: 12h\)/);
  assert.match((await run(["help", "accounts"])).out, /list \[options\] <party> +\S/);
  const other = await run(["help", "accounts", "nonsense"]);
  assert.is(other.status, 1);
  assert.match(other.error, /there is no command accounts nonsense/);
});

cli("imports good rows, reports each bad one with its line, and may be run again", async () => {
  const file = join(folder, "accounts.csv");
  const rows = [
    "party,number,holder,kind,currency,amount,status",
    'initech,G-0001,"Globex, Ltd",funds,CNY,"1,250.50",',
    "initech,G-0002,全球有限公司,credit,JPY,5000,blocked",
    "initech,G-0003,Globex,funds,JPY,10.5,",
    "Bad Party,G-0004,Globex,funds,CNY,1,",
    "initech,G-0005,Globex,gold,CNY,1,",
    "initech,G-0006,Globex,funds,XXX,1,",
    "initech,G-0007,Globex,funds,CNY",
    "initech,G-0008,Globex,funds,KWD,1.234,active",
  ];
  // As spreadsheets write it: a mark at the start, and carriage returns.
  writeFileSync(file, `\ufeff${rows.join("\r\n")}\r\n`);
  for (let time = 0; time < 2; time++) {
    const { status, out, error } = await run(["accounts", "import", file]);
    assert.is(status, 1);
    assert.match(out, /3 accounts kept, 5 bad rows/);
    for (const line of [4, 5, 6, 7, 8]) assert.match(error, new RegExp(`accounts\\.csv:${line}: `));
  }
  const { out } = await run(["accounts", "list", "initech", "--json"]);
  const accounts = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(
    accounts.map(({ number, holder, balance, limit, status }) => [number, holder, balance ?? limit, status]),
    [
      ["G-0001", "Globex, Ltd", 125050, "active"],
      ["G-0002", "全球有限公司", 5000, "blocked"],
      ["G-0008", "Globex", 1234, "active"],
    ],
  );
});

cli("refuses a file whose columns are not those of an account", async () => {
  const file = join(folder, "other.csv");
  writeFileSync(file, "party,number,colour\nacme,1,red\n");
  const { status, error } = await run(["accounts", "import", file]);
  assert.is(status, 1);
  assert.match(error, /lacks holder, kind, currency, amount and has the unknown "colour"/);
});

cli("blocks, and adjusts once for each reference", async () => {
  assert.match((await run(["accounts", "block", "initech", "G-0001"])).out, /blocked/);
  assert.match((await run(["accounts", "block", "initech", "G-0001", "--unblock"])).out, /active/);
  const adjust = ["accounts", "adjust", "initech", "G-0001", "--reference", "r1"];
  for (let time = 0; time < 2; time++) assert.match((await run([...adjust, "49.50"])).out, /1,300\.00/);
  const other = await run([...adjust, "50"]);
  assert.is(other.status, 1);
  assert.match(other.error, /was used for another amount/);
  assert.match(
    (await run(["accounts", "adjust", "initech", "G-0001", "--reference", "r2", "--", "-300"])).out,
    /1,000\.00/,
  );
});

cli("audits the book", async () => {
  const { status, out } = await run(["audit"]);
  assert.is(status, 0);
  assert.match(out, /In balance/);
  assert.equal(JSON.parse((await run(["audit", "--json"])).out).findings, []);
});

cli.run();
