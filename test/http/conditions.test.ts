import type { Account } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import {
  type Answer,
  accountPath,
  call,
  funds,
  issueVoucher,
  jsonOf,
  problemOf,
  refusedWith,
} from "./client.ts";

const conditions = suite("ETag, If-Match and If-None-Match");
let hub: TestHub;
let operator: string;
let fresh = 0;

conditions.before(async () => {
  hub = await startHub();
  operator = await hub.token("bank", { operator: true });
});
conditions.after(() => hub.close());

function newParty(): string {
  fresh += 1;
  return `party-${fresh}`;
}

type Headers = Record<string, string>;
const ask = (method: string, path: string, body?: unknown, headers: Headers = {}) =>
  call(hub, method, path, { token: operator, headers, ...(body !== undefined && { body }) });
const put = (party: string, body: unknown, headers?: Headers) =>
  ask("PUT", accountPath(party, "1"), body, headers);
const get = (party: string, headers?: Headers) => ask("GET", accountPath(party, "1"), undefined, headers);
const adjust = (party: string, amount: number, reference: string, headers?: Headers) =>
  ask("POST", `${accountPath(party, "1")}/adjust`, { amount, reference }, headers);
const balanceOf = async (party: string) => (jsonOf(await get(party)) as Account).balance;

function tagOf({ status, headers, text }: Answer): string {
  assert.ok(status < 300, text);
  const tag = headers.get("etag") ?? "";
  assert.match(tag, /^"[\x21\x23-\x7e]+"$/);
  return tag;
}

/** Asserts that a condition was not met, and that the client is told so in its own status. */
function unmet(answer: Answer): void {
  assert.match(refusedWith(answer, 412, "conflict").detail, "Nothing was changed");
  assert.is(problemOf(answer).status, 412);
}

conditions("GET, HEAD and what has just written it tell the same tag of an account", async () => {
  const party = newParty();
  const made = tagOf(await put(party, funds(500)));
  assert.is(tagOf(await get(party)), made);
  assert.is(tagOf(await ask("HEAD", accountPath(party, "1"))), made);
  const adjusted = tagOf(await adjust(party, 5, "in"));
  assert.is(tagOf(await get(party)), adjusted);
  assert.is.not(adjusted, made);
});

conditions("whatever changes of what is shown, changes the tag", async () => {
  const party = newParty();
  const tags = [
    tagOf(await put(party, funds(500))),
    tagOf(await put(party, funds(501))),
    tagOf(await put(party, funds(501, { holder: "北京示例有限公司 🧾" }))),
    tagOf(await put(party, funds(501, { currency: "USD" }))),
    tagOf(await put(party, funds(501, { currency: "USD", status: "blocked" }))),
    tagOf(await put(party, { holder: "Acme Ltd", kind: "credit", currency: "USD", limit: 501 })),
    tagOf(await adjust(party, 2 ** 53 - 1 - 501, "most")),
    tagOf(await put(party, funds(500, { status: "active" }))),
  ];
  const account = { number: "1", holder: "Acme Ltd" };
  await issueVoucher(hub, { issuer: "seller", payer: party, amount: 20, account });
  tags.push(tagOf(await get(party)));
  await hub.running.accounts.setStatus({ party, number: "1" }, "blocked");
  tags.push(tagOf(await get(party)));
  // The eighth is what the first was.
  assert.is(tags[7], tags[0]);
  assert.is(new Set(tags).size, tags.length - 1);
  // The store makes the same tag of each of them.
  assert.is((await put(party, funds(600), { "if-match": tags.at(-1) as string })).status, 200);
});

conditions("of two that read the same and write, one is refused and loses nothing", async () => {
  const party = newParty();
  const tag = tagOf(await put(party, funds(0)));
  const bodies = Array.from({ length: 10 }, (_, index) => funds(100 + index));
  const answers = await Promise.all(bodies.map((body) => put(party, body, { "if-match": tag })));
  const done = answers.filter(({ status }) => status === 200);
  assert.is(done.length, 1);
  for (const answer of answers) if (answer !== done[0]) unmet(answer);
  assert.is(await balanceOf(party), (JSON.parse(done[0]?.text ?? "") as Account).balance);
});

conditions("a freeze that came in between is a change", async () => {
  const party = newParty();
  const tag = tagOf(await put(party, funds(100)));
  const account = { number: "1", holder: "Acme Ltd" };
  await issueVoucher(hub, { issuer: "seller", payer: party, amount: 60, account });
  unmet(await put(party, funds(90), { "if-match": tag }));
  unmet(await adjust(party, -10, "out", { "if-match": tag }));
  assert.is(await balanceOf(party), 100);
});

conditions("an adjustment with If-Match is done when it is true, and its repeat is no new one", async () => {
  const party = newParty();
  const tag = tagOf(await put(party, funds(100)));
  const first = await adjust(party, 5, "in", { "if-match": tag });
  assert.is((jsonOf(first) as Account).balance, 105);
  assert.is((await adjust(party, 5, "in", { "if-match": tag })).text, first.text);
  unmet(await adjust(party, 5, "in-2", { "if-match": tag }));
});

/** What If-Match holds where TAG is the account's, and whether the write is done. */
const MATCHES: [string, boolean][] = [
  ["TAG", true],
  ["*", true],
  ['"other", TAG', true],
  ['TAG,"other"', true],
  [' , "a,b" ,, \tTAG , ', true],
  ['W/"other",TAG', true],
  ["W/TAG", false],
  ['"other"', false],
  ['""', false],
  ['"*"', false],
];
for (const [header, isDone] of MATCHES) {
  conditions(`If-Match: ${header} is ${isDone ? "met" : "not met"}`, async () => {
    const party = newParty();
    const tag = tagOf(await put(party, funds(1)));
    const answer = await put(party, funds(2), { "if-match": header.replace("TAG", tag) });
    if (isDone) jsonOf(answer);
    else unmet(answer);
    assert.is(await balanceOf(party), isDone ? 2 : 1);
  });
}

for (const header of [
  "",
  "tag",
  "'tag'",
  '"tag',
  '"a" "b"',
  '* , "a"',
  'w/"tag"',
  '"a b"',
  " ".repeat(9000),
]) {
  conditions(`If-Match: ${header.slice(0, 20)} is no list of tags, and is refused`, async () => {
    const party = newParty();
    await put(party, funds(1));
    for (const name of ["if-match", "if-none-match"]) {
      const answer = await put(party, funds(2), { [name]: header });
      assert.match(refusedWith(answer, 400, "invalid_request").detail, name);
    }
    assert.is(await balanceOf(party), 1);
  });
}

conditions("If-Match never makes an account", async () => {
  const party = newParty();
  unmet(await put(party, funds(1), { "if-match": "*" }));
  unmet(await put(party, funds(1), { "if-match": '"other"' }));
  assert.is((await get(party)).status, 404);
  // What is not there is not found, whatever is asked of it.
  refusedWith(await adjust(party, 1, "in", { "if-match": "*" }), 404, "not_found");
});

conditions("If-None-Match: * makes an account and never sets one anew", async () => {
  const party = newParty();
  const bodies = Array.from({ length: 10 }, (_, index) => funds(index));
  const answers = await Promise.all(bodies.map((body) => put(party, body, { "if-none-match": "*" })));
  const done = answers.filter(({ status }) => status === 201);
  assert.is(done.length, 1);
  for (const answer of answers) if (answer !== done[0]) unmet(answer);
});

conditions("If-None-Match with tags refuses the account that has one of them, a weak one too", async () => {
  const party = newParty();
  const tag = tagOf(await put(party, funds(1)));
  unmet(await put(party, funds(2), { "if-none-match": `"other", ${tag}` }));
  unmet(await put(party, funds(2), { "if-none-match": `W/${tag}` }));
  unmet(await put(party, funds(2), { "if-match": tag, "if-none-match": tag }));
  assert.is((await put(party, funds(2), { "if-match": tag, "if-none-match": '"other"' })).status, 200);
});

conditions("a GET with the tag that the account still has is answered 304, without a body", async () => {
  const party = newParty();
  const tag = tagOf(await put(party, funds(1)));
  const known = await get(party, { "if-none-match": tag, "cache-control": "max-age=0" });
  assert.equal([known.status, known.text, known.headers.get("etag")], [304, "", tag]);
  await put(party, funds(2));
  assert.is((await get(party, { "if-none-match": tag, "cache-control": "max-age=0" })).status, 200);
});

conditions(
  "a condition that is not met comes before what else is wrong, and leaves the key free",
  async () => {
    const party = newParty();
    await put(party, funds(1));
    const headers = { "if-match": '"other"', "idempotency-key": "k-unmet" };
    unmet(await adjust(party, -5, "out", headers));
    assert.is((await put(party, funds(3), { "idempotency-key": "k-unmet" })).status, 200);
  },
);

conditions(
  "a write that comes again with its key is answered as it was, its condition notwithstanding",
  async () => {
    const party = newParty();
    const tag = tagOf(await put(party, funds(1)));
    const headers = { "if-match": tag, "idempotency-key": "k-repeated" };
    const first = await put(party, funds(2), headers);
    assert.is(first.status, 200);
    const again = await put(party, funds(2), headers);
    assert.equal([again.status, again.text, again.headers.get("etag")], [200, first.text, tagOf(first)]);
  },
);

conditions.run();
