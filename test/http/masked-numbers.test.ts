/** Account numbers over HTTP: masked where a page asks for that, whole for programs, whose reading is in the log. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Account, AccountPage, AuditReport, Settlement } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NumberMasks } from "../../server/http/number-masks.ts";
import { ROUTES } from "../../server/http/routes.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal } from "../helpers/raw-terminal.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { accountPath, accountsPath, call, funds, jsonOf, refusedWith } from "./client.ts";

const numbers = suite("account numbers over HTTP");
const NUMBERS = ["6222020200112233", "6222020200112234", "6222020200112235"] as const;
const [NUMBER] = NUMBERS;
const PAID = "9558820200445566";

let hub: TestHub;
let operator: string;
let settlementId: string;
const logged: { msg: string; route: string; by: string; of?: string }[] = [];
numbers.before(async () => {
  hub = await startHub({
    settings: { ARCHIVE_URL: `file:${join(temporaryFolder(), "archive.db")}`, LOG_LEVEL: "info" },
    onLog: (line) => logged.push(JSON.parse(line)),
  });
  operator = await hub.token("bank", { operator: true });
  for (const number of NUMBERS) await hub.putAccount("acme", number, funds(9000));
  settlementId = await failSettlement();
  while ((await hub.running.archive.ask("findAccounts", { limit: 10 })).found.length < 4) await sleep(20);
});
numbers.after(() => hub.close());

/** A drawing whose payee's account was turned into a line of credit just before it was to be paid. */
async function failSettlement(): Promise<string> {
  await hub.putAccount("pearl", PAID, funds(0, { holder: "Pearl" }));
  const [issuer, payer] = [await connectTerminal(hub, "pearl"), await connectTerminal(hub, "acme")];
  const terms = { payer: "acme", amount: 500, currency: "CNY", review: "none" } as const;
  const approval = { by: "payer", within: 3600 } as const;
  const { issuanceId } = (await issuer.accepted("payer:request", { ...terms, approval })).issuance;
  await payer.accepted("payer:agree", { issuanceId });
  await issuer.accepted("issuance:open", { issuanceId });
  await payer.accepted("account:submit", { issuanceId, account: { number: NUMBER, holder: "Acme Ltd" } });
  const voucherId = `v${issuanceId}`;
  const to = { number: PAID, holder: "Pearl" };
  const drawn = (await issuer.send("voucher:draw", { commandId: "draw-it", voucherId, to })) as {
    event: { version: number };
  };
  await hub.putAccount("pearl", PAID, { holder: "Pearl", kind: "credit", currency: "CNY", limit: 0 });
  const drawingId = String(drawn.event.version);
  const approved = (await payer.send("drawing:approve", { commandId: "do-it", voucherId, drawingId })) as {
    event: { version: number };
  };
  issuer.close();
  payer.close();
  return `${voucherId}.${approved.event.version}`;
}

const MASKED = { prefer: "numbers=masked" };
const ask = (
  method: string,
  path: string,
  { body, headers = MASKED }: { body?: unknown; headers?: object } = {},
) =>
  call(hub, method, path, { token: operator, headers: { ...headers }, ...(body !== undefined && { body }) });
const accountOf = async (number: string, headers: object = MASKED) =>
  jsonOf(await ask("GET", accountPath("acme", number), { headers })) as Account;

const isWhole = (text: string) => [...NUMBERS, PAID].some((number) => text.includes(number));

const handle = async () => (await accountOf(NUMBER)).number;
/** How each route that knows numbers is asked, by a handle where it takes one. */
const ASKED: { [route: string]: () => Promise<{ path: string; body?: unknown }> } = {
  "GET /v1/parties/:party/accounts": async () => ({ path: accountsPath("acme") }),
  "GET /v1/parties/:party/accounts/:number": async () => ({ path: accountPath("acme", await handle()) }),
  "PUT /v1/parties/:party/accounts/:number": async () => ({
    path: accountPath("acme", await handle()),
    body: funds(9100),
  }),
  "POST /v1/parties/:party/accounts/:number/adjust": async () => ({
    path: `${accountPath("acme", await handle())}/adjust`,
    body: { amount: 1, reference: "masked" },
  }),
  "POST /v1/parties/:party/accounts/:number/repay": async () => ({
    path: `${accountPath("pearl", (await settled()).to.number)}/repay`,
    body: { amount: 1, reference: "masked" },
  }),
  "GET /v1/accounts": async () => ({ path: "/v1/accounts" }),
  "GET /v1/parties/:party/accounts/:number/entries": async () => ({
    path: `${accountPath("acme", await handle())}/entries`,
  }),
  "GET /v1/settlements": async () => ({ path: "/v1/settlements" }),
  "GET /v1/settlements/:id": async () => ({ path: `/v1/settlements/${settlementId}` }),
  "POST /v1/settlements/:id": async () => ({
    path: `/v1/settlements/${settlementId}`,
    body: { state: "settled", reference: "paid-by-hand" },
  }),
  "GET /v1/audit": async () => ({ path: "/v1/audit" }),
  "POST /v1/audit": async () => ({ path: "/v1/audit" }),
};
const settled = async () => jsonOf(await ask("GET", `/v1/settlements/${settlementId}`)) as Settlement;

for (const { method, path, numbers: known } of ROUTES.filter((route) => route.numbers === "masked if asked"))
  numbers(`${method} ${path} answers none where masks are asked for`, async () => {
    const asked = await ASKED[`${method} ${path}`]?.();
    assert.ok(asked && known, `${method} ${path} is in no row here`);
    const { path: address, body } = asked;
    const { status, text } = await ask(method, address, { body });
    // Nothing is used of the line of credit, so that nothing can be repaid.
    assert.ok(status < 300 || path.endsWith("/repay"), text);
    assert.not(isWhole(text), text);
  });

numbers(
  "a handle is the account's number for who asks, says its last digits, and is always the same",
  async () => {
    const masked = await accountOf(NUMBER);
    assert.match(masked.number, /^~/);
    assert.is(masked.last4, "2233");
    const whole = await accountOf(NUMBER, {});
    const { last4: _, ...same } = masked;
    assert.equal({ ...same, number: NUMBER }, whole);
    assert.equal(await accountOf(masked.number, {}), masked);
    const shown = await ask("POST", `${accountPath("acme", masked.number)}/show`);
    assert.is((jsonOf(shown) as Account).number, NUMBER);
    const entries = await ask("GET", `${accountPath("acme", masked.number)}/entries`);
    assert.is(entries.status, 200);
  },
);

numbers("lists go on from page to page by handles, each account once", async () => {
  for (const path of [accountsPath("acme"), "/v1/accounts"]) {
    const seen: (string | undefined)[] = [];
    let next: string | undefined;
    do {
      const query: string = `?limit=1${next === undefined ? "" : `&after=${next}`}`;
      const answer = await ask("GET", `${path}${query}`);
      assert.not(isWhole(answer.text));
      const page = jsonOf(answer) as AccountPage;
      seen.push(...page.accounts.filter(({ party }) => party === "acme").map(({ last4 }) => last4));
      next = page.next;
    } while (next !== undefined);
    assert.equal(seen, ["2233", "2234", "2235"]);
  }
});

numbers("a handle of another party's, of another secret, or altered, is no account", async () => {
  const { number } = await accountOf(NUMBER);
  const other = new NumberMasks("another secret").seal("acme", NUMBER);
  const altered = number.slice(0, -1) + (number.endsWith("A") ? "B" : "A");
  refusedWith(await ask("GET", accountPath("pearl", number)), 404, "not_found");
  for (const forged of [other, altered, "~", "~AAAA", `~${"A".repeat(200)}`])
    refusedWith(await ask("GET", accountPath("acme", forged)), 404, "not_found");
  refusedWith(await ask("GET", `${accountsPath("acme")}?after=${other}`), 400, "invalid_request");
});

numbers(
  "what an operator's program reads in whole leaves a line in the log, without the number; a party's own does not",
  async () => {
    logged.splice(0);
    await accountOf(NUMBER, {});
    await ask("GET", "/v1/settlements?state=open", { headers: {} });
    await accountOf(NUMBER);
    await call(hub, "GET", accountsPath("acme"), { token: await hub.token("acme") });
    assert.equal(
      logged
        .filter(({ msg }) => msg === "whole account numbers were read")
        .map(({ route, by, of }) => [route, by, of]),
      [
        ["/v1/parties/:party/accounts/:number", "bank", "acme"],
        ["/v1/settlements", "bank", undefined],
      ],
    );
    assert.not(isWhole(JSON.stringify(logged)));
  },
);

numbers("what an audit finds is said of accounts by their last digits", () => {
  const findings: AuditReport["findings"] = [
    {
      subject: `acme/${NUMBER}`,
      problem: `its list names ${NUMBER}, and there is no such account`,
      rule: "a",
    },
    {
      subject: "v17-AbCdEfGhIjKlMnOp",
      problem: `drawable from acme/${NUMBER}, not pearl/${PAID}`,
      rule: "b",
    },
    { subject: `ts:{17}:account:acme:${NUMBER}:freezes`, problem: "is no hash", rule: "c" },
  ];
  const masks = new NumberMasks("secret");
  const { audit } = masks.mask({ audit: { accounts: 7, findings } }) as { audit: AuditReport };
  assert.is(audit.accounts, 7);
  assert.equal(
    audit.findings?.map(({ subject, problem }) => `${subject}: ${problem}`),
    [
      "acme/····2233: its list names ····2233, and there is no such account",
      "v17-AbCdEfGhIjKlMnOp: drawable from acme/····2233, not pearl/····5566",
      "ts:{17}:account:acme:····2233:freezes: is no hash",
    ],
  );
});

numbers.run();
