import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { accountPath, accountsPath, call, funds, jsonOf, refusedWith } from "./client.ts";

const input = suite("malformed input over HTTP");
let hub: TestHub;
let operator: string;

input.before(async () => {
  hub = await startHub();
  operator = await hub.token("bank", { operator: true });
  await hub.putAccount("acme", "1", funds(1000));
});
input.after(() => hub.close());

const PATH = accountPath("acme", "1");
const good = funds(1000);
const credit = { holder: "Acme Ltd", kind: "credit", currency: "CNY", limit: 5 };
const without = (name: keyof typeof good) =>
  Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));

/** Bodies of PUT that are refused, and what the issue names. */
const PUTS: [string, unknown, string][] = [
  ["an empty text", "", "kind"],
  ["an array", [], ""],
  ["an empty object", {}, "kind"],
  ["no holder", without("holder"), "holder"],
  ["no balance", without("balance"), "balance"],
  ["no currency", without("currency"), "currency"],
  ["a kind that there is not", { ...good, kind: "gold" }, "kind"],
  ["a kind of the prototype", { ...good, kind: "constructor" }, "kind"],
  ["an unknown field", { ...good, frozen: 0 }, ""],
  ["a limit beside the balance", { ...good, limit: 5 }, ""],
  ["a balance of a credit account", { ...credit, balance: 5 }, ""],
  ["a credit account without a limit", { ...credit, limit: undefined }, "limit"],
  ["a balance of text", { ...good, balance: "1000" }, "balance"],
  ["a balance of null", { ...good, balance: null }, "balance"],
  ["a balance below zero", { ...good, balance: -1 }, "balance"],
  ["a balance with a fraction", { ...good, balance: 10.5 }, "balance"],
  ["a balance of 2^53", { ...good, balance: 2 ** 53 }, "balance"],
  ["a balance as a boolean", { ...good, balance: true }, "balance"],
  ["an empty holder", { ...good, holder: "" }, "holder"],
  ["a holder of white space", { ...good, holder: " \u3000 " }, "holder"],
  ["a holder of 141 characters", { ...good, holder: "字".repeat(141) }, "holder"],
  ["a holder with a line break", { ...good, holder: "Acme\nLtd" }, "holder"],
  ["a holder with a zero", { ...good, holder: "Acme\0" }, "holder"],
  ["a holder with half a character", { ...good, holder: "Acme \ud83d" }, "holder"],
  ["a holder of a number", { ...good, holder: 5 }, "holder"],
  ["a holder of an object", { ...good, holder: { toString: "Acme" } }, "holder"],
  ["a currency in small letters", { ...good, currency: "cny" }, "currency"],
  ["a currency that there is not", { ...good, currency: "XXX" }, "currency"],
  ["a currency of the prototype", { ...good, currency: "toString" }, "currency"],
  ["a status that there is not", { ...good, status: "closed" }, "status"],
  ["a status of null", { ...good, status: null }, "status"],
];

for (const [what, body, path] of PUTS) {
  input(`a PUT with ${what} is refused, with where it is wrong`, async () => {
    const answer = await call(hub, "PUT", PATH, { token: operator, body });
    const { details } = refusedWith(answer, 400, "invalid_request");
    const issues = (details?.issues ?? []) as { path: string }[];
    assert.ok(
      issues.some((issue) => issue.path === path),
      JSON.stringify(issues),
    );
  });
}

/** Bodies of adjust that are refused. */
const ADJUSTMENTS: [string, unknown, string][] = [
  ["no amount", { reference: "r" }, "amount"],
  ["no reference", { amount: 5 }, "reference"],
  ["an amount of zero", { amount: 0, reference: "r" }, "amount"],
  ["an amount with a fraction", { amount: 0.1, reference: "r" }, "amount"],
  ["an amount of 2^53", { amount: 2 ** 53, reference: "r" }, "amount"],
  ["an amount of -2^53", { amount: -(2 ** 53), reference: "r" }, "amount"],
  ["an amount of text", { amount: "5", reference: "r" }, "amount"],
  ["an empty reference", { amount: 5, reference: "" }, "reference"],
  ["a reference of 65 characters", { amount: 5, reference: "r".repeat(65) }, "reference"],
  ["a reference with a blank", { amount: 5, reference: "a b" }, "reference"],
  ["a reference with a line break at its end", { amount: 5, reference: "a\n" }, "reference"],
  ["a reference of a number", { amount: 5, reference: 7 }, "reference"],
  ["an unknown field", { amount: 5, reference: "r", currency: "CNY" }, ""],
];

for (const [what, body, path] of ADJUSTMENTS) {
  input(`an adjustment with ${what} is refused, with where it is wrong`, async () => {
    const answer = await call(hub, "POST", `${PATH}/adjust`, { token: operator, body });
    const { details } = refusedWith(answer, 400, "invalid_request");
    const issues = (details?.issues ?? []) as { path: string }[];
    assert.ok(
      issues.some((issue) => issue.path === path),
      JSON.stringify(issues),
    );
  });
}

/** Texts that are no JSON, or not what they seem. */
const TEXTS: [string, string][] = [
  ["half an object", '{"holder":'],
  ["a blank", " "],
  ["a bare text", '"account"'],
  ["a bare number", "1"],
  ["null", "null"],
  ["a comment", `/* */ ${JSON.stringify(good)}`],
  ["not a number", '{"holder":"A","kind":"funds","currency":"CNY","balance":NaN}'],
  ["an endless number", '{"holder":"A","kind":"funds","currency":"CNY","balance":1e999}'],
  ["a number past 2^53", '{"holder":"A","kind":"funds","currency":"CNY","balance":9007199254740993}'],
  ["a __proto__", `{"__proto__":{"status":"active"},${JSON.stringify(good).slice(1)}`],
  ["a constructor", `{"constructor":{"prototype":{}},${JSON.stringify(good).slice(1)}`],
  ["a depth of thousands", `{"holder":${"[".repeat(5000)}${"]".repeat(5000)}}`],
];

for (const [what, body] of TEXTS) {
  input(`a body of ${what} is refused`, async () => {
    refusedWith(await call(hub, "PUT", PATH, { token: operator, body }), 400, "invalid_request");
  });
}

/** Paths and queries that are refused; each would be read by GET. */
const ADDRESSES: [string, string][] = [
  ["a party in capitals", accountPath("Acme", "1")],
  ["a party of 65 characters", accountPath("a".repeat(65), "1")],
  ["a party with a colon", accountPath("acme%3A1", "1")],
  ["a party with a brace", accountPath("%7B0%7D", "1")],
  ["an account number of 35 characters", accountPath("acme", "1".repeat(35))],
  ["an account number with a colon", accountPath("acme", "1%3Afreezes")],
  ["an account number with a line break", accountPath("acme", "1%0A")],
  ["an account number with a slash", accountPath("acme", "1%2F2")],
  ["an account number that is badly encoded", accountPath("acme", "%E0%A4%A")],
  ["a party that is badly encoded", accountPath("%zz", "1")],
  ["a limit of 0", `${accountsPath("acme")}?limit=0`],
  ["a limit of 1001", `${accountsPath("acme")}?limit=1001`],
  ["a limit below zero", `${accountsPath("acme")}?limit=-1`],
  ["a limit with a fraction", `${accountsPath("acme")}?limit=1.5`],
  ["an empty limit", `${accountsPath("acme")}?limit=`],
  ["a limit of another notation", `${accountsPath("acme")}?limit=0x10`],
  ["two limits", `${accountsPath("acme")}?limit=1&limit=2`],
  ["an after that is no account number", `${accountsPath("acme")}?after=%5Bx`],
  ["an unknown question", `${accountsPath("acme")}?offset=5`],
  ["a question of the prototype", `${accountsPath("acme")}?__proto__=5`],
  ["an issuance's id that is none", "/v1/issuances/1"],
  ["an issuance's id with a brace", "/v1/issuances/%7D-aaaaaaaaaaaaaaaa"],
  ["a voucher's id that is an issuance's", "/v1/vouchers/1-aaaaaaaaaaaaaaaa"],
];

for (const [what, path] of ADDRESSES) {
  input(`an address with ${what} is refused`, async () => {
    refusedWith(await call(hub, "GET", path, { token: operator }), 400, "invalid_request");
  });
}

input("a body larger than 16 KiB is refused, and one just as large is read", async () => {
  const padded = (bytes: number) => JSON.stringify(good).padEnd(bytes, " ");
  jsonOf(await call(hub, "PUT", PATH, { token: operator, body: padded(16 * 1024) }));
  const answer = await call(hub, "PUT", PATH, { token: operator, body: padded(16 * 1024 + 1) });
  refusedWith(answer, 413, "invalid_request");
});

input("a body of another media type is refused, with the one that is taken", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/xml", "json"]) {
    const options = { token: operator, body: JSON.stringify(good), headers: { "content-type": type } };
    const answer = await call(hub, "PUT", PATH, options);
    refusedWith(answer, 415, "invalid_request");
    assert.is(answer.headers.get("accept"), "application/json");
  }
});

input("a request without a body is told that it needs one", async () => {
  const problem = refusedWith(await call(hub, "PUT", PATH, { token: operator }), 415, "invalid_request");
  assert.match(problem.detail, "The body must be JSON");
});

input("a body in another character set is refused", async () => {
  const headers = { "content-type": "application/json; charset=iso-8859-1" };
  const answer = await call(hub, "PUT", PATH, { token: operator, body: good, headers });
  refusedWith(answer, 415, "invalid_request");
});

input("a compressed body is refused, so that none grows on its way in", async () => {
  const response = await fetch(`${hub.url}${PATH}`, {
    method: "PUT",
    headers: {
      authorization: `Bearer ${operator}`,
      "content-type": "application/json",
      "content-encoding": "gzip",
    },
    body: gzipSync(JSON.stringify(good)),
  });
  const answer = { status: response.status, headers: response.headers, text: await response.text() };
  refusedWith(answer, 415, "invalid_request");
});

input("a message with thousands of faults is answered with a few of them", async () => {
  const body = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, 1]));
  const answer = await call(hub, "PUT", PATH, { token: operator, body: { ...good, ...body } });
  refusedWith(answer, 400, "invalid_request");
  assert.ok(answer.text.length < 2000, `${answer.text.length} characters`);
});

input("what was sent is not repeated in the answer", async () => {
  for (const body of ['{"holder":"Confidential Ltd', { ...good, holder: "Confidential Ltd\n" }]) {
    const answer = await call(hub, "PUT", PATH, { token: operator, body });
    refusedWith(answer, 400, "invalid_request");
    assert.not.match(answer.text, "Confidential");
  }
});

input("after all of it the account is as it was", async () => {
  const { text } = await call(hub, "GET", PATH, { token: operator });
  assert.match(text, '"holder":"Acme Ltd"');
  assert.match(text, '"balance":1000,');
});

input.run();
