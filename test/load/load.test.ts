// time limit: 120 s
// A load as it is run for real: the command, against a hub in a process of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { SCENARIO_NAMES } from "../../server/load/scenarios.ts";
import type { LoadReport } from "../../server/load/verdict.ts";
import { findChromium } from "../helpers/chromium.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const load = suite("a load");
const MAIN = join(import.meta.dirname, "..", "..", "server", "cli", "main.ts");
const SECRET = "a secret for tests, of 32 bytes or more";
const folder = temporaryFolder();

let redis: TestRedis;
let hub: TestHub;
load.before(async () => {
  redis = await startRedis();
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

async function run(args: string[], environment: Record<string, string> = {}): Promise<Ended> {
  const nodeArguments = ["--conditions=tallystick-source", "--import", "tsx", MAIN, "load", ...args];
  const child = spawn(process.execPath, nodeArguments, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NO_COLOR: "1",
      JWT_SECRET: SECRET,
      REDIS_URL: redis.url,
      PARTITIONS: "16",
      ...environment,
    },
  });
  const ended = { out: "", error: "" };
  child.stdout.on("data", (chunk) => {
    ended.out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    ended.error += chunk;
  });
  const [status] = await once(child, "close");
  return { status, ...ended };
}

const report = (file: string) => JSON.parse(readFileSync(join(folder, file), "utf8")) as LoadReport;

load("plays every scenario in threads, counts, audits the book and writes what it found", async () => {
  const [json, html] = [join(folder, "mix.json"), join(folder, "mix.html")];
  const mix = SCENARIO_NAMES.map((name) => `${name}=1`).join(",");
  const shape = [
    "--sessions",
    "16",
    "--threads",
    "2",
    "--duration",
    "3s",
    "--ramp-up",
    "500ms",
    "--mix",
    mix,
  ];
  const ended = await run([hub.url, ...shape, "--json", json, "--html", html]);
  assert.is(ended.status, 0, `${ended.out}\n${ended.error}`);
  const found = report("mix.json");
  assert.equal(found.failures, []);
  assert.equal(found.failed, {});
  for (const name of SCENARIO_NAMES) assert.ok((found.finished[name] ?? 0) > 0, name);
  assert.is(
    found.witnessed,
    Object.values(found.finished).reduce((sum, count) => sum + count, 0),
  );
  assert.ok((found.audit?.vouchers ?? 0) > 0 && found.audit?.findings.length === 0);
  assert.ok((found.hub?.memoryBytes ?? 0) > 0 && (found.store?.memoryBytes ?? 0) > 0);
  assert.ok(found.reconnects >= 2 * (found.finished.drop ?? 0));
  for (const series of ["payer:request", "issuance:accept", "request_to_issued"] as const) {
    const latencies = found.latencies[series];
    assert.ok(latencies && latencies.p50 <= latencies.p99 && latencies.p99 <= latencies.max * 1.01, series);
  }
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
    assert.is(await page.locator("figure svg").count(), 4);
    for (const path of await page.locator("svg path").all()) {
      assert.match((await path.getAttribute("d")) ?? "", /^M[\d.]+ [\d.]+L/);
    }
    assert.match(await page.locator("header").innerText(), "Passed");
    assert.equal(complaints, []);
  } finally {
    await browser.close();
  }
});

load(
  "of a given rate counts each negotiation from when it was due, so that too few sessions show",
  async () => {
    const args = ["--rate", "400", "--duration", "2s", "--ramp-up", "0s", "--mix", "straight=1"];
    // One session can't play 400 a second: those that are due wait for it.
    await run([hub.url, ...args, "--sessions", "1", "--json", join(folder, "few.json")]);
    await run([hub.url, ...args, "--sessions", "100", "--json", join(folder, "many.json")]);
    const [few, many] = [report("few.json"), report("many.json")];
    assert.is(few.finished.straight, 800);
    assert.is(many.finished.straight, 800);
    assert.ok(few.timeline.some(({ waiting }) => waiting > 100));
    const p50 = ({ latencies }: LoadReport) => latencies.request_to_issued?.p50 ?? 0;
    assert.ok(p50(few) > 5 * p50(many), `${p50(few)} against ${p50(many)} ms`);
  },
);

load("fails with status 1 when it misses a threshold, and says which", async () => {
  const args = ["--sessions", "2", "--duration", "1s", "--ramp-up", "0s"];
  const ended = await run([hub.url, ...args, "--max-p99", "0.001ms", "--min-rate", "1000000"]);
  assert.is(ended.status, 1);
  assert.match(ended.out, "✘ --max-p99: request to voucher took");
  assert.match(ended.out, "✘ --min-rate:");
});

load("fails when the book is not in balance afterwards", async () => {
  const client = redis.client();
  const key = (await client.keys("ts:*:account:load-payer-0:LOAD-1001"))[0] as string;
  await client.hincrby(key, "frozen", 1);
  const ended = await run([hub.url, "--sessions", "2", "--duration", "500ms", "--ramp-up", "0s"]);
  await client.hincrby(key, "frozen", -1);
  assert.is(ended.status, 1);
  assert.match(ended.out, "the book is not in balance: 1 findings, as in load-payer-0/LOAD-1001");
});

load("says what is wrong with its options, and that no hub is there", async () => {
  for (const [args, says] of [
    [["--sessions", "none"], "a whole number above 0"],
    [["--duration", "10"], "a time, as in 50ms, 20s or 10m"],
    [["--mix", "sideways=1"], "shares of straight"],
    [["http://127.0.0.1:1"], "no hub answers at http://127.0.0.1:1"],
  ] as const) {
    const ended = await run([...args]);
    assert.is(ended.status, 1);
    assert.match(ended.error, says);
  }
  const mistrusted = await run([hub.url, "--sessions", "1"], { JWT_SECRET: SECRET.replace("a", "b") });
  assert.match(mistrusted.error, "the hub does not trust this token");
});

load.run();
