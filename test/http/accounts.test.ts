import { type Account, AccountPage, MAX_AMOUNT } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { accountPath, accountsPath, call, funds, issueVoucher, jsonOf, refusedWith } from "./client.ts";

const accounts = suite("the account book over HTTP");
let hub: TestHub;
let operator: string;

accounts.before(async () => {
  hub = await startHub();
  operator = await hub.token("bank", { operator: true });
});
accounts.after(() => hub.close());

const ask = (method: string, path: string, body?: unknown) =>
  call(hub, method, path, { token: operator, ...(body !== undefined && { body }) });
const put = (party: string, number: string, body: unknown) => ask("PUT", accountPath(party, number), body);
const get = async (party: string, number: string) =>
  jsonOf(await ask("GET", accountPath(party, number))) as Account;
const adjust = (party: string, number: string, amount: number, reference: string) =>
  ask("POST", `${accountPath(party, number)}/adjust`, { amount, reference });

/** An account of which some is frozen, by a voucher that was really issued. */
async function frozen(party: string, balance: number, amount: number): Promise<void> {
  await hub.putAccount(party, "1", funds(balance));
  await issueVoucher(hub, {
    issuer: "seller",
    payer: party,
    amount,
    account: { number: "1", holder: "Acme Ltd" },
  });
}

accounts("a PUT that makes an account answers 201, one that sets it anew 200, and GET reads it", async () => {
  const made = jsonOf(await put("made", "6222-01", funds(500)), 201);
  const expected = {
    party: "made",
    number: "6222-01",
    holder: "Acme Ltd",
    kind: "funds",
    currency: "CNY",
    balance: 500,
    frozen: 0,
    available: 500,
    status: "active",
  };
  assert.equal(made, expected);
  const anew = { ...expected, holder: "Acme Holding", currency: "JPY", balance: 7, available: 7 };
  const body = funds(7, { holder: "Acme Holding", currency: "JPY" });
  assert.equal(jsonOf(await put("made", "6222-01", body)), anew);
  assert.equal(await get("made", "6222-01"), anew);
});

accounts("a credit account has a limit and no balance", async () => {
  const body = { holder: "Acme Ltd", kind: "credit", currency: "USD", limit: 900 };
  const made = jsonOf(await put("credited", "1", body), 201);
  assert.equal(made, {
    party: "credited",
    number: "1",
    ...body,
    used: 0,
    frozen: 0,
    available: 900,
    status: "active",
  });
});

accounts("an account that does not exist is not found, and can't be adjusted", async () => {
  refusedWith(await ask("GET", accountPath("nobody", "1")), 404, "not_found");
  refusedWith(await adjust("nobody", "1", 5, "r1"), 404, "not_found");
  assert.equal(jsonOf(await ask("GET", accountsPath("nobody"))), { accounts: [] });
});

accounts("holders are kept as they were written, in every script", async () => {
  const holders = [
    "北京示例有限公司",
    "Ünïcode Straße GmbH",
    "Ａｃｍｅ　Ｌｔｄ",
    'O\'Neil & "Sons" <b>|%',
    "𠮷野家 🧾",
    "é".normalize("NFD"),
    "字".repeat(140),
  ];
  for (const [index, holder] of holders.entries()) {
    jsonOf(await put("writers", `w${index}`, funds(1, { holder })), 201);
    assert.is((await get("writers", `w${index}`)).holder, holder);
  }
});

accounts("sums are exact up to 2^53 - 1", async () => {
  for (const balance of [
    0,
    1,
    2 ** 31,
    2 ** 32 + 1,
    99_999_999_999_999,
    2 ** 52 + 1,
    MAX_AMOUNT - 1,
    MAX_AMOUNT,
  ]) {
    const answer = await put("exact", "1", funds(balance));
    assert.match(answer.text, `"balance":${balance},`);
    const account = await get("exact", "1");
    assert.equal([account.balance, account.available], [balance, balance]);
  }
});

accounts("an adjustment adds or takes a signed amount, of a balance or of a limit", async () => {
  await put("adjusted", "1", funds(100));
  assert.is((jsonOf(await adjust("adjusted", "1", 50, "in")) as Account).balance, 150);
  assert.is((jsonOf(await adjust("adjusted", "1", -150, "out")) as Account).balance, 0);
  await put("adjusted", "2", { holder: "Acme Ltd", kind: "credit", currency: "CNY", limit: 10 });
  assert.is((jsonOf(await adjust("adjusted", "2", 5, "in")) as Account).limit, 15);
});

accounts(
  "an adjustment repeated has its effect once, and the same answer though another came between",
  async () => {
    await put("repeated", "1", funds(100));
    const first = await adjust("repeated", "1", 30, "wire-1");
    await adjust("repeated", "1", 1, "wire-2");
    const again = await adjust("repeated", "1", 30, "wire-1");
    assert.equal([again.status, again.text], [first.status, first.text]);
    assert.is((await get("repeated", "1")).balance, 131);
  },
);

accounts("a reference used for another amount is a conflict and changes nothing", async () => {
  await put("contrary", "1", funds(100));
  await adjust("contrary", "1", 30, "wire-1");
  const problem = refusedWith(await adjust("contrary", "1", 31, "wire-1"), 409, "conflict");
  assert.match(problem.detail, "wire-1");
  refusedWith(await adjust("contrary", "1", -30, "wire-1"), 409, "conflict");
  assert.is((await get("contrary", "1")).balance, 130);
});

accounts("a reference belongs to its account alone", async () => {
  await put("referring", "1", funds(100));
  await put("referring", "2", funds(100));
  await adjust("referring", "1", 30, "wire-1");
  assert.is((jsonOf(await adjust("referring", "2", 40, "wire-1")) as Account).balance, 140);
});

accounts("one adjustment sent many times at once has its effect once", async () => {
  await put("hurried", "1", funds(0));
  const answers = await Promise.all(Array.from({ length: 20 }, () => adjust("hurried", "1", 7, "wire-1")));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assert.is((await get("hurried", "1")).balance, 7);
});

accounts("an adjustment never takes what is frozen, to the last unit", async () => {
  await frozen("freezing", 100, 60);
  refusedWith(await adjust("freezing", "1", -41, "too-much"), 422, "insufficient_funds");
  const account = jsonOf(await adjust("freezing", "1", -40, "all")) as Account;
  assert.equal([account.balance, account.frozen, account.available], [60, 60, 0]);
  refusedWith(await adjust("freezing", "1", -1, "one-more"), 422, "insufficient_funds");
});

accounts("a refused adjustment is not remembered: it passes once there is enough", async () => {
  await put("poor", "1", funds(5));
  refusedWith(await adjust("poor", "1", -10, "wire-1"), 422, "insufficient_funds");
  await adjust("poor", "1", 5, "wire-2");
  assert.is((jsonOf(await adjust("poor", "1", -10, "wire-1")) as Account).balance, 0);
});

accounts("an adjustment reaches 2^53 - 1 and not beyond", async () => {
  await put("rich", "1", funds(1));
  assert.is((jsonOf(await adjust("rich", "1", MAX_AMOUNT - 1, "most")) as Account).balance, MAX_AMOUNT);
  refusedWith(await adjust("rich", "1", 1, "one-more"), 400, "invalid_request");
  refusedWith(await adjust("rich", "1", MAX_AMOUNT, "twice"), 400, "invalid_request");
  assert.is((jsonOf(await adjust("rich", "1", -MAX_AMOUNT, "none")) as Account).balance, 0);
});

accounts("a PUT lower than what is frozen is refused; exactly that is not", async () => {
  await frozen("lowered", 100, 60);
  const problem = refusedWith(await put("lowered", "1", funds(59)), 422, "insufficient_funds");
  assert.match(problem.detail, "60");
  assert.is((await get("lowered", "1")).balance, 100);
  const account = jsonOf(await put("lowered", "1", funds(60))) as Account;
  assert.equal([account.balance, account.frozen, account.available], [60, 60, 0]);
});

accounts("kind and currency can't change while something is frozen; holder and balance can", async () => {
  await frozen("settled", 100, 60);
  const credit = { holder: "Acme Ltd", kind: "credit", currency: "CNY", limit: 100 };
  refusedWith(await put("settled", "1", credit), 409, "conflict");
  refusedWith(await put("settled", "1", funds(100, { currency: "USD" })), 409, "conflict");
  const account = jsonOf(await put("settled", "1", funds(200, { holder: "Acme Holding" }))) as Account;
  assert.equal([account.holder, account.balance, account.frozen], ["Acme Holding", 200, 60]);
});

accounts("blocking leaves what is frozen, lasts over a PUT without status, and can be undone", async () => {
  await frozen("blocked", 100, 60);
  const blocked = jsonOf(await put("blocked", "1", funds(100, { status: "blocked" }))) as Account;
  assert.equal([blocked.status, blocked.frozen, blocked.balance], ["blocked", 60, 100]);
  assert.is((jsonOf(await put("blocked", "1", funds(90))) as Account).status, "blocked");
  const active = jsonOf(await put("blocked", "1", funds(90, { status: "active" }))) as Account;
  assert.equal([active.status, active.frozen], ["active", 60]);
});

accounts("a blocked account can still be adjusted", async () => {
  await put("halted", "1", funds(100, { status: "blocked" }));
  assert.is((jsonOf(await adjust("halted", "1", 5, "in")) as Account).balance, 105);
});

accounts("accounts of the same number belong to their parties alone", async () => {
  for (const [party, balance] of [
    ["twin", 1],
    ["twin.b", 2],
    ["twin-c", 3],
  ] as const) {
    await put(party, "77", funds(balance));
  }
  await adjust("twin", "77", 10, "in");
  assert.is((await get("twin", "77")).balance, 11);
  assert.is((await get("twin.b", "77")).balance, 2);
  const { accounts: listed } = jsonOf(await ask("GET", accountsPath("twin"))) as AccountPage;
  assert.equal(
    listed.map(({ party }) => party),
    ["twin"],
  );
});

accounts("a party's accounts come in pages by number, each once", async () => {
  const numbers = ["0", "00", "1", "10", "2", "A", "a", "a-1", "z"];
  for (const number of numbers.toReversed()) await put("paged", number, funds(1));
  await put("paged", "A", funds(2));
  const seen: string[] = [];
  let query = "?limit=4";
  for (let pages = 0; query !== ""; pages++) {
    const page = AccountPage.parse(jsonOf(await ask("GET", `${accountsPath("paged")}${query}`)));
    seen.push(...page.accounts.map(({ number }) => number));
    query = page.next === undefined ? "" : `?limit=4&after=${page.next}`;
    assert.ok(pages < 3, "there are more pages than accounts for them");
  }
  assert.equal(seen, numbers.toSorted());
});

accounts("a page that ends with the last account names no next one", async () => {
  for (const number of ["1", "2"]) await put("even", number, funds(1));
  const page = jsonOf(await ask("GET", `${accountsPath("even")}?limit=2`)) as AccountPage;
  assert.equal([page.accounts.length, page.next], [2, undefined]);
  assert.equal(jsonOf(await ask("GET", `${accountsPath("even")}?after=2`)), { accounts: [] });
});

accounts("a page holds 100 accounts unless asked for others, and up to 1000", async () => {
  await Promise.all(Array.from({ length: 120 }, (_, index) => hub.putAccount("many", `n${index}`, funds(1))));
  const sizes = ["", "?limit=1", "?limit=119", "?limit=1000"].map(async (query) => {
    const page = jsonOf(await ask("GET", `${accountsPath("many")}${query}`)) as AccountPage;
    return [page.accounts.length, page.next !== undefined];
  });
  assert.equal(await Promise.all(sizes), [
    [100, true],
    [1, true],
    [119, true],
    [120, false],
  ]);
});

accounts.run();
