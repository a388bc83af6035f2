// about 30 s
/** The terminal in a real browser: two and three people through the claims' flows, and through a voucher's life. */
import decodeQR from "qr/decode.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { setDeadline } from "../helpers/set-deadline.ts";
import { executablePath, type Pages, type Person, startPages } from "./browser.ts";
import { agreeAndOpen, ask, button, openItem, refusalOf, stepsOf } from "./people.ts";

const flows = suite("the terminal in a browser");
const test = executablePath ? flows : flows.skip;

let pages: Pages;
flows.before(async () => {
  if (executablePath) pages = await startPages();
});
flows.after(async () => {
  if (executablePath) await pages.close();
});
flows.after.each(async () => {
  if (executablePath) await pages.leave();
});

/** What is dark in the QR code's drawing, as an image for a decoder. */
async function readQr({ page }: Person): Promise<string> {
  const image = await page.locator("svg.qr").evaluate((svg) => {
    const size = Number((svg.getAttribute("viewBox") ?? "").split(" ")[2]);
    const dark = (svg.querySelector("path")?.getAttribute("d") ?? "").matchAll(/M(\d+) (\d+)h1/g);
    return { size, dark: [...dark].map(([, x, y]) => [Number(x), Number(y)] as const) };
  });
  const scale = 6;
  const width = image.size * scale;
  const data = new Uint8Array(width * width * 4).fill(255);
  for (const [x, y] of image.dark)
    for (let dy = 0; dy < scale; dy += 1)
      for (let dx = 0; dx < scale; dx += 1)
        data.fill(
          0,
          4 * ((y * scale + dy) * width + x * scale + dx),
          4 * ((y * scale + dy) * width + x * scale + dx) + 3,
        );
  return decodeQR({ width, height: width, data });
}

test("a voucher is asked for, its account changed by the issuer, issued, shown as a document, drawn on and paid", async () => {
  const [issuer, payer, beneficiary] = (await Promise.all(
    ["lotus-trading", "acme", "harrow-steel"].map((party) => pages.person({ party })),
  )) as [Person, Person, Person];
  const memo = "Order 2210, roof tiles 琉璃瓦";
  const approval = "The payer may refuse a drawing; silence pays it";
  await ask(issuer, { payer: "acme", amount: "128,640.50", memo, beneficiary: "harrow-steel", approval });
  await issuer.page.locator(".heads .here").waitFor();
  await agreeAndOpen(issuer, payer, "128,640.50");
  // What can't pay it is not there to be chosen, and says why.
  assert.match(await payer.page.locator(".pick details").innerText(), /1 account can’t pay this/);
  await button(payer.page, "Pay from funds account ending 2233").click();
  await button(issuer.page, "Ask for another account").click();
  await issuer.page.getByLabel(/Reason/).fill("请改用授信额度");
  await button(issuer.page, "Ask for another account").click();
  await button(payer.page, "Keep funds account ending 2233").waitFor();
  assert.match(
    await payer.page.locator("#ask").innerText(),
    "莲花贸易有限公司 asks you to pay from another account.",
  );
  await button(payer.page, "Pay from credit line ending 0042").click();
  await payer.page.getByText("Frozen and issued").waitFor();
  assert.equal(await stepsOf(payer), [
    "莲花贸易有限公司 Asks Acme Ltd to pay",
    "Acme Ltd Agrees",
    "莲花贸易有限公司 Opens the issuance",
    "Acme Ltd Sends funds account ending 2233",
    "Hub The name matches, then the amount is covered",
    "莲花贸易有限公司 Asks for another account 请改用授信额度",
    "Hub Consents. Change 1 of 5",
    "Acme Ltd Sends credit line ending 0042",
    "Frozen and issued Open the voucher",
  ]);
  assert.equal(await stepsOf(issuer), await stepsOf(payer));
  await payer.page.getByRole("link", { name: "Open the voucher" }).click();
  await payer.page.getByText("The halves match").waitFor();
  const sheet = await payer.page.locator(".sheet").innerText();
  assert.match(sheet, "One hundred twenty-eight thousand six hundred forty yuan and fifty fen");
  assert.match(sheet, /人民币\s*壹拾贰万\s*捌仟陆佰肆拾元\s*伍角整/);
  for (const name of ["Harrow Steel GmbH", "Acme Ltd", "莲花贸易有限公司", memo]) assert.match(sheet, name);
  assert.is(await readQr(payer), payer.page.url());

  await openItem(beneficiary, "128,640.50");
  await button(beneficiary.page, "Accept the voucher").click();
  await button(beneficiary.page, /^Draw$/).click();
  await beneficiary.page.getByRole("textbox", { name: "Amount" }).fill("20000");
  await button(beneficiary.page, "Draw 20,000.00").click();
  await button(payer.page, "Refuse, with a reason").click();
  await payer.page.getByLabel(/Reason/).fill("The tiles have not arrived");
  await button(payer.page, "Refuse the drawing").click();
  await beneficiary.page.getByRole("cell", { name: "Refused: The tiles have not arrived" }).waitFor();
  await button(beneficiary.page, /^Draw$/).click();
  await button(beneficiary.page, "Draw 128,640.50").click();
  await button(payer.page, "Approve, pay 128,640.50").click();
  await beneficiary.page.getByRole("cell", { name: "Paid to account ending 4357" }).waitFor();
  await beneficiary.page.getByText("Paid in full").waitFor();
  await payer.page.locator(".sheet").getByText("What has ended is no longer signed.").waitFor();
});

test("a payer changes its account by itself; a refusal says what happened, the money, and what to do", async () => {
  const [issuer, payer] = (await Promise.all(
    ["blue-kiln", "globex"].map((party) => pages.person({ party })),
  )) as [Person, Person];
  await ask(issuer, { payer: "globex", amount: "90000", review: "I review each" });
  await agreeAndOpen(issuer, payer, "90,000.00");
  await payer.page.getByRole("radio", { name: "Another account" }).check();
  await payer.page.getByLabel("Account number").fill("6222020200123342");
  await payer.page.getByLabel("Account holder").fill("Globes Corporation");
  await button(payer.page, "Send this account").click();
  assert.equal(await refusalOf(payer), [
    "Number and holder do not match an account",
    "Untouched. Nothing is frozen.",
    "Check both and send them again. 4 tries are left. The other side does not see what you typed, nor why.",
  ]);
  await payer.page.getByLabel("Account number").fill("BLOCKED-0001");
  await payer.page.getByLabel("Account holder").fill("Globex Corporation");
  await button(payer.page, "Send this account").click();
  await payer.page.getByText("is blocked").waitFor();
  assert.match((await refusalOf(payer))[2] ?? "", "3 tries are left.");
  await payer.page.getByRole("radio", { name: /6222020200123342/ }).check();
  await button(payer.page, "Pay from funds account ending 3342").click();
  await button(payer.page, "Send another account").click();
  await payer.page.getByText("From which other account do you pay?").waitFor();
  await button(payer.page, "Keep funds account ending 3342").click();
  await button(issuer.page, "Accept and issue").click();
  await payer.page.getByText("Frozen and issued").waitFor();
  // Why an account was refused is the payer's alone to know.
  const seen = await issuer.page.locator("body").innerText();
  assert.not.match(seen, /blocked|BLOCKED|Globes|6222020200123342/);
  assert.match(seen, "Sends account ending 0001");
});

test("a party that pays itself plays both sides on one page", async () => {
  const self = await pages.person({ party: "crane-hill" });
  await ask(self, { payer: "crane-hill", amount: "1000" });
  await button(self.page, "Open the issuance").click();
  await button(self.page, /^Pay from/).click();
  await button(self.page, "Accept and issue").click();
  await self.page.getByText("Frozen and issued").waitFor();
  await self.page.getByRole("link", { name: "Open the voucher" }).click();
  await button(self.page, "Reject it").click();
  await self.page.getByLabel(/Reason/).fill("only tried");
  await button(self.page, "Reject it").click();
  await self.page.getByText("Rejected by the beneficiary").waitFor();
});

test("a request is declined, another cancelled, and a third runs out of time", async () => {
  const [issuer, payer] = (await Promise.all(
    ["tideway", "pinecrest"].map((party) => pages.person({ party })),
  )) as [Person, Person];
  await ask(issuer, { payer: "pinecrest", amount: "1.01" });
  await openItem(payer, "1.01");
  await button(payer.page, "Decline").click();
  await payer.page.getByLabel(/Reason/).fill("too little");
  await button(payer.page, "Decline").click();
  await issuer.page.getByText("too little").waitFor();
  await ask(issuer, { payer: "pinecrest", amount: "1.02" });
  await openItem(payer, "1.02");
  await button(issuer.page, "Cancel this issuance").click();
  await button(issuer.page, "Cancel this issuance").click();
  await payer.page.locator(".cut-off", { hasText: "Cancelled" }).waitFor();
  const issuanceId = await ask(issuer, { payer: "pinecrest", amount: "1.03" });
  await openItem(payer, "1.03");
  await setDeadline(pages.hub.running.store, issuanceId, 1);
  await button(payer.page, "Agree to pay").click();
  assert.equal((await refusalOf(payer)).slice(0, 2), ["Too late: it is expired now", "As before."]);
  await payer.page.locator(".cut-off", { hasText: "Expired" }).waitFor();
});

test("a beneficiary gives up what it does not need, and an issuer takes back what nobody has touched", async () => {
  const [issuer, payer, beneficiary] = (await Promise.all(
    ["marlow-mills", "orchard-foods", "vesper-optics"].map((party) => pages.person({ party })),
  )) as [Person, Person, Person];
  for (const amount of ["500", "600"]) {
    const review = "The first that passes is issued at once";
    await ask(issuer, { payer: "orchard-foods", amount, beneficiary: "vesper-optics", review });
    await agreeAndOpen(issuer, payer, `${amount}.00`);
    await button(payer.page, /^Pay from/).click();
    await issuer.page.getByRole("link", { name: "Open the voucher" }).waitFor();
  }
  await openItem(beneficiary, "500.00");
  await button(beneficiary.page, "Give up a part or all").click();
  await beneficiary.page.getByRole("textbox", { name: "Amount" }).fill("501");
  assert.ok(await button(beneficiary.page, "Give up 501.00").isDisabled());
  await beneficiary.page.getByRole("textbox", { name: "Amount" }).fill("100");
  await button(beneficiary.page, "Give up 100.00").click();
  await beneficiary.page.locator(".legend dd", { hasText: "400.00" }).waitFor();
  await issuer.page.getByRole("link", { name: "Open the voucher" }).click();
  await button(issuer.page, "Withdraw it").click();
  await button(issuer.page, "Withdraw it").click();
  await issuer.page.getByText("Withdrawn by the issuer").waitFor();
});

/** Issues a voucher to its issuer, and opens it there. */
async function issued(issuer: Person, payer: Person, party: string, amount: string): Promise<string> {
  const id = await ask(issuer, { payer: party, amount, review: "The first that passes is issued at once" });
  await agreeAndOpen(issuer, payer, `${amount}.00`);
  await button(payer.page, /^Pay from/).click();
  await issuer.page.getByRole("link", { name: "Open the voucher" }).click();
  await issuer.page.locator(".sheet").waitFor();
  return `v${id}`;
}

test("what is drawn while the line is cut is drawn once, the last drawing gives up the rest, and a void is seen by all", async () => {
  const [issuer, payer] = (await Promise.all(
    ["jade-river", "north-gate"].map((party) => pages.person({ party })),
  )) as [Person, Person];
  await issued(issuer, payer, "north-gate", "700");
  await button(issuer.page, /^Draw$/).click();
  await issuer.page.getByRole("textbox", { name: "Amount" }).fill("450");
  await issuer.page.getByLabel("This is the last drawing").check();
  pages.cut();
  await issuer.page.getByText("Offline since").waitFor();
  await button(issuer.page, "Draw 450.00").click();
  await issuer.page.getByText("Kept. It is sent once, when the line is back.").waitFor();
  pages.mend();
  await issuer.page.getByText("Paid; the rest was given up").waitFor();
  await issuer.page.locator(".legend dd", { hasText: "250.00" }).waitFor();
  assert.is(await issuer.page.locator(".draws tbody tr").count(), 1);

  const voucherId = await issued(issuer, payer, "north-gate", "800");
  await payer.page.getByRole("link", { name: "Open the voucher" }).click();
  await payer.page.getByText("Issued, not yet accepted").waitFor();
  const { status } = await fetch(`${pages.hub.url}/v1/vouchers/${voucherId}/void`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await pages.hub.token("bank", { operator: true })}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ reason: "a court's order", reference: "case-7" }),
  });
  assert.is(status, 200);
  for (const { page } of [issuer, payer]) {
    await page.getByText("Voided by the operator").waitFor();
    assert.match(await page.locator(".life").innerText(), /The operator voided it[\s\S]*a court's order/);
  }
});

test("after five refused accounts it has failed, and both sides see that nothing is frozen", async () => {
  const [issuer, payer] = (await Promise.all(
    ["plum-garden", "globex"].map((party) => pages.person({ party })),
  )) as [Person, Person];
  await ask(issuer, { payer: "globex", amount: "31" });
  await agreeAndOpen(issuer, payer, "31.00");
  await payer.page.getByRole("radio", { name: "Another account" }).check();
  for (let left = 4; left >= 0; left -= 1) {
    await payer.page.getByLabel("Account number").fill(`NONE-${left}`);
    await payer.page.getByLabel("Account holder").fill("Globex Corporation");
    await button(payer.page, "Send this account").click();
    const says = left === 0 ? "Five accounts were refused." : `Refuses it. ${left} `;
    await issuer.page.getByRole("list").getByText(says).waitFor();
  }
  await payer.page.locator(".cut-off", { hasText: "Failed" }).waitFor();
  assert.match((await refusalOf(payer)).join(" "), "Untouched. Nothing is frozen.");
});

flows.run();
