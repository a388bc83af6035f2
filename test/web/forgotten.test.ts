// about 10 s
/** What was forgotten, on both pages: that words were blanked is said, where otherwise something would look broken. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { VoucherAck } from "@tallystick/protocol";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { issueVoucher } from "../http/client.ts";
import { faultsOf } from "./axe.ts";
import { executablePath, type Pages, startPages } from "./browser.ts";

const forgotten = suite("what was forgotten, in a browser");
const test = executablePath ? forgotten : forgotten.skip;

const MEMO = "A matter of Mrs. Winter";
const REASON = "as Mrs. Winter knows";
const ACCOUNT = { number: "6222020200123342", holder: "Globex Corporation" };
const WHY = /Memo and reasons were blanked here, since a party was forgotten/;

let pages: Pages;
let voucherId: string;
let declined: string;
forgotten.before(async () => {
  if (!executablePath) return;
  const archive = `file:${join(temporaryFolder(), "archive.db")}`;
  pages = await startPages({
    settings: { ARCHIVE_URL: archive, RETIRE_AFTER: "1", SWEEP_INTERVAL: "200" },
  });
  voucherId = await refusedDrawing();
  declined = await decline();
  await archived();
  await pages.hub.running.ledger.forget("globex");
  await blanked();
});
forgotten.after(async () => {
  if (executablePath) await pages.close();
});
forgotten.after.each(async () => {
  if (executablePath) await pages.leave();
});

/** A voucher of which a drawing was refused with a reason, and which was given up then. */
async function refusedDrawing(): Promise<string> {
  const { hub } = pages;
  const deal = { issuer: "lotus-trading", payer: "globex", amount: 500_00, account: ACCOUNT, memo: MEMO };
  const { issuanceId } = await issueVoucher(hub, { ...deal, approval: { by: "payer", within: 3600 } });
  const [beneficiary, payer] = [
    await connectTerminal(hub, "lotus-trading"),
    await connectTerminal(hub, "globex"),
  ];
  const id = `v${issuanceId}`;
  const to = { number: "6222020200111117", holder: "莲花贸易有限公司" };
  const drawn = (await beneficiary.send("voucher:draw", {
    commandId: "draw",
    voucherId: id,
    to,
  })) as VoucherAck;
  assert.ok(drawn.ok, JSON.stringify(drawn));
  const drawingId = String(drawn.event.version);
  const no = { commandId: "refuse", voucherId: id, drawingId, reason: REASON };
  assert.ok(((await payer.send("drawing:refuse", no)) as VoucherAck).ok);
  assert.ok(
    ((await beneficiary.send("voucher:release", { commandId: "end", voucherId: id })) as VoucherAck).ok,
  );
  beneficiary.close();
  payer.close();
  return id;
}

async function decline(): Promise<string> {
  const [issuer, payer] = [
    await connectTerminal(pages.hub, "lotus-trading"),
    await connectTerminal(pages.hub, "globex"),
  ];
  const offer = { payer: "globex", amount: 700_00, currency: "CNY", memo: MEMO };
  const { issuanceId } = (await issuer.accepted("payer:request", offer)).issuance;
  await payer.accepted("payer:decline", { issuanceId, reason: REASON });
  issuer.close();
  payer.close();
  return issuanceId;
}

const ask = () => pages.hub.running.archive.ask("readIssuance", declined);
async function archived(): Promise<void> {
  while ((await ask())?.snapshot.state !== "declined") await sleep(50);
}

async function blanked(): Promise<void> {
  while (!(await ask())?.snapshot.forgotten) await sleep(50);
  while (!(await pages.hub.running.archive.ask("readVoucher", voucherId))?.snapshot.forgotten)
    await sleep(50);
}

async function read(page: Page): Promise<string> {
  const text = await page.locator("main").innerText();
  assert.not.match(text, /Winter/);
  assert.equal(await faultsOf(page), []);
  return text;
}

test("the terminal says on the voucher, in its drawings, the negotiation and the history what was blanked", async () => {
  const { page } = await pages.person({ party: "lotus-trading" });
  await page.goto(`${pages.url}#/v/${voucherId}`);
  await page.locator(".blanked", { hasText: WHY }).waitFor();
  await page.locator(".draws td", { hasText: "Refused: Blanked" }).waitFor();
  await page.locator(".sheet dd", { hasText: /^Blanked$/ }).waitFor();
  await read(page);
  await page.goto(`${pages.url}#/i/${declined}`);
  await page.locator(".terms dd", { hasText: /^Blanked$/ }).waitFor();
  await page.locator(".blanked", { hasText: WHY }).waitFor();
  await read(page);
  await page.goto(`${pages.url}#/history?of=issuances`);
  await page.locator(".rows .for", { hasText: "Blanked" }).first().waitFor();
  await read(page);
});

test("the console says so in what is found and on each page, in Chinese too", async () => {
  const { page } = await pages.person({ console: true });
  const [at] = page.url().split("#");
  await page.goto(`${at}#/issuances`);
  await page.locator("table.found small", { hasText: "Blanked" }).first().waitFor();
  for (const path of [`vouchers/${voucherId}`, `issuances/${declined}`]) {
    await page.goto(`${at}#/${path}`);
    await page.locator(".facts dd", { hasText: /^Blanked$/ }).waitFor();
    await page.locator(".blanked", { hasText: WHY }).waitFor();
    await page.locator("tbody tr").nth(1).waitFor();
    await read(page);
  }
  const chinese = await pages.person({ console: true, language: "zh" });
  await chinese.page.goto(`${at}#/issuances/${declined}`);
  await chinese.page.locator(".facts dd", { hasText: /^已清空$/ }).waitFor();
});

forgotten.run();
