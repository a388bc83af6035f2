/**
 * Who may see what of a voucher: a table, held against every message, event, snapshot, list and HTTP answer that each
 * party gets while a whole life goes by.
 */
import { VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, errorOf, freshId, type RawTerminal } from "../helpers/raw-terminal.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { call } from "../http/client.ts";
import { accepted, syncVoucher, toldOf } from "./scene.ts";
import { settled, voidVoucher } from "./situations.ts";

const privacy = suite("privacy of vouchers");

/** What could be mistaken for nothing else, wherever it turned up. */
const PAYERS = { number: "ZAHLER-7743-9951", holder: "Geheime Zahlerin 付款", balance: 987_654_321 };
const POOR = { number: "ARMUT-3300-1188", holder: "Arme Zahlerin 貧乏", balance: 17 };
const PAYEES = { number: "EMPFANG-5521-6604", holder: "Geheime Empfängerin 收款", balance: 123_456_789 };
const AMOUNT = 100_000;
const LINE = { number: "LINIE-1", holder: "Kreditlinie" };
const WHY_NOT = "account_not_payable";

/** Each fact, as it would stand in a message, and who may read it. */
const FACTS: readonly [fact: string, text: string, who: readonly Reader[]][] = [
  ["that there is the voucher", '"voucherId"', ["issuer", "payer", "beneficiary", "operator"]],
  ["what was drawn", '"drawingId"', ["issuer", "payer", "beneficiary", "operator"]],
  ["why a drawing was refused", "goods are late", ["issuer", "payer", "beneficiary", "operator"]],
  ["why it was voided", "order of the court", ["issuer", "payer", "beneficiary", "operator"]],
  ["the last digits of the beneficiary's account", "6604", ["issuer", "payer", "beneficiary", "operator"]],
  ["the last digits of the payer's account", "9951", ["issuer", "payer", "operator"]],
  ["the kind of the payer's account", '"funds"', ["issuer", "payer", "operator"]],
  ["the number of the payer's account", PAYERS.number, []],
  ["the start of it", PAYERS.number.slice(0, -4), []],
  ["its holder", "Geheime Zahlerin", []],
  ["what it has", String(PAYERS.balance), []],
  ["what it has left", String(PAYERS.balance - AMOUNT), []],
  ["the negotiation", '"issuance.opened"', ["issuer", "payer"]],
  ["an account that was refused", "1188", ["issuer", "payer"]],
  ["why it was refused", "insufficient_funds", ["payer"]],
  ["the reason for a change of account", "another one, please", ["issuer", "payer"]],
  ["the review of accounts", '"review"', ["issuer", "payer", "operator"]],
  ["the number of the beneficiary's account", PAYEES.number, ["operator"]],
  ["the start of it", PAYEES.number.slice(0, -4), ["operator"]],
  ["its holder", "Geheime Empfängerin", ["operator"]],
  ["what it has", String(PAYEES.balance), []],
  ["why a payment failed", WHY_NOT, ["operator"]],
  ["the other account that was tried", LINE.number, ["operator"]],
  ["what an operator has paid under", "court-77", ["operator"]],
  ["the salt of the digests", "SALT", []],
];
type Reader = "issuer" | "payer" | "beneficiary" | "operator" | "stranger";
const READERS: readonly Reader[] = ["issuer", "payer", "beneficiary", "operator", "stranger"];

let redis: TestRedis;
/** The second is where what the first tells arrives by the store. */
let hubs: [TestHub, TestHub];
privacy.before(async () => {
  redis = await startRedis();
  const settings = { RATE_LIMIT: "100000", SWEEP_INTERVAL: "50" };
  hubs = [
    await startHub({ redisUrl: redis.url, settings }),
    await startHub({ redisUrl: redis.url, settings }),
  ];
});
privacy.after(async () => {
  assert.equal((await audit(hubs[0].running)).findings, []);
  for (const hub of hubs) await hub.close();
  await redis.stop();
});

interface Life {
  /** Two terminals of each party, one at each hub. */
  terminals: Record<Exclude<Reader, "operator">, RawTerminal[]>;
  voucherId: string;
  issuanceId: string;
  salt: string;
  /** Of what was paid, and of what could not be. */
  settlementIds: string[];
}

/** A life with everything that can happen in it, in which each party has a terminal at either hub. */
async function live(): Promise<Life> {
  const [hub] = hubs;
  const funds = { kind: "funds", currency: "CNY" } as const;
  for (const { number, holder, balance } of [PAYERS, POOR])
    await hub.putAccount("p-payer", number, { ...funds, holder, balance });
  const { number, holder, balance } = PAYEES;
  await hub.putAccount("p-beneficiary", number, { ...funds, holder, balance });
  const both = (party: string) => Promise.all(hubs.map((each) => connectTerminal(each, party)));
  const terminals = {
    issuer: await both("p-issuer"),
    payer: await both("p-payer"),
    beneficiary: await both("p-beneficiary"),
    stranger: await both("p-stranger"),
  };
  const [[issuer], [payer], [beneficiary]] = [terminals.issuer, terminals.payer, terminals.beneficiary] as [
    [RawTerminal],
    [RawTerminal],
    [RawTerminal],
  ];
  const { issuanceId } = (
    await issuer.accepted("payer:request", {
      payer: payer.party,
      beneficiary: beneficiary.party,
      amount: AMOUNT,
      currency: "CNY",
      review: "every",
      approval: { by: "payer", within: 3600 },
    })
  ).issuance;
  for (const terminal of [...terminals.issuer, ...terminals.payer]) await terminal.sync(issuanceId);
  await payer.accepted("payer:agree", { issuanceId });
  await issuer.accepted("issuance:open", { issuanceId });
  const submit = (account: { number: string; holder: string }) =>
    payer.command("account:submit", {
      issuanceId,
      account: { number: account.number, holder: account.holder },
    });
  errorOf(await submit(POOR));
  await issuer.accepted("account:change", { issuanceId, reason: "another one, please" });
  await submit(PAYERS);
  await issuer.accepted("issuance:accept", { issuanceId });
  const voucherId = `v${issuanceId}`;
  await toldOf(beneficiary, voucherId, "voucher.issued");

  const to = { number, holder };
  const draw = async (amount: number) =>
    String((await accepted(beneficiary, "voucher:draw", voucherId, { to, amount })).event.version);
  await accepted(beneficiary, "voucher:accept", voucherId, {});
  await accepted(payer, "drawing:refuse", voucherId, {
    drawingId: await draw(1000),
    reason: "the goods are late",
  });
  const paid = await accepted(payer, "drawing:approve", voucherId, { drawingId: await draw(2000) });
  await settled(payer, voucherId);
  const waits = await draw(3000);
  await draw(5000);
  // It can't be paid, is tried once more elsewhere in vain, and is paid outside.
  await hub.putAccount(beneficiary.party, number, { kind: "credit", holder, currency: "CNY", limit: 5 });
  const { event } = await accepted(payer, "drawing:approve", voucherId, { drawingId: waits });
  await toldOf(payer, voucherId, "drawing.settlement_failed");
  const settlementId = `${voucherId}.${event.version}`;
  const token = await hub.token("bank", { operator: true });
  const path = `/v1/settlements/${settlementId}`;
  await call(hub, "POST", path, {
    token,
    body: { redirect: { party: beneficiary.party, number: LINE.number } },
  });
  await until(async () => (await hub.running.ledger.settlements.find(settlementId))?.state === "failed");
  await call(hub, "POST", path, { token, body: { state: "settled", reference: "court-77-wire" } });
  await accepted(beneficiary, "voucher:release", voucherId, { amount: 4 });
  await voidVoucher(hub, voucherId);
  for (const all of Object.values(terminals)) for (const terminal of all) await terminal.settle();
  const key = (await hub.running.store.keys(`ts:*:voucher:${voucherId}`))[0] as string;
  const salt = ((await hub.running.store.hget(key, "o")) ?? "").split("\x1f").at(-1) as string;
  return {
    terminals,
    voucherId,
    issuanceId,
    salt,
    settlementIds: [`${voucherId}.${paid.event.version}`, settlementId],
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** All that a party can ask of either hub, and the text of each answer. */
async function askAll(
  reader: Reader,
  { terminals, voucherId, issuanceId, settlementIds }: Life,
): Promise<string[]> {
  const texts: string[] = [];
  for (const terminal of reader === "operator" ? [] : terminals[reader]) {
    const asked: [string, object][] = [
      ["voucher:sync", { voucherId, after: 0 }],
      ["voucher:sync", { voucherId, after: 3 }],
      ["issuance:sync", { issuanceId, after: 0 }],
      ["issuance:list", {}],
      ["voucher:list", {}],
      ["voucher:list", { state: "voided" }],
      ["voucher:list", { before: voucherId }],
      ["issuance:check", { known: [{ id: voucherId, version: 1, digest: "000000000000" }] }],
    ];
    for (const [name, payload] of asked)
      if (name !== "issuance:check" || reader === "stranger")
        texts.push(JSON.stringify(await terminal.send(name, payload)));
  }
  for (const hub of hubs) {
    const token = await hub.token(`p-${reader}`, { operator: reader === "operator" });
    for (const path of [
      `/v1/vouchers/${voucherId}`,
      `/v1/vouchers/${voucherId}/document`,
      `/v1/issuances/${issuanceId}`,
      "/v1/settlements?state=failed",
      "/v1/settlements?state=open",
      ...settlementIds.map((id) => `/v1/settlements/${id}`),
      "/v1/fences",
    ])
      texts.push((await call(hub, "GET", path, { token })).text);
  }
  return texts;
}

privacy("each party reads what the table says, and nothing else, in all that it is ever sent", async () => {
  const life = await live();
  const { terminals, salt } = life;
  for (const reader of READERS) {
    const texts = await askAll(reader, life);
    if (reader !== "operator") for (const terminal of terminals[reader]) texts.push(...terminal.frames);
    const all = documentsRead(texts).join("\n");
    for (const [fact, text, who] of FACTS) {
      const looked = text === "SALT" ? salt : text;
      // What an operator sees passes: what could not be paid is settled by now.
      if (reader === "operator" && text === WHY_NOT) continue;
      assert.is(all.includes(looked), who.includes(reader), `${reader}: ${fact} (${looked})`);
    }
  }
  for (const all of Object.values(terminals)) for (const terminal of all) terminal.close();
});

/** A signed document is read as it stands, since its text is encoded. */
function documentsRead(texts: string[]): string[] {
  return texts.map((text) => {
    const parts = text.split(".");
    if (parts.length !== 3 || !/^[\w-]+$/.test(parts[1] ?? "")) return text;
    return Buffer.from(parts[1] ?? "", "base64url").toString();
  });
}

privacy(
  "every event and snapshot has the fields of its schema and no other, in each party's view",
  async () => {
    const life = await live();
    const { terminals, voucherId } = life;
    for (const role of ["issuer", "payer", "beneficiary"] as const) {
      const views: string[] = [];
      for (const terminal of terminals[role]) {
        const answer = await syncVoucher(terminal, voucherId);
        assert.ok(answer.ok);
        assert.equal(VoucherSnapshot.strict().parse(answer.voucher), answer.voucher);
        for (const event of [...answer.events, ...terminal.voucherEvents])
          assert.equal(VoucherEvent.parse(event), event, `${event.type} has what no schema has`);
        // What is told live is what the log says, at whichever hub.
        const log = new Map(answer.events.map((event) => [event.version, event]));
        for (const event of terminal.voucherEvents.filter((one) => one.voucherId === voucherId))
          assert.equal(event, log.get(event.version));
        views.push(JSON.stringify(answer));
      }
      assert.is(views[0], views[1], "a party's terminals see the same");
      // The terminal that does nothing is told everything, once.
      const told = terminals[role][1]?.voucherEvents.filter((one) => one.voucherId === voucherId) ?? [];
      const versions = told.map(({ version }) => version);
      assert.is(new Set(versions).size, versions.length);
      const first = role === "beneficiary" ? 1 : 2;
      assert.equal(
        versions.sort((a, b) => a - b),
        Array.from({ length: versions.length }, (_, index) => index + first),
      );
      assert.is(versions.at(-1), JSON.parse(views[0] ?? "").voucher.version);
    }
    for (const terminal of terminals.stranger) assert.equal(terminal.voucherEvents, []);
    for (const all of Object.values(terminals)) for (const terminal of all) terminal.close();
  },
);

privacy("a party that is beneficiary and issuer too sees what an issuer sees", async () => {
  const [hub] = hubs;
  await hub.putAccount("q-payer", PAYERS.number, {
    kind: "funds",
    currency: "CNY",
    holder: PAYERS.holder,
    balance: PAYERS.balance,
  });
  const issuer = await connectTerminal(hub, "q-issuer");
  const payer = await connectTerminal(hub, "q-payer");
  const { issuanceId } = (
    await issuer.accepted("payer:request", {
      payer: payer.party,
      amount: 5,
      currency: "CNY",
      review: "none",
    })
  ).issuance;
  await payer.accepted("payer:agree", { issuanceId });
  await issuer.accepted("issuance:open", { issuanceId });
  const { number, holder } = PAYERS;
  await payer.accepted("account:submit", { issuanceId, account: { number, holder } });
  const { voucher } = await accepted(issuer, "voucher:accept", `v${issuanceId}`, { commandId: freshId() });
  assert.equal(voucher.account, { kind: "funds", last4: "9951" });
  assert.is(voucher.beneficiary, "q-issuer");
  issuer.close();
  payer.close();
});

privacy.run();
