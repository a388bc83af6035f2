/** Takes the pictures of README anew, of the pages as they are: `npm run pictures`. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Pages, type Person, startPages } from "./browser.ts";
import { fenceIssuance } from "./console-scene.ts";
import { agreeAndOpen, ask, button, openItem } from "./people.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "server", "web", "pictures");
const SIZE = { width: 1200, height: 760 };

const take = ({ page }: Person, name: string) => page.screenshot({ path: join(FOLDER, `${name}.png`) });

/** A negotiation with a change of account, the voucher that came of it, and the same on a phone. */
async function takeAll(pages: Pages): Promise<void> {
  const issuer = await pages.person({ party: "lotus-trading", size: SIZE });
  const payer = await pages.person({ party: "acme", size: SIZE });
  const phone = await pages.person({ party: "acme", language: "zh", size: { width: 390, height: 760 } });
  const memo = "Order 2210, roof tiles 琉璃瓦";
  await ask(issuer, { payer: "acme", amount: "128640.50", memo, beneficiary: "harrow-steel" });
  await agreeAndOpen(issuer, payer, "128,640.50");
  await button(payer.page, /2233$/).click();
  await button(issuer.page, "Ask for another account").click();
  await issuer.page.getByLabel(/Reason/).fill("请改用授信额度，周一电话已谈妥。");
  await button(issuer.page, "Ask for another account").click();
  await button(payer.page, /^Keep/).waitFor();
  await take(payer, "negotiation");
  await openItem(phone, "128,640.50");
  await button(phone.page, /^保留/).waitFor();
  await take(phone, "phone");
  await button(payer.page, /^Pay from/).click();
  await payer.page.getByRole("link", { name: "Open the voucher" }).click();
  const beneficiary = await pages.person({ party: "harrow-steel", size: { width: 1200, height: 980 } });
  await openItem(beneficiary, "128,640.50");
  await button(beneficiary.page, /^Draw$/).click();
  await beneficiary.page.getByRole("textbox", { name: "Amount" }).fill("45250");
  await button(beneficiary.page, "Draw 45,250.00").click();
  await beneficiary.page.getByRole("cell", { name: /^Paid/ }).waitFor();
  await beneficiary.page.getByText("The halves match").waitFor();
  await take(beneficiary, "voucher");
}

/** The console over what the others have done, with something to decide. */
async function takeConsole(pages: Pages): Promise<void> {
  await fenceIssuance(pages.hub);
  const operator = await pages.person({ console: true, size: { width: 1200, height: 900 } });
  await operator.page.locator("table.decide").waitFor();
  await operator.page.locator(".flow").waitFor();
  await take(operator, "console");
}

mkdirSync(FOLDER, { recursive: true });
const pages = await startPages();
await takeAll(pages);
await takeConsole(pages);
await pages.leave();
await pages.close();
