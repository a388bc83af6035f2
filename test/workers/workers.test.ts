import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type PayerIssuance, type Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { createTokens, type Tokens } from "../../server/tokens.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";

const workers = suite("workers");
const SECRET = "a secret for tests, of 32 bytes or more";
const COUNT = 2;

let redis: TestRedis;
let primary: ChildProcess;
let url = "";
let tokens: Tokens;

workers.before(async () => {
  redis = await startRedis({ durable: true });
  tokens = await createTokens({ JWT_SECRET: SECRET, DATA_DIR: "" });
  primary = spawn(
    process.execPath,
    ["--conditions=tallystick-source", "--import", "tsx", "server/cli/main.ts", "serve"],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        WORKERS: String(COUNT),
        PORT: "0",
        REDIS_URL: redis.url,
        JWT_SECRET: SECRET,
        LOG_LEVEL: "error",
      },
    },
  );
  url = await listeningAt(primary);
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
  const until = Date.now() + 10_000;
  while (workerPids().length < COUNT && Date.now() < until) await new Promise((wake) => setTimeout(wake, 50));
  assert.is(workerPids().length, COUNT);
  assert.not(workerPids().includes(before[0] as number));

  const response = await fetch(`${url}/v1/parties/acme/accounts/6222020200112233`, {
    headers: { authorization: `Bearer ${await token("operator", true)}` },
  });
  assert.is(((await response.json()) as { frozen: number }).frozen, 12_00);
  for (const terminal of [...payers, ...issuers]) await terminal.close();
});

workers("answer for the metrics of all, whichever is asked", async () => {
  let text = "";
  // While the new worker is still starting it can't answer, and the sum is not to be had.
  for (let look = 0; look < 4 && !text.includes("outcome="); look++) {
    text = await (await fetch(`${url}/metrics`)).text();
  }
  const issued = /^tallystick_issuances_total\{outcome="issued"\} (\d+)$/m.exec(text)?.[1];
  // What the killed worker had counted went with it.
  assert.ok(Number(issued) >= 6 && Number(issued) <= 12, `${issued} issued`);
});

workers("go in order when the primary is told to stop", async () => {
  const pids = workerPids();
  const gone = once(primary, "exit");
  primary.kill("SIGTERM");
  assert.equal(await gone, [0, null]);
  for (const pid of pids) assert.throws(() => process.kill(pid, 0), /ESRCH/);
});

workers.run();
