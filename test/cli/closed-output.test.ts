/** Output that nobody reads to its end, and `--version`. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openBook } from "../../server/ledger/book.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { runCommand, saying, startCommand } from "./run-command.ts";

const output = suite("the output of a command");

let book: TestLedger;
output.before(async () => {
  book = await startLedger();
  await openBook(book.store, 16);
  const puts = Array.from({ length: 3000 }, (_, index) =>
    book.accounts.put(
      { party: "acme", number: `A-${index}` },
      { holder: "Acme Ltd", kind: "funds", currency: "CNY", balance: 100 },
    ),
  );
  await Promise.all(puts);
});
output.after(() => book.stop());

const settings = () => ({ REDIS_URL: book.redis.url, PARTITIONS: "16", PORT: "9" });

output("may be cut off by its reader, and leaves no trace of that", async () => {
  for (const args of [["accounts", "list", "acme", "--json"], ["audit"]]) {
    const child = startCommand(args, { environment: settings() });
    child.stdout?.destroy();
    let error = "";
    child.stderr?.on("data", (chunk) => {
      error += chunk;
    });
    const [status] = await once(child, "close");
    assert.equal([status, error], [0, ""], args.join(" "));
  }
});

output("of a long list ends with its reader, which has all that it wanted", async () => {
  const child = startCommand(["accounts", "list", "acme"], { environment: settings() });
  const head = spawn("head", ["-n", "3"], { stdio: [child.stdout, "pipe", "inherit"] });
  let read = "";
  head.stdout?.on("data", (chunk) => {
    read += chunk;
  });
  let error = "";
  child.stderr?.on("data", (chunk) => {
    error += chunk;
  });
  child.stdout?.destroy();
  const [[status]] = await Promise.all([once(child, "close"), once(head, "close")]);
  assert.is(read.split("\n").length, 4);
  assert.equal([status, error], [0, ""]);
});

output("and log of a hub may be cut off, and the hub goes on", async () => {
  const environment = {
    ...settings(),
    PORT: "0",
    LOG_LEVEL: "trace",
    DATA_DIR: join(temporaryFolder(), "data"),
  };
  const hub = startCommand(["serve"], { environment });
  const said = await saying(hub, /Stop it with Ctrl-C/);
  hub.stdout?.destroy();
  hub.stderr?.destroy();
  const url = /listens at (\S+)/.exec(said)?.[1] as string;
  for (let time = 0; time < 3; time++) {
    assert.is((await fetch(`${url}/readyz`)).status, 200);
    // A fault that is logged.
    await fetch(`${url}/v1/fences`, { headers: { authorization: "Bearer none" } });
  }
  const gone = once(hub, "exit");
  hub.kill("SIGTERM");
  assert.equal(await gone, [0, null]);
});

output("is the package's version when that is asked for", async () => {
  const manifest = join(import.meta.dirname, "..", "..", "server", "package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8"));
  assert.equal(await runCommand(["--version"]), { status: 0, out: `${version}\n`, error: "" });
});

output.run();
