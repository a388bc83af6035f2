// time limit: 480 s
// about 50 s
/** The console in a real browser: what is told live, what is found, the account book, decisions; for everybody. */
import { join } from "node:path";
import { connect, type TallystickError } from "@tallystick/client";
import { Operator } from "@tallystick/client/operator";
import { LIVE_EVERY_MS, LIVE_SLICES } from "@tallystick/protocol";
import type { Page } from "playwright-core";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { issueVoucher } from "../http/client.ts";
import { faultsOf, isTooWide } from "./axe.ts";
import { executablePath, type Pages, type Person, startPages } from "./browser.ts";
import { failSettlement, fenceIssuance } from "./console-scene.ts";
import { button, refusalOf } from "./people.ts";

const consoles = suite("the console");
const test = executablePath ? consoles : consoles.skip;

let pages: Pages;
consoles.before(async () => {
  const settings = {
    ARCHIVE_URL: `file:${join(temporaryFolder(), "archive.db")}`,
    SWEEP_INTERVAL: "200",
    WEBHOOK_ALLOW_PRIVATE: "yes",
  };
  if (executablePath) pages = await startPages({ settings });
});
consoles.after(async () => {
  if (executablePath) await pages.close();
});
consoles.after.each(async () => {
  if (executablePath) await pages.leave();
});

const operator = (options: Parameters<Pages["person"]>[0] = {}) =>
  pages.person({ ...options, console: true });
const DEAL = {
  issuer: "lotus-trading",
  payer: "acme",
  amount: 1_234_50,
  account: { number: "6222020200112233", holder: "Acme Ltd" },
};
const issue = (memo?: string) => issueVoucher(pages.hub, { ...DEAL, ...(memo && { memo }) });

async function go({ page }: Person, view: string): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: view }).click();
}

/** Until a text is seen in a part of the page. */
async function sees(page: Page, part: string, text: string | RegExp): Promise<void> {
  await page.locator(part).filter({ hasText: text }).first().waitFor();
}

test("what is issued is seen as it happens, without being asked for", async () => {
  const person = await operator();
  await sees(person.page, ".figures", "0 in 15 minutes");
  await issue();
  await sees(person.page, ".figures", "1 in 15 minutes");
  await sees(person.page, "tr", /CNY1,234\.50/);
  await sees(person.page, ".things", "Serves; an issue is");
  assert.is(await person.page.locator(".chart canvas").count(), 2);
});

test("what the page knows of the hub's pace is what the protocol says", async () => {
  const known = await import("../../server/web/model/live-constants.ts");
  assert.equal([known.LIVE_EVERY_MS, known.LIVE_SLICES], [LIVE_EVERY_MS, LIVE_SLICES]);
});

test("issuances and vouchers are found by their words and state, and each has a page with all its events", async () => {
  const { issuanceId } = await issue("Order 7781 celadon");
  const person = await operator();
  const { page } = person;
  await go(person, "Vouchers");
  await page.getByLabel(/^Words/).fill("celadon");
  await page.getByLabel("State").selectOption("issued");
  await button(page, "Find").click();
  const row = page.locator("table.found tbody tr");
  // All vouchers are still shown for a moment, and then none.
  await page.waitForFunction(() => {
    const [first, ...others] = document.querySelectorAll("table.found tbody tr");
    return first?.textContent?.includes("Order 7781 celadon") && others.length === 0;
  });
  await row.getByRole("link").click();
  await sees(page, "h1", issuanceId);
  await sees(page, ".things", "account ····2233".replace("account ", ""));
  await page.getByRole("link", { name: issuanceId, exact: true }).click();
  await sees(page, "tbody", "frozen and issued");
  assert.is(await page.locator("tbody tr").count(), 4);
  assert.not.match(await page.locator("main").innerText(), DEAL.account.number);
});

test("an account is made, adjusted once, blocked and let again, and its statement tells so", async () => {
  const person = await operator();
  const { page } = person;
  await go(person, "Accounts");
  await page.getByRole("link", { name: "New", exact: true }).click();
  const fields = {
    Party: "new-party",
    "Account number": "NEW-1",
    Holder: "新客户",
    "Balance, limit": "1,000.00",
  };
  for (const [label, text] of Object.entries(fields))
    await page.getByLabel(label, { exact: true }).fill(text);
  await button(page, "Make the account").click();
  await sees(page, ".figures", "1,000.00");
  await page.getByLabel(/^Amount, with a minus/).fill("-250.5");
  await page.getByLabel("Reference").fill("fee-1");
  await button(page, "Adjust").click();
  await sees(page, ".figures", "749.50");
  await button(page, "Block").click();
  await sees(page, ".sum", "Blocked");
  await button(page, "Let it be used again").click();
  await sees(page, ".sum", "Active");
  await page.reload();
  await sees(page, "tbody", "fee-1");
  assert.is((await pages.hub.running.accounts.get({ party: "new-party", number: "NEW-1" }))?.balance, 749_50);
});

test("an account that somebody has changed meanwhile is not blocked over it, and what is refused says what became of the money", async () => {
  const person = await operator();
  const { page } = person;
  await page.goto(`${page.url().split("#")[0]}#/accounts/globex/6222020200123342`);
  await button(page, "Block").waitFor();
  await pages.hub.running.accounts.adjust(
    { party: "globex", number: "6222020200123342" },
    { amount: 1, reference: "meanwhile" },
  );
  await button(page, "Block").click();
  await sees(page, ".refusal", "Untouched.");
  assert.is(
    (await pages.hub.running.accounts.get({ party: "globex", number: "6222020200123342" }))?.status,
    "active",
  );
  // What was read anew is what is blocked now.
  await button(page, "Block").click();
  await sees(page, ".sum", "Blocked");
  person.forgive();
});

test("a file is imported: good rows are kept, bad ones said with their line, and a check keeps none", async () => {
  const person = await operator();
  const { page } = person;
  const csv = [
    "party,number,holder,kind,currency,amount",
    "imported,IMP-1,Imported Ltd,funds,CNY,10.00",
    "imported,IMP-2,Imported Ltd,funds,CNY,ten",
    "imported,IMP-3,进口公司,credit,CNY,20.00",
  ].join("\n");
  await go(person, "Accounts");
  await page.getByRole("link", { name: "Import a file" }).click();
  const file = { name: "accounts.csv", mimeType: "text/csv", buffer: Buffer.from(csv) };
  await page.getByLabel("CSV file").setInputFiles(file);
  await page.getByLabel("Only check it").check();
  await button(page, "Import").click();
  await sees(page, ".outcome", "2 rows would be kept.");
  assert.is(await pages.hub.running.accounts.get({ party: "imported", number: "IMP-1" }), undefined);
  await page.getByLabel("Only check it").uncheck();
  await button(page, "Import").click();
  await sees(page, ".outcome", "2 rows kept.");
  await sees(page, ".outcome tbody tr", /^3“ten” is not an amount. Write digits/);
  await button(page, "中文").click();
  await sees(page, ".outcome tbody tr", "3“ten”不是金额。请写数字，例如1250.50。");
  assert.is((await pages.hub.running.accounts.get({ party: "imported", number: "IMP-3" }))?.limit, 20_00);
});

test("what the store has lost waits for a decision, which is made on the page", async () => {
  const issuanceId = await fenceIssuance(pages.hub);
  const person = await operator();
  const { page } = person;
  await sees(page, "table.decide", issuanceId);
  await button(page, "Cancel it").click();
  await page.getByLabel(/^Reason/).fill("The store went back");
  await button(page, "Do it").click();
  await page.locator("table.decide").waitFor({ state: "detached" });
  const token = await pages.hub.token("bank", { operator: true });
  const answer = await fetch(`${pages.hub.url}/v1/issuances/${issuanceId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  assert.is(((await answer.json()) as { state: string }).state, "cancelled");
});

test("a settlement that could not be paid is paid into another account", async () => {
  const { voucherId, party, number } = await failSettlement(pages.hub);
  const person = await operator();
  const { page } = person;
  await go(person, "Decisions");
  await sees(page, "table.decide", voucherId);
  await button(page, "Pay elsewhere").click();
  await page.getByLabel("Party").fill(party);
  await page.getByLabel("Account number").fill(number);
  await button(page, "Do it").click();
  await sees(page, "main", "Nothing waits for a decision");
  while ((await pages.hub.running.accounts.get({ party, number }))?.balance !== 500)
    await new Promise((again) => setTimeout(again, 50));
});

/** Opens what can be done, and does it. */
async function decide(page: Page, name: string, fields: Record<string, string> = {}, go = "Do it") {
  await button(page, name).click();
  for (const [label, text] of Object.entries(fields)) await page.getByLabel(label).fill(text);
  await button(page, go).click();
}

test("a webhook is made, changed, given another secret and deleted, and what waits to be sent to it is listed", async () => {
  const { webhooks } = new Operator(pages.hub.url, {
    token: await pages.hub.token("bank", { operator: true }),
  });
  const person = await operator();
  const { page } = person;
  await go(person, "Webhooks");
  await sees(page, "main", "No endpoint gets events.");
  await page.getByRole("link", { name: "New endpoint" }).click();
  await page.getByLabel("Name").fill("books");
  await page.getByLabel("Address").fill("ftp://127.0.0.1/");
  await page.getByText("Only some kinds of event").click();
  await page.getByLabel("frozen and issued").check();
  await button(page, "Make the endpoint").click();
  await sees(page, ".refusal", "Untouched.");
  await page.getByLabel("Address").fill("http://127.0.0.1:9/hook");
  await button(page, "Make the endpoint").click();
  const secret = page.locator(".secret .id");
  const first = await secret.innerText();
  assert.match(first, /^whsec_/);
  const made = await webhooks.get("books");
  assert.equal([made.url, made.types], ["http://127.0.0.1:9/hook", ["voucher.issued"]]);
  const { issuanceId } = await issue();
  // Another of the same name is not made over it.
  await go(person, "Webhooks");
  assert.not.match(await page.locator("main").innerText(), "whsec_");
  await page.getByRole("link", { name: "New endpoint" }).click();
  await page.getByLabel("Name").fill("books");
  await page.getByLabel("Address").fill("http://127.0.0.1:9/other");
  await button(page, "Make the endpoint").click();
  await sees(page, ".refusal h3", "There is an endpoint of this name already");
  await go(person, "Webhooks");
  await decide(page, "Change", { Address: "http://127.0.0.1:9/else" }, "Save");
  await sees(page, ".where", "http://127.0.0.1:9/else");
  assert.equal((await webhooks.get("books")).types, ["voucher.issued"]);
  const row = page.locator("tbody tr", { hasText: issuanceId }).first();
  for (; !(await row.isVisible()); await page.waitForTimeout(300)) {
    const deliveries = button(page, "Deliveries");
    if ((await deliveries.getAttribute("aria-expanded")) === "true") await deliveries.click();
    await deliveries.click();
  }
  assert.match(await row.innerText(), /voucher\.issued[\s\S]*On its way/);
  await decide(page, "New secret");
  assert.is.not(await secret.innerText(), first);
  await sees(page, "main", "The secret before signs as well until");
  await decide(page, "Delete");
  await sees(page, "main", "No endpoint gets events.");
  const gone = await webhooks.get("books").catch((error) => error.code);
  assert.is(gone, "not_found");
  person.forgive();
});

test("a voucher is voided once it was confirmed, by keyboard alone, and what it froze is free", async () => {
  const { issuanceId } = await issue();
  const { page } = await operator();
  const account = { party: "acme", number: DEAL.account.number };
  const before = (await pages.hub.running.accounts.get(account))?.frozen ?? 0;
  await page.goto(`${page.url().split("#")[0]}#/vouchers/v${issuanceId}`);
  await button(page, "Void it").focus();
  await page.keyboard.press("Enter");
  // Whoever has chosen is at what it does, and on no button that does it; Escape leads back.
  assert.is(await page.evaluate(() => document.activeElement?.tagName), "H3");
  await page.keyboard.press("Escape");
  assert.is(await page.evaluate(() => document.activeElement?.textContent), "Void it");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("An order of the court");
  await page.keyboard.press("Tab");
  await page.keyboard.type("case-7");
  await page.keyboard.press("Enter");
  await sees(page, ".sum", "Voided");
  await sees(page, "tbody tr", "An order of the court");
  assert.is(await button(page, "Void it").count(), 0);
  assert.is((await pages.hub.running.accounts.get(account))?.frozen, before - DEAL.amount);
});

test("a party's tokens are revoked, and its terminal is signed out", async () => {
  const token = await pages.hub.token("lotus-trading");
  const terminal = await connect(pages.hub.url, { token, onError: () => undefined });
  const ended = new Promise<TallystickError | undefined>((told) => terminal.on("closed", told));
  const { page } = await operator({ language: "zh" });
  await page.goto(`${page.url().split("#")[0]}#/parties/lotus-trading`);
  await sees(page, ".things", "1117");
  await button(page, "撤销其令牌").click();
  await button(page, "确定").click();
  await sees(page, ".told", "之前签发的令牌一律拒绝");
  assert.is((await ended)?.code, "unauthenticated");
});

test("an audit is asked for, and holds", async () => {
  const person = await operator();
  await go(person, "Audit");
  await person.page.getByText("This hub has made none").waitFor();
  await button(person.page, "Run now").click();
  await sees(person.page, "h2", "Holds");
  await go(person, "Overview");
  await sees(person.page, ".figures", "Holds");
});

test("a token that is no operator's is refused, and one that may only look is not let decide", async () => {
  const { page, context, forgive } = await pages.person();
  await page.goto(new URL("../console/", pages.url).href);
  await page.getByLabel("Operator’s token").fill(await pages.hub.token("acme"));
  await button(page, "Sign in").click();
  await sees(page, ".refusal", "Untouched.");
  const reader = await pages.hub.running.tokens.sign?.({
    party: "auditor",
    scope: "operator:read",
    ttlSeconds: 600,
  });
  await page.getByLabel("Operator’s token").fill(reader as string);
  await button(page, "Sign in").click();
  await page.locator("main.console").waitFor();
  await page.goto(`${page.url().split("#")[0]}#/accounts/acme/6222020200112233`);
  await button(page, "Block").click();
  await sees(page, ".refusal", "Untouched.");
  await button(page, "Show the number").click();
  await sees(page, ".sum ~ .refusal", "Untouched.");
  assert.not.match(await page.locator("main").innerText(), "6222020200112233");
  forgive();
  assert.ok(context);
});

test("what can't be read is said in three sentences, and that looking touches no money", async () => {
  const { page, forgive } = await operator();
  await page.goto(`${page.url().split("#")[0]}#/vouchers/v1-aaaaaaaaaaaaaaaa`);
  await page.locator(".refusal").waitFor();
  assert.equal(await refusalOf({ page }), [
    "There is no such thing",
    "Untouched. Looking changes nothing.",
    "Check how it is written, or look for it.",
  ]);
  forgive();
});

test("the line is lost and comes back, and the page says so", async () => {
  const person = await operator();
  pages.cut();
  await sees(person.page, ".lines", "Offline since");
  pages.mend();
  await person.page.locator(".lines .line").waitFor({ state: "detached" });
});

const VIEWS = [
  "#/",
  "#/issuances",
  "#/vouchers",
  "#/accounts",
  "#/accounts/new",
  "#/accounts/file",
  "#/decisions",
  "#/webhooks",
  "#/webhooks/new",
  "#/parties/acme",
  "#/audit",
  "#/accounts/acme/6222020200112233",
];

for (const [width, dark] of [
  [390, false],
  [800, true],
  [1440, false],
] as const)
  test(`nothing stands out at ${width} pixels, and axe finds nothing serious, in Chinese too`, async () => {
    const person = await operator({
      size: { width, height: 900 },
      dark,
      language: width === 390 ? "zh" : "en",
    });
    const { page } = person;
    for (const view of VIEWS) {
      await page.goto(`${page.url().split("#")[0]}${view}`);
      await page.locator("main h1").waitFor({ state: "attached" });
      // What is looked for has come.
      await page.waitForFunction(
        () => !/Looking|正在查找/.test(document.querySelector("main")?.textContent ?? ""),
      );
      assert.equal(await faultsOf(page), [], `${view} at ${width}`);
      assert.is(await isTooWide(page), false, `${view} at ${width}`);
    }
    if (width === 390) assert.match(await page.locator("main").innerText(), "对账单");
    person.forgive();
  });

test("all of it is reached by keyboard alone", async () => {
  const { page } = await operator();
  await page.locator("a.skip").focus();
  await page.keyboard.press("Enter");
  assert.is(await page.evaluate(() => document.activeElement?.tagName), "H1");
  await page.locator(".console-top nav a").first().focus();
  for (let tabs = 0; tabs < 3; tabs += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await sees(page, "h1", "Accounts");
  await page.locator(".find input").focus();
  await page.keyboard.type("acme");
  await page.keyboard.press("Enter");
  await sees(page, "tbody", "Acme Ltd");
});

consoles.run();
