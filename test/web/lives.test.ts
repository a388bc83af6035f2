// time limit: 300 s
// about 9 s
/** What happens to a voucher by itself, as both sides see it: silence that honours, its expiry, a hub that is restarted. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { issueVoucher } from "../http/client.ts";
import { makeOlder } from "../vouchers/time.ts";
import { executablePath, type Pages, type Person, startPages } from "./browser.ts";
import { ask, button, openItem } from "./people.ts";

const lives = suite("a voucher's life, in a browser");
const test = executablePath ? lives : lives.skip;

let pages: Pages;
let beneficiary: Person;
let payer: Person;
lives.before(async () => {
  if (!executablePath) return;
  pages = await startPages({ settings: { SWEEP_INTERVAL: "200" } });
  beneficiary = await pages.person({ party: "lotus-trading" });
  payer = await pages.person({ party: "acme" });
});
lives.after(async () => {
  if (!executablePath) return;
  await pages.leave();
  await pages.close();
});

const FROM = { party: "acme", number: "6222020200112233" };
const WITHIN_S = 3600;
const minor = (amount: number) => amount * 100;
const text = (amount: number) => `${amount}.00`;
const frozen = async () => (await pages.hub.running.accounts.get(FROM))?.frozen;

/** A voucher that both sides look at, and of which a part is drawn and waits for the payer. */
async function drawn({ amount, part }: { amount: number; part: number }): Promise<string> {
  const { issuanceId } = await issueVoucher(pages.hub, {
    issuer: "lotus-trading",
    payer: FROM.party,
    amount: minor(amount),
    account: { number: FROM.number, holder: "Acme Ltd" },
    approval: { by: "payer", within: WITHIN_S },
  });
  const voucherId = `v${issuanceId}`;
  for (const { page } of [beneficiary, payer]) await page.goto(`${pages.url}#/v/${voucherId}`);
  await draw(part);
  return voucherId;
}

/** Draws, and waits until the payer is asked. */
async function draw(amount: number): Promise<void> {
  await button(beneficiary.page, /^Draw$/).click();
  await beneficiary.page.getByRole("textbox", { name: "Amount" }).fill(String(amount));
  await button(beneficiary.page, `Draw ${text(amount)}`).click();
  await beneficiary.page.locator(".draws td", { hasText: "Waits for" }).waitFor();
  await button(payer.page, `Approve, pay ${text(amount)}`).waitFor();
}

/** Waits until both sides see a text in a part of the page. */
async function bothSee(part: string, hasText: string | RegExp): Promise<void> {
  await Promise.all(
    [beneficiary, payer].map(({ page }) => page.locator(part, { hasText }).first().waitFor()),
  );
}

test("silence honours: what nobody has answered in time is paid, and both see that it was the hub who heard no refusal", async () => {
  const voucherId = await drawn({ amount: 510, part: 120 });
  await makeOlder(pages.hub, voucherId, { ms: (WITHIN_S + 60) * 1000, drawings: true });
  await bothSee(".life li", /heard no refusal of CNY 120\.00/);
  await bothSee(".draws td", /^Paid/);
  await bothSee(".legend dd", "390.00");
  assert.is(await button(payer.page, /^Approve/).count(), 0);
  assert.is(await frozen(), minor(390));
});

test("a voucher whose time is over takes no drawing more, and ends once the one that waits is answered", async () => {
  const before = (await frozen()) ?? 0;
  const voucherId = await drawn({ amount: 520, part: 130 });
  await makeOlder(pages.hub, voucherId, { beyondExpiry: true });
  // The pages learn of the time as the hub has it now.
  await Promise.all([beneficiary, payer].map(({ page }) => page.reload()));
  await bothSee(".draws td", "Waits for");
  await button(beneficiary.page, "Give up a part or all").waitFor();
  assert.is(await button(beneficiary.page, /^Draw$/).count(), 0);
  await button(payer.page, "Refuse, with a reason").click();
  await payer.page.getByLabel(/Reason/).fill("the goods did not come");
  await button(payer.page, "Refuse the drawing").click();
  await bothSee(".draws td", /Refused: the goods did not come/);
  await bothSee(".life li", "expired");
  await bothSee(".ask", "This voucher has ended.");
  assert.is(await frozen(), before);
});

test("a hub that is restarted in the middle loses nothing: the drawing that waits, the rest, and what is being negotiated", async () => {
  await ask(beneficiary, { payer: FROM.party, amount: "42" });
  const voucherId = await drawn({ amount: 530, part: 140 });
  const before = (await frozen()) ?? 0;
  await pages.hub.restart();
  await button(payer.page, `Approve, pay ${text(140)}`).click();
  await bothSee(".draws td", /^Paid/);
  await draw(390);
  await button(payer.page, `Approve, pay ${text(390)}`).click();
  await bothSee(".ask", "This voucher has ended.");
  await bothSee(".life li", `paid CNY ${text(390)} out`);
  for (const { page } of [beneficiary, payer]) {
    assert.is(await page.locator(".draws tbody tr").count(), 2);
    assert.is(await page.locator(".life li", { hasText: "which left" }).count(), 2, voucherId);
  }
  assert.is(await frozen(), before - minor(530));
  for (const person of [beneficiary, payer]) await openItem(person, "42.00");
  await button(payer.page, "Agree to pay").click();
  await button(beneficiary.page, "Open the issuance").click();
  await button(payer.page, "Pay from funds account ending 2233").click();
  await button(beneficiary.page, "Accept and issue").click();
  await payer.page.getByText("Frozen and issued").waitFor();
});

lives.run();
