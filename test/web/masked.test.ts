// about 12 s
/** Account numbers in the console: the browser has none that nobody has asked to see, and asking leaves a line. */
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readJournalEntry } from "../../server/ledger/journal-entry.ts";
import { partitionKeys } from "../../server/ledger/keys.ts";
import { readWriteId } from "../../server/ledger/write-ids.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { issueVoucher } from "../http/client.ts";
import { executablePath, type Pages, type Person, startPages } from "./browser.ts";
import { failSettlement } from "./console-scene.ts";
import { button } from "./people.ts";

const masked = suite("account numbers in the console");
const test = executablePath ? masked : masked.skip;

let pages: Pages;
masked.before(async () => {
  const settings = { ARCHIVE_URL: `file:${join(temporaryFolder(), "archive.db")}`, SWEEP_INTERVAL: "200" };
  if (executablePath) pages = await startPages({ settings });
});
masked.after(async () => {
  if (executablePath) await pages.close();
});
masked.after.each(async () => {
  if (executablePath) await pages.leave();
});

const NUMBER = "6222020200112233";
/** Numbers of the sample book. */
const WHOLE = /(?<![\d-])\d{16}(?!\d)|\b(CR|CL|GB|USD|CREDIT)-\d/;
const operator = () => pages.person({ console: true });

test("a whole account number is shown once the journal says who asked for it, and never to who may only look", async () => {
  const person = await operator();
  const { page } = person;
  await page.getByRole("navigation").getByRole("link", { name: "Accounts" }).click();
  await page.locator(".find input").fill("acme");
  await page.keyboard.press("Enter");
  await page.locator("tr", { hasText: "2233" }).getByRole("link").first().click();
  await button(page, "Show the number").waitFor();
  assert.not.match((await page.content()) + page.url(), NUMBER);
  assert.match(page.url(), /#\/accounts\/acme\/~[\w-]+$/);
  await button(page, "Show the number").click();
  await page.locator("h1", { hasText: NUMBER }).waitFor();
  const { ledger, store } = pages.hub.running;
  const journal = partitionKeys.journal(ledger.partitionOf("acme"));
  const asked = (await store.xrange(journal, "-", "+"))
    .map(([, fields]) => readJournalEntry(fields))
    .filter((entry) => entry?.kind === "account.shown");
  assert.equal(
    asked.map(({ party, number, write }) => [party, number, readWriteId(write.id).author]),
    [["acme", NUMBER, "local-operator"]],
  );
  await button(page, "Hide the number").click();
  assert.not.match(await page.locator("main").innerText(), NUMBER);
});

/** All that the hub tells a page over HTTP but what is told live. */
function answersTo({ page }: Person): Promise<string>[] {
  const answers: Promise<string>[] = [];
  page.on("response", (response) => {
    if (response.url().includes("/v1/") && !response.url().endsWith("/live"))
      answers.push(response.text().then((text) => `${response.url()} ${text}`, String));
  });
  return answers;
}

test("the browser is given no whole number that nobody has asked to see, on whatever page, and can do all without", async () => {
  const account = { number: NUMBER, holder: "Acme Ltd" };
  const deal = { issuer: "lotus-trading", payer: "acme", amount: 1_234_50, account };
  const { issuanceId } = await issueVoucher(pages.hub, deal);
  await failSettlement(pages.hub);
  const person = await operator();
  const { page } = person;
  const answers = answersTo(person);
  const [at] = page.url().split("#");
  const views = ["", "issuances", "vouchers", "accounts", "decisions", "webhooks", "audit", "parties/acme"];
  for (const view of [...views, `vouchers/v${issuanceId}`, `issuances/${issuanceId}`]) {
    await page.goto(`${at}#/${view}`);
    await page.locator("main h1").waitFor({ state: "attached" });
    await page.waitForFunction(() => !/Looking/.test(document.querySelector("main")?.textContent ?? ""));
  }
  await page.goto(`${at}#/parties/acme`);
  await page.locator(".things a").first().click();
  await page.getByLabel(/^Amount, with a minus/).fill("1");
  await page.getByLabel("Reference").fill("masked-1");
  await button(page, "Adjust").click();
  await page.locator("form", { hasText: "Done" }).waitFor();
  await button(page, "Block").click();
  await button(page, "Let it be used again").click();
  await page.locator(".sum", { hasText: "Active" }).waitFor();
  const told = await Promise.all(answers);
  assert.ok(told.length > 15, String(told.length));
  const whole = told.filter((text) => WHOLE.test(text));
  assert.equal(whole, []);
});

masked.run();
