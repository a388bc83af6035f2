// time limit: 240 s
// about 30 s
// A load as it is run for real: the command, against a hub in a process of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { connect } from "@tallystick/client";
import { Command } from "commander";
import { chromium } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { addLoadCommand } from "../../server/cli/load.ts";
import { SCENARIO_NAMES } from "../../server/load/mix.ts";
import { prepareSessions } from "../../server/load/prepare.ts";
import type { LoadReport } from "../../server/load/verdict.ts";
import { findChromium } from "../helpers/chromium.ts";
import { COMMAND } from "../helpers/command.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const load = suite("a load");
const SECRET = "a secret for tests, of 32 bytes or more";
const folder = temporaryFolder();

let redis: TestRedis;
let store: ReturnType<TestRedis["client"]>;
let hub: TestHub;
load.before(async () => {
  redis = await startRedis();
  store = redis.client();
  hub = await startHub({ redisUrl: redis.url, settings: { RATE_LIMIT: "100000", SWEEP_INTERVAL: "200" } });
});
load.after(async () => {
  await hub.close();
  await redis.stop();
});

interface Ended {
  status: number | null;
  out: string;
  error: string;
}

/** Runs the command against the hub to its end; `meanwhile` is called once it has made some keys of a kind. */
async function run(
  args: string,
  meanwhile?: (child: ChildProcess) => unknown,
  kind: "voucher" | "issuance" = "voucher",
): Promise<Ended> {
  const nodeArguments = [COMMAND, "load", hub.url];
  const child = spawn(process.execPath, [...nodeArguments, ...args.split(" ")], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", JWT_SECRET: SECRET, REDIS_URL: redis.url, PARTITIONS: "16" },
  });
  const ended = { out: "", error: "" };
  child.stdout.on("data", (chunk) => {
    ended.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    ended.error += chunk;
  });
  const closed = once(child, "close");
  if (meanwhile) {
    const before = (await keysOf(kind)).length;
    while (child.exitCode === null && (await keysOf(kind)).length < before + 5) await setTimeout(20);
    await meanwhile(child);
  }
  const [status] = await closed;
  return { status, ...ended };
}

const keysOf = (kind: "voucher" | "issuance") => store.keys(`ts:*:${kind}:*`);
const report = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8")) as LoadReport;

load("plays every scenario in threads, counts, audits the book and writes what it found", async () => {
  const [json, html] = [join(folder, "mix.json"), join(folder, "mix.html")];
  const mix = SCENARIO_NAMES.map((name) => `${name}=1`).join(",");
  // Others may ask the same payer, as a second load does.
  await using outsider = await connect(hub.url, { token: await hub.token("outsider") });
  let ended: Ended | undefined;
  const ending = run(
    `--sessions 16 --threads 2 --timeout 15s --duration 2s --ramp-up 500ms --mix ${mix} --json ${json} --html ${html}`,
  ).then((result) => {
    ended = result;
  });
  while (!ended) {
    await outsider.requestPayer({ payer: "load-payer-0", amount: 1, currency: "CNY" });
    await setTimeout(30);
  }
  await ending;
  assert.is(ended.status, 0, `${ended.out}\n${ended.error}`);
  const found = report("mix.json");
  assert.equal(found.failures, []);
  assert.equal(found.failed, {});
  for (const name of SCENARIO_NAMES) assert.ok((found.finished[name] ?? 0) > 0, name);
  const { draw = 0, approve = 0, release = 0 } = found.finished;
  assert.is(
    found.witnessed,
    Object.values(found.finished).reduce((sum, count) => sum + count, 0) + draw + approve + release,
    "each issuance, and each voucher whose life was played",
  );
  assert.ok(found.compared > 0);
  assert.ok((found.audit?.vouchers ?? 0) > 0 && found.audit?.findings.length === 0);
  assert.ok((found.hub?.memoryBytes ?? 0) > 0 && (found.store?.memoryBytes ?? 0) > 0);
  assert.is(found.hub?.refused.insufficient_funds, found.refusals.insufficient_funds);
  assert.ok(found.threadsBusy.length === 2 && found.threadsBusy.every((busy) => busy > 0 && busy <= 1));
  assert.ok(found.reconnects >= 2 * (found.finished.drop ?? 0));
  for (const series of [
    "payer:request",
    "issuance:accept",
    "request_to_issued",
    "voucher:draw",
    "drawing:approve",
    "voucher:release",
    "honoured_to_paid",
  ] as const) {
    const latencies = found.latencies[series];
    assert.ok(latencies && latencies.p50 <= latencies.p99 && latencies.p99 <= latencies.max * 1.01, series);
  }
  assert.equal(found.mix, Object.fromEntries(SCENARIO_NAMES.map((name) => [name, 1])));
  assert.match(ended.out, "✔ Passed.");
});

load("shows the charts on a page that loads nothing else", async () => {
  const executablePath = findChromium({ log: console.log });
  // Why there is none has been said.
  if (executablePath === undefined) return;
  const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (!request.url().startsWith("file:")) complaints.push(request.url());
    });
    await page.goto(`file://${join(folder, "mix.html")}`);
    assert.is(await page.locator("figure > svg").count(), 4);
    for (const path of await page.locator("figure > svg path").all()) {
      assert.match((await path.getAttribute("d")) ?? "", /^M[\d.]+ [\d.]+L/);
    }
    assert.match(await page.locator("header").innerText(), "Passed");
    assert.equal(complaints, []);
  } finally {
    await browser.close();
  }
});

load("of a given rate shows a stall in full, not just in what was under way when it came", async () => {
  // 100 a second to ten sessions: what ten sessions have under way would be a few in a hundred.
  const json = join(folder, "stall.json");
  await run(`--rate 100 --sessions 10 --duration 3s --ramp-up 0s --mix straight=1 --json ${json}`, () =>
    store.client("PAUSE", 1000, "ALL"),
  );
  const found = report("stall.json");
  assert.is(found.finished.straight, 300);
  assert.equal(found.failures, []);
  // A hundred came due during the stall, of which fifty had to wait for half a second and more.
  const { p90 = 0, max = 0 } = found.latencies.request_to_issued ?? {};
  assert.ok(p90 >= 500 && max >= 900, `${p90} ms at p90, ${max} ms at most`);
  assert.ok(found.timeline.some(({ waiting }) => waiting > 10));
});

load("fails with status 1 when it misses a threshold, and says which", async () => {
  const ended = await run("--sessions 2 --duration 500ms --ramp-up 0s --max-p99 0.001ms --min-rate 1000000");
  assert.is(ended.status, 1);
  assert.match(ended.out, "✘ --max-p99: request to voucher took");
  assert.match(ended.out, "✘ --min-rate:");
});

load("fails when the hub has lost what terminals saw, and when the book is not in balance", async () => {
  let lost = "";
  let account = "";
  const before = new Set(await keysOf("voucher"));
  const ended = await run("--sessions 2 --duration 2s --ramp-up 0s --mix straight=1", async () => {
    const [voucher = ""] = (await keysOf("voucher")).filter((key) => !before.has(key));
    // A voucher's id is its issuance's with a letter before it.
    lost = voucher.slice(voucher.lastIndexOf(":") + 2);
    await store.del(voucher.replace(/voucher:.*/, `issuance:${lost}`));
    account = (await store.keys("ts:*:account:load-payer-0:LOAD-1001"))[0] as string;
    await store.hincrby(account, "frozen", 1);
  });
  await store.hincrby(account, "frozen", -1);
  assert.is(ended.status, 1);
  assert.match(
    ended.out,
    `events are missing in 1 issuances or vouchers, as in ${lost}: the hub has no such issuance`,
  );
  assert.match(ended.out, "the book is not in balance");
});

load("is ended early by Ctrl-C, however long people take to think, and reports what there was", async () => {
  const json = join(folder, "early.json");
  const shape = "--sessions 20 --duration 10m --ramp-up 0s --think 40s --mix straight=1";
  const ended = await run(`${shape} --json ${json}`, (child) => child.kill("SIGINT"), "issuance");
  const found = report("early.json");
  assert.ok(found.stoppedEarly && found.witnessed > 0);
  assert.equal(found.failed, {});
  assert.match(ended.error, "Ctrl-C again");
  assert.match(ended.out, "stopped early");
});

load("says what is wrong with its options, and that no hub is there", async () => {
  for (const [args, says] of [
    ["--sessions none", "a whole number above 0"],
    ["--rate 0", "a number above 0"],
    ["--duration 10", "a time, as in 50ms, 20s or 10m"],
    ["--mix sideways=1", "shares of straight"],
    ["http://127.0.0.1:1", "no hub answers at http://127.0.0.1:1"],
    ["not-a-url", "is not a URL"],
    [`${hub.url} --json ${folder}/nowhere/load.json`, "no such file or directory"],
  ] as const) {
    let said = "";
    const writeErr = (text: string) => {
      said += text;
    };
    const program = new Command().exitOverride().configureOutput({ writeErr });
    addLoadCommand(program);
    const error = await program.parseAsync(["load", ...args.split(" ")], { from: "user" }).catch(String);
    assert.match(`${said}${error}`, says);
  }
});

load("says so when the hub does not trust its tokens", async () => {
  const sign = async () => (await hub.token("load-operator", { operator: true })).slice(0, -4);
  const prepared = prepareSessions({ url: hub.url, sessions: 1, lengthMs: 1000, sign, signal: undefined });
  assert.match(String(await prepared.catch(String)), "the hub does not trust this token");
});

load.run();
