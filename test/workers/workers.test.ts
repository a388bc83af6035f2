// about 15 s
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import { connect, type PayerIssuance, type Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createTokens, type Tokens } from "../../server/tokens.ts";
import { COMMAND } from "../helpers/command.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

const workers = suite("workers");
const SECRET = "a secret for tests, of 32 bytes or more";
const COUNT = 2;

let redis: TestRedis;
let primary: ChildProcess;
let url = "";
/** While all serve. */
let limitOfAll = 0;
let tokens: Tokens;

const SERVE = [COMMAND, "serve"];

function environment(settings: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, REDIS_URL: redis.url, JWT_SECRET: SECRET, LOG_LEVEL: "error", ...settings };
}

/** Runs `serve` until it ends by itself. */
async function serveIn(settings: Record<string, string>): Promise<{ status: number | null; stderr: string }> {
  const child = spawn(process.execPath, SERVE, {
    stdio: ["ignore", "ignore", "pipe"],
    env: environment({ ...settings, LOG_LEVEL: "warn" }),
    timeout: 120_000,
  });
  const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { status, stderr };
}

workers.before(async () => {
  redis = await startRedis({ durable: true });
  tokens = await createTokens({ JWT_SECRET: SECRET, DATA_DIR: "" });
  primary = spawn(process.execPath, SERVE, {
    stdio: ["ignore", "pipe", "inherit"],
    env: environment({ WORKERS: String(COUNT), PORT: "0" }),
  });
  url = await listeningAt(primary);
  limitOfAll = counter((await readMetrics()).metrics, LIMIT_OF_ALL);
});

workers.after(async () => {
  primary.kill("SIGKILL");
  await redis.stop();
});

function listeningAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (chunk) => {
      said += chunk;
      const found = /listens at (\S+)/.exec(said)?.[1];
      if (found) resolve(found);
    });
    child.once("exit", (code) => reject(new Error(`serve ended with ${code}: ${said}`)));
  });
}

async function token(party: string, operator = false): Promise<string> {
  return (await tokens.sign?.({ party, operator, ttlSeconds: 600 })) as string;
}

/** The processes that the primary has started, from Linux's /proc. */
function workerPids(): number[] {
  const children = readFileSync(`/proc/${primary.pid}/task/${primary.pid}/children`, "utf8");
  const pids = children.trim().split(" ").filter(Boolean).map(Number);
  return pids.filter((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("serve"));
}

async function untilWorkers(areThere: (pids: number[]) => boolean): Promise<void> {
  const until = Date.now() + 60_000;
  while (!areThere(workerPids())) {
    assert.ok(Date.now() < until, `the workers are ${workerPids().join(", ")}`);
    await setTimeout(50);
  }
}

async function putAccount(): Promise<void> {
  const response = await fetch(`${url}/v1/parties/acme/accounts/6222020200112233`, {
    method: "PUT",
    headers: { authorization: `Bearer ${await token("operator", true)}`, "content-type": "application/json" },
    body: JSON.stringify({ holder: "Acme Ltd", kind: "funds", currency: "CNY", balance: 1_000_000_00 }),
  });
  assert.ok(response.ok, await response.text());
}

async function issueOne(issuer: Terminal): Promise<void> {
  const issuance = await issuer.requestPayer({ payer: "acme", amount: 1_00, currency: "CNY" });
  await issuance.until("agreed");
  await issuance.open();
  await issuance.until("verified");
  await issuance.accept();
}

async function play(payer: PayerIssuance): Promise<void> {
  await payer.agree();
  await payer.until("opened");
  await payer.submitAccount({ number: "6222020200112233", holder: "Acme Ltd" });
}

workers("answer 503 for the metrics while one of them is stopped, rather than leave it out", async () => {
  const [stopped = 0] = workerPids();
  process.kill(stopped, "SIGSTOP");
  try {
    // One of them may be given to the stopped worker, and is answered by nobody.
    const tries = await Promise.allSettled([1, 2, 3].map(() => readMetrics(5000)));
    const answers = tries.flatMap((tried) => (tried.status === "fulfilled" ? [tried.value] : []));
    assert.ok(answers.length >= 2);
    for (const { status, metrics } of answers) {
      assert.is(status, 503);
      assert.is((JSON.parse(metrics) as { code: string }).code, "unavailable");
    }
  } finally {
    process.kill(stopped, "SIGCONT");
  }
  assert.is((await readMetrics()).status, 200);
});

workers("serve one book together, and one that is killed is started again with nothing lost", async () => {
  await putAccount();
  const payers = await Promise.all([1, 2, 3].map(async () => connect(url, { token: await token("acme") })));
  // Of several terminals of one party, one answers; all are told.
  payers[0]?.onRequest(play);
  const issuers = await Promise.all(
    Array.from({ length: 6 }, async (_, index) =>
      connect(url, { token: await token(`shop-${index}`), resyncIntervalMs: 1000 }),
    ),
  );
  await Promise.all(issuers.map(issueOne));

  const before = workerPids();
  assert.is(before.length, COUNT);
  process.kill(before[0] as number, "SIGKILL");
  await Promise.all(issuers.map(issueOne));
  await untilWorkers((pids) => pids.length === COUNT && !pids.includes(before[0] as number));

  const response = await fetch(`${url}/v1/parties/acme/accounts/6222020200112233`, {
    headers: { authorization: `Bearer ${await token("operator", true)}` },
  });
  assert.is(((await response.json()) as { frozen: number }).frozen, 12_00);
  for (const terminal of [...payers, ...issuers]) await terminal.close();
});

/** Asks over a connection of its own, which any of the workers may be given. */
async function readMetrics(timeoutMs = 60_000): Promise<{ status: number | undefined; metrics: string }> {
  const request = get(`${url}/metrics`, { agent: false, signal: AbortSignal.timeout(timeoutMs) });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, metrics: await text(response) };
}

function counter(text: string, name: string): number {
  const found = text.split("\n").find((line) => line.startsWith(`${name} `));
  return Number(found?.slice(name.length));
}

/** The same for each process, so that the sum tells how many of them serve. */
const LIMIT_OF_ALL = "process_max_fds";

async function untilAllServe(): Promise<void> {
  const until = Date.now() + 60_000;
  while (counter((await readMetrics()).metrics, LIMIT_OF_ALL) < limitOfAll) {
    assert.ok(Date.now() < until);
    await setTimeout(50);
  }
}

const ISSUED = 'tallystick_issuances_total{outcome="issued"}';
const ANSWERED = 'tallystick_command_seconds_count{command="issuance:accept"}';

workers("answer for the metrics of all, whichever is asked", async () => {
  const { status, metrics } = await readMetrics();
  assert.is(status, 200);
  const issued = counter(metrics, ISSUED);
  // What the killed worker had counted since it last told its metrics went with it.
  assert.ok(issued >= 6 && issued <= 12, `${issued} issued`);
});

workers("count on where one that is killed has stopped", async () => {
  const issuers = await Promise.all(
    [0, 1, 2, 3].map(async (index) => connect(url, { token: await token(`shop-${index}`) })),
  );
  const payers = await Promise.all([1, 2, 3].map(async () => connect(url, { token: await token("acme") })));
  payers[0]?.onRequest(play);
  await Promise.all(issuers.map(issueOne));
  for (const terminal of [...payers, ...issuers]) await terminal.close();
  // A worker that is still starting is none of those that are asked.
  await untilAllServe();
  const before = (await readMetrics()).metrics;
  // Each in turn, so that every count has been a dead worker's once.
  for (const pid of workerPids()) {
    await untilAllServe();
    process.kill(pid, "SIGKILL");
    await untilWorkers((pids) => pids.length === COUNT && !pids.includes(pid));
    const { status, metrics } = await readMetrics();
    assert.is(status, 200);
    for (const name of [ISSUED, ANSWERED])
      assert.ok(
        counter(metrics, name) >= counter(before, name),
        `${name} has fallen:\n${before}\n${metrics}`,
      );
  }
});

workers("go in order when the primary is told to stop", async () => {
  const pids = workerPids();
  const gone = once(primary, "exit");
  primary.kill("SIGTERM");
  assert.equal(await gone, [0, null]);
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

workers(
  "say that the port is taken in one sentence, as one hub does, and are not started again",
  async () => {
    const taken = createServer();
    await once(taken.listen(0), "listening");
    const { port } = taken.address() as AddressInfo;
    try {
      const { status, stderr } = await serveIn({ WORKERS: "2", PORT: String(port) });
      const alone = await serveIn({ WORKERS: "1", PORT: String(port) });
      assert.is(status, 1);
      assert.match(stderr, `port ${port} is taken`);
      assert.is(stderr, alone.stderr);
    } finally {
      taken.close();
    }
  },
);

workers.run();
