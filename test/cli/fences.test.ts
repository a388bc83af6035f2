/** `tallystick fences`: an operator sees what the store has lost, and decides. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { freshId } from "../helpers/raw-terminal.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";

const command = suite("tallystick fences");
const MAIN = join(import.meta.dirname, "..", "..", "server", "cli", "main.ts");

let book: TestLedger;
command.before(async () => {
  book = await startLedger();
});
command.after(() => book.stop());

async function run(...args: string[]): Promise<{ status: number; out: string; error: string }> {
  const nodeArguments = ["--conditions=tallystick-source", "--import", "tsx", MAIN, "fences", ...args];
  const child = spawn(process.execPath, nodeArguments, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, REDIS_URL: book.redis.url, PARTITIONS: "16" },
  });
  const ended = { out: "", error: "" };
  child.stdout.on("data", (chunk) => {
    ended.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    ended.error += chunk;
  });
  const [status] = await once(child, "close");
  return { status: Number(status), ...ended };
}

/** An issuance of which a terminal says that it knows version 3, while the store has 1. */
async function fenced(): Promise<string> {
  const offer = { commandId: freshId(), payer: "acme", amount: 125_000_00, currency: "CNY" };
  const made = await book.ledger.requestPayer({ party: "shop" }, offer);
  if (made.kind !== "done") throw new Error(made.code);
  const { issuanceId } = made.snapshot;
  await book.ledger.fences.fence(issuanceId, { party: "acme", version: 3 });
  return issuanceId;
}

command("lists what is fenced, and resumes or cancels it", async () => {
  assert.match((await run("list")).out, "No issuance is fenced.");
  const first = await fenced();
  // The oldest is listed first, and those of one millisecond in any order.
  await setTimeout(5);
  const second = await fenced();
  const listed = (await run("list")).out.split("\n");
  assert.match(listed[0] ?? "", /^issuance +issuer +payer +amount +stored +known +state/);
  assert.match(
    listed.find((line) => line.startsWith(first)) ?? "",
    /shop +acme +125,000\.00 CNY +1 +3 +proposed +payer/,
  );
  const lines = (await run("list", "--json")).out.trim().split("\n");
  assert.equal(
    lines.map((line) => JSON.parse(line).issuanceId),
    [first, second],
  );
  assert.match((await run("resume", first)).out, `${first} is proposed, version 1.`);
  assert.match((await run("cancel", second, "--reason", "lost")).out, `${second} is cancelled, version 2.`);
  assert.match((await run("list")).out, "No issuance is fenced.");
});

command("says what is wrong with what it can't decide", async () => {
  for (const [args, says] of [
    [["resume", "nonsense"], "nonsense is not the id of an issuance"],
    [["resume", "3-AAAAAAAAAAAAAAAA"], "there is no issuance 3-AAAAAAAAAAAAAAAA"],
    [["cancel", (await fencedAndResumed()) as string], "it is not fenced"],
  ] as const) {
    const ended = await run(...args);
    assert.is(ended.status, 1);
    assert.match(ended.error, says);
  }
});

async function fencedAndResumed(): Promise<string> {
  const id = await fenced();
  await run("resume", id);
  return id;
}

command.run();
