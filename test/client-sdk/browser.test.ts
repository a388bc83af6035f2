// time limit: 240 s
// The SDK in a real browser: bundled, loaded in headless Chromium, one whole issuance between two pages.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CHROMIUM_FLAGS, findChromium } from "../helpers/chromium.ts";
import { ACCOUNT, OFFER, type Scene, startScene } from "../helpers/sdk-scene.ts";

const browsers = suite("the SDK in a browser");
const executablePath = findChromium({ log: (line) => console.log(line) });

let scene: Scene;
let pages: Server;
let browser: Browser;
let origin = "";

browsers.before(async () => {
  if (!executablePath) return;
  const { outputFiles } = await build({
    stdin: {
      contents: 'export * from "./client-sdk/index.ts";',
      resolveDir: join(import.meta.dirname, "..", ".."),
    },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "tallystick",
    platform: "browser",
    conditions: ["tallystick-source"],
  });
  const script = outputFiles[0]?.text ?? "";
  pages = createServer((request, response) => {
    const isScript = request.url === "/tallystick.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html; charset=utf-8");
    response.end(
      isScript ? script : '<!doctype html><title>Tallystick</title><script src="/tallystick.js"></script>',
    );
  });
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
  scene = await startScene({ settings: { CORS_ORIGINS: origin } });
  browser = await chromium.launch({ executablePath, headless: true, args: CHROMIUM_FLAGS });
});

browsers.after(async () => {
  if (!executablePath) return;
  await browser.close();
  await scene.close();
  await new Promise((resolve) => pages.close(resolve));
});

type Sdk = typeof import("@tallystick/client");

async function open(): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(origin);
  return page;
}

const test = executablePath ? browsers : browsers.skip;
test("a page that issues and a page that pays agree on a voucher", async () => {
  const [issuing, paying] = [await open(), await open()];
  const { url } = scene.hub;
  // Each function below runs in its page, where the bundle is the global `tallystick`.
  const paid = paying.evaluate(
    async ({ url, token, account }) => {
      const { connect } = (globalThis as unknown as { tallystick: Sdk }).tallystick;
      const terminal = await connect(url, { token });
      return new Promise<string>((resolve) => {
        terminal.onRequest(async (issuance) => {
          await issuance.agree();
          await issuance.until("opened");
          await issuance.submitAccount(account);
          const { voucher } = await issuance.until("issued");
          resolve(voucher?.voucherId ?? "none");
        });
      });
    },
    { url, token: await scene.hub.token("acme"), account: ACCOUNT },
  );
  const issued = await issuing.evaluate(
    async ({ url, token, offer }) => {
      const { connect } = (globalThis as unknown as { tallystick: Sdk }).tallystick;
      const terminal = await connect(url, { token });
      const issuance = await terminal.requestPayer(offer);
      await issuance.until("agreed");
      await issuance.open();
      await issuance.until("verified");
      return (await issuance.accept()).voucher.voucherId;
    },
    { url, token: await scene.hub.token("shop"), offer: OFFER },
  );
  assert.match(issued, /^v\d+-/);
  assert.is(await paid, issued);
});

browsers.run();
