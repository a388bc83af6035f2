// about 12 s, mostly waiting
/** A store that goes back in time, as the people see it: what is said, what can still be done, and how it goes on. */
import { connect, type IssuerIssuance, type Terminal } from "@tallystick/client";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { rememberStore } from "../helpers/rewind.ts";
import { executablePath, type Pages, type Person, startPages } from "./browser.ts";
import { button, openItem, refusalOf } from "./people.ts";

const fences = suite("a store that went back, in a browser");
const test = executablePath ? fences : fences.skip;

let redis: TestRedis;
let client: Redis;
let pages: Pages;
let issuer: Terminal;
fences.before(async () => {
  if (!executablePath) return;
  redis = await startRedis();
  client = redis.client();
  pages = await startPages({ redisUrl: redis.url });
});
fences.after(async () => {
  if (!executablePath) return;
  await pages.close();
  await redis.stop();
});
fences.before.each(async () => {
  if (!executablePath) return;
  issuer = await connect(pages.hub.url, {
    token: await pages.hub.token("lotus-trading"),
    onError: () => undefined,
  });
});
fences.after.each(async () => {
  if (!executablePath) return;
  await issuer.close();
  await pages.leave();
});

/** The line of a person's page alone. */
async function away({ page, context }: Person): Promise<void> {
  await context.setOffline(true);
  pages.line.cut();
  await page.getByText("Offline since").waitFor();
}

async function back({ page, context }: Person): Promise<void> {
  await context.setOffline(false);
  await button(page, "Try now").click();
  await page.getByText("Back at").waitFor();
}

async function decide(id: string): Promise<void> {
  const operator = await pages.hub.token("bank", { operator: true });
  const { status } = await fetch(`${pages.hub.url}/v1/fences/${id}`, {
    method: "POST",
    headers: { authorization: `Bearer ${operator}`, "content-type": "application/json" },
    body: JSON.stringify({ decision: "resume" }),
  });
  assert.is(status, 200);
}

/** An issuance that the payer has agreed to and sees, which then is opened and gone back while its page is away. */
async function fencedByIssuer(payer: Person, amount: number): Promise<IssuerIssuance> {
  const issuance = await issuer.requestPayer({ payer: "acme", amount, currency: "CNY" });
  await openItem(payer, `${amount / 100}.00`);
  await button(payer.page, "Agree to pay").click();
  await issuance.until("agreed");
  await payer.page.getByText("You have agreed.").waitFor();
  const rewind = await rememberStore(client);
  await away(payer);
  await issuance.open();
  await rewind();
  await back(payer);
  await issuance.sync().catch(() => undefined);
  return issuance;
}

test("what another party shows to be lost is said at once, and goes on when the operator has decided", async () => {
  const payer = await pages.person({ party: "acme" });
  const issuance = await fencedByIssuer(payer, 7100);
  assert.equal(await refusalOf(payer), [
    "The hub’s store has gone back behind what was seen of this",
    "As before. Nothing moves until an operator decides.",
    "Wait: the operator has been told. It can still be ended, by the deadline too.",
  ]);
  assert.ok(await button(payer.page, "Cancel this issuance").isVisible());
  await payer.page.locator("a.item", { hasText: "The operator decides" }).waitFor();
  await decide(issuance.id);
  await button(payer.page, "Look again").click();
  await payer.page.locator(".refusal").waitFor({ state: "detached" });
  const anew = await issuer.issuance(issuance.id);
  if (anew.role === "issuer") await anew.open();
  await button(payer.page, "Pay from funds account ending 2233").click();
  await payer.page.getByText("looks at your account").waitFor();
  if (anew.role === "issuer") await anew.accept();
  await payer.page.getByText("Frozen and issued").waitFor();
});

test("under a fence nothing but an end is offered", async () => {
  const payer = await pages.person({ party: "acme" });
  await fencedByIssuer(payer, 7200);
  await payer.page.getByText("gone back behind what was seen").waitFor();
  assert.equal(await payer.page.locator(".act button").allInnerTexts(), [
    "Look again",
    "Cancel this issuance",
  ]);
  await button(payer.page, "Cancel this issuance").click();
  await button(payer.page, "Cancel this issuance").click();
  await payer.page.locator(".cut-off", { hasText: "Cancelled" }).waitFor();
});

test("of a voucher whose acceptance the store has lost one sees what the hub still has, and waits for the operator", async () => {
  const [payer, beneficiary] = (await Promise.all(
    ["acme", "harrow-steel"].map((party) => pages.person({ party })),
  )) as [Person, Person];
  const terms = { payer: "acme", amount: 7300, currency: "CNY", beneficiary: "harrow-steel" } as const;
  const issuance = await issuer.requestPayer({ ...terms, review: "none" });
  await openItem(payer, "73.00");
  await button(payer.page, "Agree to pay").click();
  await issuance.until("agreed");
  await issuance.open();
  await button(payer.page, "Pay from funds account ending 2233").click();
  await openItem(beneficiary, "73.00");
  await button(beneficiary.page, "Accept the voucher").waitFor();
  const rewind = await rememberStore(client);
  await button(beneficiary.page, "Accept the voucher").click();
  await button(beneficiary.page, /^Draw$/).waitFor();
  await rewind();
  await button(beneficiary.page, /^Draw$/).click();
  await button(beneficiary.page, "Draw 73.00").click();
  await beneficiary.page.getByText("The hub’s store no longer has what is shown here").waitFor();
  assert.is((await refusalOf(beneficiary))[1], "As before. Nothing moves until an operator decides.");
  await button(beneficiary.page, "Show what the hub has").click();
  await beneficiary.page.getByText("Issued, not yet accepted").waitFor();
  assert.is(await button(beneficiary.page, "Accept the voucher").count(), 0);
  await decide(`v${issuance.id}`);
  await button(beneficiary.page, "Look again").click();
  await button(beneficiary.page, "Accept the voucher").click();
  await button(beneficiary.page, /^Draw$/).waitFor();
});

fences.run();
