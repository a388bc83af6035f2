/** What people do on the pages, as they would do it: by what is written on it. */
import type { Locator, Page } from "playwright-core";
import type { Person } from "./browser.ts";

export interface Asked {
  payer: string;
  amount: string;
  currency?: string;
  memo?: string;
  beneficiary?: string;
  review?: string;
  approval?: string;
}

export const button = (page: Page, name: string | RegExp): Locator => page.getByRole("button", { name });
const field = (page: Page, name: string): Locator => page.getByRole("textbox", { name });

/** Asks for a voucher; answers the issuance's id. */
export async function ask({ page }: Person, asked: Asked): Promise<string> {
  await page.getByRole("link", { name: "Ask for a voucher" }).first().click();
  const form = page.locator("form.request");
  await form.getByLabel("Payer", { exact: true }).fill(asked.payer);
  await field(page, "Amount").fill(asked.amount);
  if (asked.currency) await form.getByLabel("Currency").selectOption(asked.currency);
  if (asked.memo) await form.getByLabel("For", { exact: true }).fill(asked.memo);
  if (asked.beneficiary || asked.review || asked.approval) {
    await form.locator("summary").click();
    if (asked.beneficiary) await form.getByLabel("Beneficiary").fill(asked.beneficiary);
    for (const choice of [asked.review, asked.approval])
      if (choice) await form.getByRole("radio", { name: choice }).check();
  }
  await button(page, "Ask").click();
  await page.locator(".tally").waitFor();
  return page.url().split("/").at(-1) as string;
}

/** Opens what waits for this person, by a text of its row in the inbox. */
export async function openItem({ page }: Person, text: string | RegExp): Promise<void> {
  await page.locator("a.item", { hasText: text }).first().click();
}

/** Takes an issuance to where the payer chooses an account. */
export async function agreeAndOpen(issuer: Person, payer: Person, text: string): Promise<void> {
  await openItem(payer, text);
  await button(payer.page, "Agree to pay").click();
  await button(issuer.page, "Open the issuance").click();
  await button(payer.page, /^(Pay from|Send this account)/).waitFor();
}

/** The steps on the timeline, as they can be read. */
export async function stepsOf({ page }: Person): Promise<string[]> {
  const texts = await page.locator(".tally li .say").allInnerTexts();
  return texts.map((text) =>
    text
      .replace(/^\d\d:\d\d:\d\d|^now/, "")
      .replace(/\s+/g, " ")
      .trim(),
  );
}

/** Says what a refusal says: what happened, the money, what to do. */
export async function refusalOf({ page }: Pick<Person, "page">): Promise<string[]> {
  const refusal = page.locator(".refusal");
  await refusal.waitFor();
  return Promise.all(
    ["h3", ".money-is span", ".next"].map((part) => refusal.locator(part).last().innerText()),
  );
}
