// time limit: 480 s
// about 22 s, mostly waiting
/** Commands in places where they can't do their work: no book, no secret, nothing that may be written. */
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { explain } from "../../server/cli/explain.ts";
import { openBook } from "../../server/ledger/book.ts";
import { startRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { startLedger } from "../ledger/start-ledger.ts";
import { type CommandOptions, type Ended, runCommand, saying, startCommand } from "./run-command.ts";

const places = suite("a command in the wrong place");

/** A sentence and no more: status 1, and no stack. */
function assertRefused({ status, out, error }: Ended, says: string | RegExp): void {
  assert.equal([status, out], [1, ""], error);
  assert.match(error, says);
  assert.not.match(error, /\n\s+at /, "no stack");
}

async function assertAllRefused(
  commands: string[][],
  options: CommandOptions,
  says: string | RegExp,
): Promise<void> {
  const all = await Promise.all(commands.map((args) => runCommand(args, options)));
  for (const ended of all) assertRefused(ended, says);
}

const BOOK_COMMANDS = [
  ["accounts", "list", "acme"],
  ["accounts", "import", "accounts.csv"],
  ["fences", "resume", "3-AAAAAAAAAAAAAAAA"],
  ["audit"],
];

places("reads settings from .env where it is run, where the environment does not say", async () => {
  const folder = temporaryFolder();
  const commands = [["accounts", "list", "acme"]];
  writeFileSync(join(folder, ".env"), "# a comment\nPARTITIONS=none\nMIN_REPLICAS=many\n");
  await assertAllRefused(commands, { folder }, /PARTITIONS: must be a whole number.*\nMIN_REPLICAS: must be/);
  const environment = { PARTITIONS: "16", MIN_REPLICAS: "0" };
  await assertAllRefused(commands, { folder, environment }, "no book in");
});

places("says that there is no book, and makes nothing there", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "accounts.csv"), "party,number,holder,kind,currency,amount\n");
  await assertAllRefused(BOOK_COMMANDS, { folder }, `no book in ${join(folder, ".tallystick")}: start a hub`);
  assert.equal(readdirSync(folder), ["accounts.csv"]);
});

places("says that there is no book in a store that has none, and writes nothing to it", async () => {
  const redis = await startRedis();
  const environment = { REDIS_URL: redis.url, PARTITIONS: "16" };
  await assertAllRefused(BOOK_COMMANDS.slice(0, 1), { environment }, "no book in the store at REDIS_URL");
  assert.is(await redis.client().dbsize(), 0);
  await redis.stop();
});

places("says that there is no secret to sign a token with, and makes none", async () => {
  const folder = temporaryFolder();
  const commands = [["token", "--party", "acme"]];
  await assertAllRefused(commands, { folder }, `no secret in ${join(folder, ".tallystick")}: start a hub`);
  assert.equal(readdirSync(folder), []);
});

places("names DATA_DIR when it is a file, or below one, or may not be written", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "file");
  writeFileSync(file, "");
  for (const [dataDir, reason] of [
    [file, "a file is where a folder should be"],
    [join(file, "below"), "a file is where a folder should be"],
  ] as const) {
    const ended = await runCommand(["serve"], { environment: { DATA_DIR: dataDir } });
    assertRefused(ended, `A setting is wrong. DATA_DIR: can't use ${dataDir}: ${reason}`);
  }
});

places("names DATA_DIR when what is in it can't be used", async () => {
  const dataDir = join(temporaryFolder(), "data");
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, "appendonlydir"), "");
  const ended = await runCommand(["serve"], { environment: { DATA_DIR: dataDir } });
  assertRefused(
    ended,
    /A setting is wrong\. DATA_DIR: can't use \S*appendonlydir: a file is where a folder should be/,
  );
});

places("names the setting for each thing that the system may refuse", () => {
  const environment = { DATA_DIR: "/data/book\r", PORT: "80", HOST: "pay.example" };
  for (const [details, says] of [
    [{ code: "EACCES", syscall: "mkdir", path: "/data" }, "DATA_DIR: can't use /data: permission denied"],
    [
      { code: "EROFS", syscall: "open", path: "/data/book/redis.log" },
      "DATA_DIR: can't use /data/book/redis.log: the file system is read-only",
    ],
    [
      { code: "EACCES", syscall: "listen", address: "/data/book/lock.sock" },
      "DATA_DIR: can't use /data/book/lock.sock: permission denied",
    ],
    [
      { code: "ENOSPC", syscall: "write", path: "/data/bookshelf" },
      "can't open /data/bookshelf: no space is left on the disk",
    ],
    [{ code: "EACCES", syscall: "open", path: "/data" }, "can't open /data: permission denied"],
    [
      { code: "EACCES", syscall: "listen", address: "::1", port: 80 },
      "PORT: this user may not listen on port 80",
    ],
    [
      { code: "EADDRINUSE", syscall: "listen", address: "::1", port: 80 },
      "port 80 is taken: stop what listens there, or set PORT to another",
    ],
    [
      { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: "pay.example" },
      "HOST: no machine is known as pay.example",
    ],
    [{ code: "ENOTFOUND", syscall: "getaddrinfo", hostname: "redis.example" }, "as it was"],
    [{}, "as it was"],
  ] as const) {
    const explained = explain(Object.assign(new Error("as it was"), details), environment);
    assert.is((explained as Error).message, says);
  }
});

places("names the file that can't be read or written, and what is wrong with it", async () => {
  const book = await startLedger();
  await openBook(book.store, 16);
  const environment = { REDIS_URL: book.redis.url, PARTITIONS: "16" };
  const missing = join(temporaryFolder(), "none", "accounts.csv");
  const ended = await runCommand(["accounts", "import", missing], { environment });
  assertRefused(ended, `can't open ${missing}: there is no such file or folder`);
  await book.stop();
});

places("names PORT or HOST when it can't listen there", async () => {
  const dataDir = join(temporaryFolder(), "data");
  const settings = { DATA_DIR: dataDir, HOST: "192.0.2.1" };
  assertRefused(
    await runCommand(["serve"], { environment: settings }),
    "HOST: 192.0.2.1 is no address of this",
  );
});

places("tells commands that find the hub's own folder, wherever they are typed", async () => {
  const folder = temporaryFolder();
  const hub = startCommand(["serve"], { folder, environment: { DATA_DIR: "it's a folder" } });
  const said = await saying(hub, /Stop it with Ctrl-C/);
  // Where pages are built, their address is among the lines.
  const commands = said.split("\n").filter((line) => /^ {2}(?!http)/.test(line));
  assert.is(commands.length, 4);
  const told = `  DATA_DIR='${join(folder, "it")}'\\''s a folder' `;
  for (const line of commands) assert.ok(line.startsWith(told), line);
  const gone = once(hub, "exit");
  hub.kill("SIGTERM");
  await gone;
});

places.run();
