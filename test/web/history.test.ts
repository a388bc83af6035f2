// about 11 s
/** What was: history that is searched, what has ended, accounts and their statements. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type PayerIssuance, type Terminal } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { faultsOf, isTooWide } from "./axe.ts";
import { executablePath, type Pages, type Person, startPages } from "./browser.ts";
import { button } from "./people.ts";

const history = suite("history in a browser");
const test = executablePath ? history : history.skip;

/** More than are shown at first. */
const VOUCHERS = 27;
const DECLINED = "Freight, which nobody wants";
const FROM = { number: "6222020200112233", holder: "Acme Ltd" };

let pages: Pages;
let withdrawn: string;
history.before(async () => {
  if (!executablePath) return;
  pages = await startPages({
    settings: { ARCHIVE_URL: `file:${join(temporaryFolder(), "archive.db")}` },
  });
  await negotiate();
});
history.after(async () => {
  if (executablePath) await pages.close();
});
history.after.each(async () => {
  if (executablePath) await pages.leave();
});

/** Vouchers of acme's for lotus-trading, one of which is withdrawn, and a request that is declined. */
async function negotiate(): Promise<void> {
  const { hub } = pages;
  const [issuer, payer] = (await Promise.all(
    ["lotus-trading", "acme"].map(async (party) =>
      connect(hub.url, { token: await hub.token(party), onError: () => undefined }),
    ),
  )) as [Terminal, Terminal];
  const answer = async (issuance: PayerIssuance) => {
    if (issuance.snapshot.memo === DECLINED) return void (await issuance.decline("not ours"));
    await issuance.agree();
    await issuance.until("opened");
    await issuance.submitAccount(FROM);
  };
  payer.onRequest(answer);
  const ask = (memo: string, amount: number) =>
    issuer.requestPayer({
      payer: "acme",
      amount,
      currency: "CNY",
      memo,
      review: "none",
      beneficiary: "harrow-steel",
    });
  for (let number = 1; number <= VOUCHERS; number += 1) {
    const issuance = await ask(number === 3 ? "Slate 石板" : `Tiles, lot ${number}`, number * 100);
    await issuance.until("agreed");
    await issuance.open();
    const { voucher } = await issuance.until("issued");
    if (number !== 3) continue;
    withdrawn = voucher?.voucherId ?? "";
    const side = await issuer.voucher(withdrawn);
    if (side.role === "issuer") await side.withdraw("typed wrongly");
  }
  await (await ask(DECLINED, 77)).until("declined");
  const isArchived = async () =>
    (await hub.running.archive.ask("findIssuances", { state: "declined", limit: 1 })).found.length === 1;
  while (!(await isArchived())) await sleep(20);
  await Promise.all([issuer.close(), payer.close()]);
}

const rows = ({ page }: Person) => page.locator(".rows tbody tr");
const find = ({ page }: Person) => page.getByLabel("Words of the memo, or a party");
const view = ({ page }: Person, name: string) =>
  page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name }).click();

test("more of it comes as one goes down, and what was opened leads back to where one was", async () => {
  const person = await pages.person({ party: "acme", size: { width: 1440, height: 600 } });
  const { page } = person;
  await view(person, "History");
  await page.getByText("Tiles, lot 27").waitFor();
  const first = await rows(person).count();
  assert.ok(first < VOUCHERS, `${first} are shown at first`);
  await rows(person).last().scrollIntoViewIfNeeded();
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.getByText(`${VOUCHERS}, and no more.`).waitFor();
  assert.is(await rows(person).count(), VOUCHERS);
  const wanted = rows(person).filter({ hasText: "Slate 石板" });
  assert.match(await wanted.innerText(), /Harrow Steel GmbH[\s\S]*you: payer[\s\S]*Withdrawn[\s\S]*3\.00/);
  await wanted.getByRole("link").click();
  await page.getByText("This voucher has ended.").waitFor();
  assert.is(new URL(page.url()).hash, `#/v/${withdrawn}`);
  assert.match(
    await page.locator(".life").innerText(),
    /Acme Ltd issued it[\s\S]*莲花贸易有限公司 withdrew it[\s\S]*typed wrongly/,
  );
  // It is history, and none of what waits in the inbox.
  assert.is(await page.locator(".inbox a.item", { hasText: "Withdrawn" }).count(), 0);
  const height = await page.evaluate(() => scrollY);
  assert.is(height, 0);
  await page.getByRole("navigation", { name: "Back" }).getByRole("link").click();
  await wanted.waitFor();
  await page.waitForFunction(() => scrollY > 300);
});

test("it is searched by words, state, role, currency and day, which stand in the address", async () => {
  const person = await pages.person({ party: "acme" });
  const { page } = person;
  await view(person, "History");
  await find(person).fill("sla");
  await page.getByText("One, and no more.").waitFor();
  assert.is(new URL(page.url()).hash, "#/history?q=sla");
  await page.getByLabel("Negotiations").check();
  await find(person).fill("");
  await page.getByText("State, role, currency, days").click();
  await page.getByLabel("State").selectOption("Declined");
  await page.getByText(DECLINED).waitFor();
  assert.is(await rows(person).count(), 1);
  await page.getByLabel("Your role").selectOption("Issuer");
  await page.getByText("Searched the memos and parties").waitFor();
  await page.getByLabel("Your role").selectOption("Payer");
  await page.getByText(DECLINED).waitFor();
  const today = await page.evaluate(() => new Date().toLocaleDateString("sv"));
  await page.getByLabel("From").fill(today);
  await page.getByLabel("To", { exact: true }).fill(today);
  await page.getByText(DECLINED).waitFor();
  await page.getByLabel("To", { exact: true }).fill("2020-01-01");
  await page.getByText("Nothing matches").waitFor();
  // Whoever is given the address sees the same.
  const address = page.url();
  await page.getByRole("link", { name: "Clear the search" }).click();
  await page.getByText("Tiles, lot 27").waitFor();
  await page.goto(address);
  await page.getByText("Nothing matches").waitFor();
  await page.goto(`${pages.url}#/history?state=no-such&currency=coins&from=yesterday`);
  await page.getByText("Tiles, lot 27").waitFor();
  await find(person).fill(withdrawn);
  await page.getByRole("link", { name: "Open what has this number" }).click();
  await page.getByText("This voucher has ended.").waitFor();
  await page.getByRole("link", { name: "How it was negotiated" }).click();
  await page.getByText("Frozen and issued").waitFor();
});

test("a statement says what changed an account and what stood after it, and is saved whole as CSV", async () => {
  const person = await pages.person({ party: "acme" });
  const { page } = person;
  await view(person, "Accounts");
  const account = rows(person).filter({ hasText: FROM.number });
  // 1 to 27 yuan, but for the one that was withdrawn.
  assert.match(await account.innerText(), /200,000\.00\s[\s\S]*375\.00\s[\s\S]*199,625\.00/);
  await account.getByRole("link").click();
  await page.getByText("Set by the operator").waitFor();
  const texts = await rows(person).allInnerTexts();
  assert.match(texts[1] ?? "", /Frozen for a voucher[\s\S]*1\.00\s[\s\S]*200,000\.00\s[\s\S]*199,999\.00/);
  assert.is(texts.filter((text) => text.includes("Unfrozen: withdrawn")).length, 1);
  assert.is(texts.length, VOUCHERS + 2);
  const [download] = await Promise.all([page.waitForEvent("download"), button(page, "Save as CSV").click()]);
  assert.is(download.suggestedFilename(), `${FROM.number}.csv`);
  const saved = readFileSync(await download.path(), "utf8");
  const response = await fetch(
    `${pages.hub.url}/v1/parties/acme/accounts/${FROM.number}/entries?limit=1000`,
    { headers: { accept: "text/csv", authorization: `Bearer ${await pages.hub.token("acme")}` } },
  );
  assert.is(saved, await response.text());
  assert.is(saved.trim().split("\r\n").length, 1 + texts.length);
  await page.goto(`${pages.url}#/accounts/none`);
  await page.getByText("No statement of this account is found").waitFor();
  // The browser says so too, and is not wrong.
  person.forgive();
});

test("on a phone, in Chinese and in the dark, nothing is lost or stands out of the side", async () => {
  const size = { width: 390, height: 844 };
  const person = await pages.person({ party: "acme", language: "zh", size, dark: true });
  const { page } = person;
  for (const [name, text] of [
    ["历史", "Slate 石板"],
    ["账户", "CREDIT-000000042"],
  ] as const) {
    await page.getByRole("navigation", { name: "页面" }).getByRole("link", { name }).click();
    if (name === "历史") await page.getByPlaceholder("用途中的词，或某一方").fill("石板");
    await page.getByText(text).waitFor();
    assert.not(await isTooWide(page), name);
    assert.equal(await faultsOf(page), [], name);
  }
  await rows(person).filter({ hasText: FROM.number }).getByRole("link").click();
  await page.getByText("运营方设定").waitFor();
  assert.not(await isTooWide(page));
  // What is four times as large as on a screen of 1280.
  await page.setViewportSize({ width: 320, height: 256 });
  assert.not(await isTooWide(page));
  assert.equal(await faultsOf(page), []);
  await page.goto(`${pages.url}#/v/${withdrawn}`);
  await page.getByText("已结束的凭证不再签章。").first().waitFor();
  assert.not(await isTooWide(page));
  assert.equal(await faultsOf(page), []);
});

test("by keyboard alone a search is made and what was found is opened", async () => {
  const { page } = await pages.person({ party: "acme" });
  await page.getByRole("link", { name: "History" }).focus();
  await page.keyboard.press("Enter");
  // The view's heading has the focus, so that it is read out; what comes next is what it asks.
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.getByText(DECLINED).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type("freight");
  await page.waitForFunction(() => location.hash.endsWith("q=freight"));
  await page.getByText("One, and no more.").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator(".cut-off", { hasText: "Declined" }).waitFor();
});

history.run();
