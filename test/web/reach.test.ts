// time limit: 400 s
// about 28 s
/** The terminal for everybody, whatever happens: lost lines, languages, phones, keyboard, screen readers, large print. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { faultsOf, isTooWide } from "./axe.ts";
import { executablePath, type Pages, type Person, startPages } from "./browser.ts";
import { agreeAndOpen, ask, button, openItem, refusalOf } from "./people.ts";

const reach = suite("the terminal, for everybody");
const test = executablePath ? reach : reach.skip;

let pages: Pages;
reach.before(async () => {
  if (executablePath) pages = await startPages();
});
reach.after(async () => {
  if (executablePath) await pages.close();
});
reach.after.each(async () => {
  if (executablePath) await pages.leave();
});

async function two(issuer: string, payer: string): Promise<[Person, Person]> {
  const [first, second] = await Promise.all([issuer, payer].map((party) => pages.person({ party })));
  return [first as Person, second as Person];
}

test("what is asked while the line is cut is kept, sent once when it is back, and what was missed is marked", async () => {
  const [issuer, payer] = await two("jade-river", "acme");
  await ask(issuer, { payer: "acme", amount: "4100" });
  await openItem(payer, "4,100.00");
  await button(payer.page, "Agree to pay").waitFor();
  pages.cut();
  await payer.page.getByText("Offline since").waitFor();
  await button(payer.page, "Agree to pay").click();
  await payer.page.getByText("Kept. It is sent once, when the line is back.").waitFor();
  pages.mend();
  await payer.page.getByText("Back at").waitFor();
  await button(issuer.page, "Open the issuance").click();
  await button(payer.page, "Pay from funds account ending 2233").waitFor();
  // The issuer goes on while the payer's page is cut off.
  await button(payer.page, "Pay from funds account ending 2233").click();
  await button(issuer.page, "Ask for another account").waitFor();
  await payer.context.setOffline(true);
  pages.line.cut();
  await payer.page.getByText("Offline since").waitFor();
  await button(issuer.page, "Ask for another account").click();
  await button(issuer.page, "Ask for another account").click();
  await issuer.page.getByRole("list").getByText("Consents. Change 1 of 5").waitFor();
  await payer.context.setOffline(false);
  await payer.page.getByText("1 step happened meanwhile, marked where it is.").waitFor();
  assert.is(await payer.page.locator(".say.just").count(), 2);
  await button(payer.page, "Keep funds account ending 2233").waitFor();
  await button(issuer.page, "Cancel this issuance").click();
  await button(issuer.page, "Cancel this issuance").click();
  await payer.page.locator(".cut-off").waitFor();
});

test("a page that is loaded anew is where it was; a token that is refused says what to do", async () => {
  const [issuer, payer] = await two("north-gate", "acme");
  await ask(issuer, { payer: "acme", amount: "4300" });
  await openItem(payer, "4,300.00");
  await payer.page.reload();
  await button(payer.page, "Agree to pay").waitFor();
  await button(payer.page, "Sign out").click();
  await button(payer.page, "Sign in with a token").click();
  await payer.page.getByLabel("Token").fill("not.a.token");
  await button(payer.page, /^Sign in$/).click();
  await payer.page.getByText("This token is no longer good").waitFor();
  await payer.page.getByLabel("Token").fill(await pages.hub.token("acme"));
  await button(payer.page, /^Sign in$/).click();
  await button(payer.page, "Decline").click();
  await button(payer.page, "Decline").click();
  await issuer.page.locator(".cut-off", { hasText: "Declined" }).waitFor();
  await issuer.page.goto(`${pages.url}#/i/1-aaaaaaaaaaaaaaaa`);
  await issuer.page.getByText("There is no such issuance or voucher, or it is not yours.").waitFor();
});

test("on a phone, in Chinese, in the dark, everything is there and nothing stands out of the side", async () => {
  const size = { width: 390, height: 844 };
  const issuer = await pages.person({ party: "lotus-trading" });
  const payer = await pages.person({ party: "silk-lane", language: "zh", size, dark: true });
  assert.is(await payer.page.locator("html").getAttribute("lang"), "zh-CN");
  await payer.page.getByText("没有等待您处理的事项").waitFor();
  await ask(issuer, { payer: "silk-lane", amount: "128640.50", memo: "琉璃瓦" });
  await openItem(payer, "莲花贸易有限公司");
  await button(payer.page, "同意付款").click();
  await button(issuer.page, "Open the issuance").click();
  await button(payer.page, "用存款账户（尾号7819）付款").click();
  await button(issuer.page, "Accept and issue").click();
  await payer.page.getByText("已冻结并开证").waitFor();
  assert.not(await isTooWide(payer.page));
  assert.equal(await faultsOf(payer.page), []);
  await payer.page.getByRole("link", { name: "查看凭证" }).click();
  await payer.page.getByText("两半相符").waitFor();
  assert.match(await payer.page.locator(".sheet").innerText(), /收证人[\s\S]*支付人[\s\S]*开证人/);
  assert.not(await isTooWide(payer.page));
  assert.equal(await faultsOf(payer.page), []);
});

test("by keyboard alone a voucher is asked for and agreed, and what is focused can be seen", async () => {
  const [issuer, payer] = await two("plum-garden", "acme");
  const press = async ({ page }: Person, ...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await issuer.page.getByRole("link", { name: "Ask for a voucher" }).focus();
  await press(issuer, "Enter");
  await issuer.page.getByLabel("Payer", { exact: true }).focus();
  await issuer.page.keyboard.type("acme");
  await press(issuer, "Tab");
  await issuer.page.keyboard.type("4400");
  await press(issuer, "Tab", "Tab", "Enter");
  await issuer.page.locator(".tally").waitFor();
  await payer.page.locator("a.item", { hasText: "4,400.00" }).first().focus();
  await press(payer, "Enter");
  await button(payer.page, "Agree to pay").waitFor();
  // The first thing on the page leads past all else, to the question; the next is its first answer.
  await payer.page.locator("body").press("Home");
  await payer.page.locator(".skip").focus();
  await press(payer, "Enter");
  assert.is(await payer.page.evaluate(() => document.activeElement?.id), "ask");
  await press(payer, "Tab");
  const focused = payer.page.locator(":focus");
  assert.is(await focused.innerText(), "Agree to pay");
  assert.match(await focused.evaluate((one) => getComputedStyle(one).outlineWidth), "3px");
  await press(payer, "Enter");
  await issuer.page.getByText("agrees. Open the issuance").waitFor();
});

test("axe finds nothing serious on any page, light or dark, and at 200 % nothing is lost", async () => {
  const signIn = await pages.person();
  assert.equal(await faultsOf(signIn.page), []);
  const [issuer, payer] = await two("vesper-optics", "acme");
  await issuer.page.getByRole("link", { name: "Ask for a voucher" }).click();
  await issuer.page.locator("summary").click();
  await issuer.page.getByLabel("The payer may refuse").check();
  await button(issuer.page, "Ask").click();
  await issuer.page.getByText("A party’s id, as in acme").waitFor();
  assert.equal(await faultsOf(issuer.page), []);
  await issuer.page.getByLabel("Each drawing is paid at once").check();
  await ask(issuer, { payer: "acme", amount: "4500" });
  await agreeAndOpen(issuer, payer, "4,500.00");
  for (const colorScheme of ["light", "dark"] as const) {
    await payer.page.emulateMedia({ colorScheme });
    assert.equal(await faultsOf(payer.page), [], colorScheme);
  }
  // What is twice as large has half the room.
  await payer.page.setViewportSize({ width: 720, height: 450 });
  assert.not(await isTooWide(payer.page));
  await payer.page.setViewportSize({ width: 320, height: 256 });
  assert.not(await isTooWide(payer.page));
  await payer.page.setViewportSize({ width: 1440, height: 900 });
  await button(payer.page, /^Pay from/).click();
  await button(issuer.page, "Accept and issue").click();
  await issuer.page.getByRole("link", { name: "Open the voucher" }).click();
  await issuer.page.getByText("The halves match").waitFor();
  for (const colorScheme of ["light", "dark"] as const) {
    await issuer.page.emulateMedia({ colorScheme });
    assert.equal(await faultsOf(issuer.page), [], colorScheme);
  }
  await issuer.page.emulateMedia({ media: "print", colorScheme: "light" });
  // A page of A4 between the margins, in CSS pixels: as narrow as a tablet, where the way back is shown.
  await issuer.page.setViewportSize({ width: 673, height: 1024 });
  assert.not(await issuer.page.locator(".back").isVisible());
  assert.ok((await issuer.page.locator(".sheet").evaluate((sheet) => sheet.scrollHeight)) < 1020);
});

test("where no history is kept, that is said in three sentences, and what is open is there all the same", async () => {
  const [issuer, payer] = await two("tideway", "acme");
  const views = payer.page.getByRole("navigation", { name: "Pages" });
  await views.getByRole("link", { name: "History" }).click();
  assert.equal((await refusalOf(payer)).slice(0, 2), [
    "History can’t be read now",
    "Untouched. Looking changes nothing.",
  ]);
  assert.equal(await faultsOf(payer.page), []);
  await ask(issuer, { payer: "acme", amount: "4600" });
  await openItem(payer, "4,600.00");
  await button(payer.page, "Decline").click();
  await button(payer.page, "Decline").click();
  await issuer.page.locator(".cut-off", { hasText: "Declined" }).waitFor();
  await views.getByRole("link", { name: "Accounts" }).click();
  await payer.page.getByRole("link", { name: "CREDIT-000000042" }).click();
  assert.is((await refusalOf(payer))[0], "Statements can’t be read now");
  // The browser says so too, and is not wrong.
  payer.forgive();
});

reach.run();
