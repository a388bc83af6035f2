/** A book in which everything has happened that random steps pass by: time, fences, outages, decisions, keys. */
import { setTimeout } from "node:timers/promises";
import * as assert from "uvu/assert";
import { partitionKeys } from "../../server/ledger/keys.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import { BENEFICIARY, CREDIT, FROM, ISSUER, PAYER, VoucherBook } from "../audit/vouchers.ts";
import type { TestLedger } from "../ledger/start-ledger.ts";

export const KEY = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
const OTHER_DIGEST = "0123456789ab";
const ACCOUNT = { number: FROM, holder: "Acme Ltd" };

let commands = 0;
const fresh = () => ({ commandId: `e-${++commands}` });

/** What is left to go on with in the book. */
export interface Eventful {
  /** An issuance whose account is verified. */
  verified: string;
  /** A voucher under approval with two drawings that wait. */
  waiting: string;
  /** A settlement that could not be paid. */
  failed: string;
  /** An issuance and a voucher that are fenced. */
  fencedIssuance: string;
  fencedVoucher: string;
  /** A voucher that has expired by itself. */
  expired: string;
}

export async function fillEventfully(book: TestLedger): Promise<Eventful> {
  const { ledger, options } = book;
  const vouchers = new VoucherBook(book);
  await vouchers.begin();
  await changeAccounts(book);
  const hasty = new Ledger({ ...options, respondWithinMs: 1 });
  const late = await request(hasty);
  const expired = await vouchers.issue({ validFor: 1, approval: { by: "payer", within: 1 } });
  await vouchers.draw(expired, 100);
  const issuances = await fenceIssuances(ledger);
  const verified = await reach(ledger);
  const failed = await settle(vouchers);
  const waiting = await outage(book, vouchers);
  const fencedVoucher = await fenceVouchers(book, vouchers);
  await noteMissing(ledger);
  await ledger.revocations.revoke("acme");
  await ledger.forget("nobody");
  await ledger.publishedKeys.publish({ x: KEY, until: (await ledger.now()) + 3_600_000 });
  await setTimeout(1100);
  assert.is((await ledger.expire(late)).kind, "done");
  // Silence honours the drawing, the warning comes, and then it has expired.
  for (let times = 0; times < 3; times++) await ledger.vouchers.advance(expired);
  // What silence honours is put off by the sweep as it comes by.
  await ledger.vouchers.advance(waiting);
  return { verified, waiting, failed, fencedIssuance: issuances, fencedVoucher, expired };
}

async function changeAccounts({ accounts }: TestLedger): Promise<void> {
  const name = { party: PAYER, number: "EXTRA" };
  const common = { holder: "Acme · Ltd", status: "active" } as const;
  await accounts.put(name, { ...common, kind: "funds", currency: "CNY", balance: 500 });
  await accounts.put(name, { ...common, kind: "funds", currency: "EUR", balance: 700 });
  await accounts.put(name, { ...common, kind: "credit", currency: "EUR", limit: 900 });
  await accounts.adjust(name, { amount: -100, reference: "less | than before" });
  await accounts.setStatus(name, "blocked", { writeId: "block".padEnd(22, "-") });
  const other = { party: BENEFICIARY, number: "EXTRA" };
  await accounts.put(other, { ...common, kind: "funds", currency: "JPY", balance: Number.MAX_SAFE_INTEGER });
  await accounts.put(
    { ...other, number: "MORE" },
    { ...common, kind: "funds", currency: "JPY", balance: 5e15 },
  );
}

async function request(ledger: Ledger, payer = PAYER): Promise<string> {
  const offer = { payer, amount: 100, currency: "CNY", memo: "a | b", review: "every" } as const;
  const made = await ledger.requestPayer({ party: ISSUER }, { ...fresh(), ...offer });
  assert.ok(made.kind === "done");
  return made.snapshot.issuanceId;
}

/** Up to a verified account, through a refused one and a change. */
async function reach(ledger: Ledger): Promise<string> {
  const issuanceId = await request(ledger);
  const [issuer, payer] = [{ party: ISSUER }, { party: PAYER }];
  const intent = () => ({ ...fresh(), issuanceId });
  await ledger.execute("payer:agree", payer, intent());
  await ledger.execute("issuance:open", issuer, intent());
  await ledger.execute("account:submit", payer, { ...intent(), account: { ...ACCOUNT, holder: "Nobody" } });
  await ledger.execute("account:submit", payer, { ...intent(), account: ACCOUNT });
  await ledger.execute("account:change", payer, { ...intent(), reason: "another | one" });
  await ledger.execute("account:submit", payer, { ...intent(), account: { ...ACCOUNT, number: "EXTRA" } });
  const last = await ledger.execute("account:submit", payer, { ...intent(), account: ACCOUNT });
  assert.ok(last.kind === "done" && last.snapshot.state === "verified");
  return issuanceId;
}

/** One is fenced, others were decided about, ended under their fence, or are beyond the quota. */
async function fenceIssuances(ledger: Ledger): Promise<string> {
  const claim = { party: PAYER, version: 9, digest: OTHER_DIGEST };
  const resumed = await request(ledger);
  await ledger.fences.fence(resumed, claim);
  await ledger.fences.decide(resumed, { decision: "resume" });
  await ledger.fences.fence(resumed, { ...claim, version: 10 });
  await ledger.fences.decide(resumed, { decision: "resume" }, "resume".padEnd(22, "-"));
  const cancelled = await request(ledger);
  await ledger.fences.fence(cancelled, { ...claim, digest: undefined });
  await ledger.fences.decide(cancelled, { decision: "cancel", reason: "over" });
  const ended = await request(ledger);
  await ledger.fences.fence(ended, claim);
  await ledger.execute(
    "payer:decline",
    { party: PAYER },
    { ...fresh(), issuanceId: ended, reason: "no | no" },
  );
  const fenced = await request(ledger);
  await ledger.fences.fence(fenced, { ...claim, party: ISSUER });
  await ledger.fences.fence(fenced, claim);
  return fenced;
}

/** Paid out, failed for good, paid outside, tried elsewhere. */
async function settle(vouchers: VoucherBook): Promise<string> {
  const { settlements } = vouchers.book.ledger;
  const drawn = await vouchers.issue({ from: CREDIT });
  await vouchers.settle(await vouchers.draw(drawn, 10));
  await vouchers.draw(drawn, 20);
  const outside = await vouchers.draw(drawn, 30, "NOWHERE");
  await vouchers.settle(outside);
  await settlements.report(outside, "settled", "wire | 1");
  const failed = await vouchers.draw(drawn, 40, "NOWHERE");
  await vouchers.settle(failed);
  await settlements.redirect(failed, { party: PAYER, number: "NEITHER" });
  await vouchers.settle(failed);
  const elsewhere = await vouchers.draw(drawn, 50, "NOWHERE");
  await vouchers.settle(elsewhere);
  await settlements.redirect(elsewhere, { party: PAYER, number: FROM }, "redirect".padEnd(22, "-"));
  await vouchers.credit(elsewhere);
  await vouchers.book.accounts.repay({ party: PAYER, number: CREDIT }, { amount: 7, reference: "back" });
  await vouchers.book.accounts.show({ party: PAYER, number: CREDIT });
  return failed;
}

/** No hub was there for two hours in which drawings waited. */
async function outage({ ledger, store }: TestLedger, vouchers: VoucherBook): Promise<string> {
  const waiting = await vouchers.issue({ approval: { by: "issuer", within: 3600 } });
  await vouchers.draw(waiting, 100);
  const partition = ledger.partitionOf(PAYER);
  const swept = (await ledger.now()) - 7_200_000;
  await store.hset(partitionKeys.silence(partition), { swept });
  await ledger.deadlines.due(partition, { skip: 0, limit: 1 });
  await vouchers.draw(waiting, 200);
  return waiting;
}

/** One is fenced while a drawing waits, another was decided about, a third stops one party. */
async function fenceVouchers(book: TestLedger, vouchers: VoucherBook): Promise<string> {
  const { fences, vouchers: commands } = book.ledger;
  const claim = { version: 9, digest: OTHER_DIGEST };
  const issue = () => vouchers.issue({ approval: { by: "payer", within: 3600 } });
  const resumed = await issue();
  await vouchers.draw(resumed, 10);
  await fences.vouchers.fence(resumed, { party: BENEFICIARY, ...claim });
  await fences.vouchers.fence(resumed, { party: PAYER, ...claim });
  await fences.vouchers.resume(resumed, "resumed".padEnd(22, "-"));
  await commands.void(resumed, { reason: "over", reference: "void | 1" });
  const stopped = await issue();
  await fences.vouchers.fence(stopped, { party: ISSUER, ...claim });
  const fenced = await issue();
  await vouchers.draw(fenced, 10);
  await fences.vouchers.fenceForPayment(fenced, "2", OTHER_DIGEST);
  return fenced;
}

async function noteMissing(ledger: Ledger): Promise<void> {
  const home = ledger.partitionOf(PAYER);
  const claim = { party: PAYER, version: 3, digest: OTHER_DIGEST };
  await ledger.fences.noteMissing(`${home}-AAAAAAAAAAAAAAAA`, claim);
  await ledger.fences.noteMissing(`v${home}-BBBBBBBBBBBBBBBB`, claim);
  await ledger.fences.vouchers.resume(`v${home}-BBBBBBBBBBBBBBBB`);
}
