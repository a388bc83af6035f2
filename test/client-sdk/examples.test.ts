// time limit: 240 s
// The SDK's examples are programs that run: each against a real hub, the page in headless Chromium.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CHROMIUM_FLAGS, findChromium } from "../helpers/chromium.ts";
import { ACCOUNT, OFFER, type Scene, startScene } from "../helpers/sdk-scene.ts";
import { addPayee, issue, PAYEE } from "../helpers/sdk-voucher-scene.ts";
import { nodeArguments } from "../helpers/source.ts";

const examples = suite("the SDK's examples");
const FOLDER = join(dirname(dirname(import.meta.dirname)), "client-sdk", "examples");
const executablePath = findChromium({ log: (line) => console.log(line) });

let scene: Scene;
const running = new Set<ChildProcess>();
examples.after.each(async () => {
  for (const process of running) process.kill();
  running.clear();
  await scene.close();
});

interface Example {
  /** Waits until it has said something that fits. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<number | null>;
  kill(): void;
}

/** Runs an example as its reader would, for a party. */
async function run(name: string, party: string, settings: Record<string, string> = {}): Promise<Example> {
  const given = { HUB_URL: scene.hub.url, TOKEN: await scene.hub.token(party), ...settings };
  const child = spawn(process.execPath, nodeArguments(join(FOLDER, name)), {
    env: { ...process.env, ...given },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  let text = "";
  let check = () => {};
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    check();
  });
  const ended = once(child, "exit").then(([code]) => code as number | null);
  return {
    ended,
    kill: () => child.kill("SIGTERM"),
    said: (pattern) =>
      new Promise((resolve, reject) => {
        check = () => {
          const match = pattern.exec(text);
          if (match) resolve(match);
        };
        check();
        void ended.then(() => reject(new Error(`${name} ended and had not said ${pattern}:\n${text}`)));
      }),
  };
}

examples("issuer.ts and payer.ts agree on a voucher, the payer with its second account", async () => {
  scene = await startScene();
  const poor = { holder: ACCOUNT.holder, kind: "funds", currency: "CNY", balance: 1 } as const;
  await scene.hub.putAccount("acme", "6223000000000001", poor);
  const accounts = `6223000000000001,${ACCOUNT.number}`;
  const payer = await run("payer.ts", "acme", { HOLDER: ACCOUNT.holder, ACCOUNTS: accounts });
  await payer.said(/waiting for requests as acme/);
  const issuer = await run("issuer.ts", "globex", { PAYER: "acme" });
  const [, voucherId] = await issuer.said(/issued (v\S+) \(\w+\)/);
  assert.is(await issuer.ended, 0);
  await issuer.said(/…0001 was refused; 4 more may be sent/);
  await payer.said(/globex asks for 1,250\.00 CNY/);
  await payer.said(/6223000000000001 has not enough/);
  assert.is((await payer.said(/issued (v\S+)/))[1], voucherId);
  payer.kill();
  assert.is(await payer.ended, 0, "it ends by itself when it is asked to");
});

examples("issuer.ts says how it ended when the payer declines", async () => {
  scene = await startScene();
  const payer = await scene.terminal("acme");
  payer.onRequest(async (issuance) => void (await issuance.decline()));
  const issuer = await run("issuer.ts", "globex", { PAYER: "acme" });
  assert.is(await issuer.ended, 0);
  await issuer.said(/no voucher: the issuance is declined/);
});

examples("both-in-one.ts issues to itself and lists what happened", async () => {
  scene = await startScene();
  const example = await run("both-in-one.ts", "acme", { HOLDER: ACCOUNT.holder, ACCOUNT: ACCOUNT.number });
  assert.is(await example.ended, 0);
  await example.said(/issued v\S+/);
  await example.said(/1 payer\.requested issuer\n2 issuance\.opened issuer\n3 account\.verified payer\n/);
});

examples("beneficiary.ts draws twice and approver.ts decides", async () => {
  scene = await startScene();
  await addPayee(scene);
  const [issuer, payer] = [await scene.terminal("globex"), await scene.terminal("acme")];
  const own = { HOLDER: PAYEE.holder, ACCOUNT: PAYEE.number };
  const beneficiary = await run("beneficiary.ts", "nordlicht", own);
  const approver = await run("approver.ts", "acme", { LIMIT: "50000" });
  await beneficiary.said(/waiting for vouchers as nordlicht/);
  await approver.said(/waiting for drawings as acme/);
  const approval = { by: "payer", within: 3600 } as const;
  const [small] = await issue(issuer, payer, { amount: 100_000, approval });
  await approver.said(/approved 50000 to …001\napproved 50000/);
  await beneficiary.said(/500\.00 is paid\n500\.00 is paid/);
  await beneficiary.said(new RegExp(`${small.id} is honoured`));
  const [large] = await issue(issuer, payer, { amount: 200_000, approval });
  await approver.said(/refused 100000 to …001\nrefused 200000/);
  await beneficiary.said(/drawing 3 was refused: over our limit/);
  await beneficiary.said(new RegExp(`${large.id} is accepted`));
  for (const example of [beneficiary, approver]) {
    example.kill();
    assert.is(await example.ended, 0, "it ends by itself when it is asked to");
  }
});

examples("operator.ts pays into an account and says what waits for a decision", async () => {
  scene = await startScene();
  const deposit = { PARTY: "acme", ACCOUNT: ACCOUNT.number, AMOUNT: "100", REFERENCE: "deposit-1" };
  const settings = { ...deposit, TOKEN: await scene.hub.token("bank", { operator: true }) };
  const before = await scene.hub.running.accounts.get({ party: "acme", number: ACCOUNT.number });
  for (let times = 0; times < 2; times++) {
    const example = await run("operator.ts", "bank", settings);
    assert.is(await example.ended, 0);
    await example.said(/the hub is ready, and its issues are \w+\n.* CNY are available/);
  }
  const after = await scene.hub.running.accounts.get({ party: "acme", number: ACCOUNT.number });
  assert.is(after?.balance, (before?.balance ?? 0) + 100, "once for its reference");
  const missing = await run("operator.ts", "bank", { ...settings, ACCOUNT: "none" });
  await missing.said(/acme has no account none/);
});

const inBrowser = executablePath ? examples : examples.skip;
inBrowser("the browser page takes a request, shows a refused account and then the voucher", async () => {
  const pages = await servePage();
  scene = await startScene({ settings: { CORS_ORIGINS: pages.origin } });
  const browser = await chromium.launch({
    executablePath: executablePath as string,
    headless: true,
    args: CHROMIUM_FLAGS,
  });
  try {
    const page = await browser.newPage();
    const faults: unknown[] = [];
    page.on("pageerror", (error) => faults.push(error));
    await page.goto(pages.origin);
    await page.fill("[name=url]", scene.hub.url);
    await page.fill("[name=token]", await scene.hub.token("acme"));
    await page.click("#connect button");
    await page.getByText("connected as acme").waitFor();
    const issuer = await scene.terminal("globex");
    const issuance = await issuer.requestPayer({ ...OFFER });
    await page.getByText("globex asks for 125,000.00 CNY").waitFor();
    await page.fill("[name=number]", ACCOUNT.number);
    await page.fill("[name=holder]", "Somebody Else");
    await page.click(".answer button[type=submit]");
    await issuance.until("agreed");
    await issuance.open();
    await page
      .getByText("The account does not exist")
      .or(page.getByText("TallystickError"))
      .first()
      .waitFor();
    await page.fill("[name=holder]", ACCOUNT.holder);
    await page.click(".answer button[type=submit]");
    await issuance.until("verified");
    const { voucher } = await issuance.accept();
    await page.getByText(`voucher ${voucher.voucherId}`).waitFor();
    await page.locator(".state", { hasText: "issued" }).waitFor();
    assert.not(await page.locator(".answer").isVisible());
    assert.equal(faults, []);
  } finally {
    await browser.close();
    await pages.close();
  }
});

/** The page, bundled as it says in its source. */
async function servePage(): Promise<{ origin: string; close(): Promise<unknown> }> {
  const { outputFiles } = await build({
    entryPoints: [join(FOLDER, "browser", "page.ts")],
    bundle: true,
    write: false,
    format: "esm",
    conditions: ["tallystick-source"],
  });
  const script = outputFiles[0]?.text ?? "";
  const html = readFileSync(join(FOLDER, "browser", "index.html"), "utf8");
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(isScript ? script : html);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

examples.run();
