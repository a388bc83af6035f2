/** History through an operator's client: lists, events and statements, as the hub's archive has them. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isTallystickError, Operator } from "@tallystick/client/operator";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { accepted, FROM, openVoucherScene, type VoucherScene } from "../vouchers/scene.ts";

const operators = suite("an operator's client and history");
let hub: TestHub;
let operator: Operator;
let scene: VoucherScene;
/** Three vouchers; a part of the first was drawn, and the rest given up. */
let voucherIds: string[];
operators.before(async () => {
  hub = await startHub({ settings: { ARCHIVE_URL: `file:${join(temporaryFolder(), "archive.db")}` } });
  operator = new Operator(hub.url, { token: () => hub.token("bank", { operator: true }) });
  scene = await openVoucherScene(hub);
  voucherIds = [];
  for (const memo of ["Steel", "Tin", "Steel wire"]) voucherIds.push(await scene.issue({ memo }));
  const drawing = { to: scene.to, amount: 40_000, final: true };
  await accepted(scene.beneficiary, "voucher:draw", voucherIds[0] as string, drawing);
  const stateOf = async (id: string) => (await hub.running.archive.ask("readVoucher", id))?.snapshot.version;
  while ((await stateOf(voucherIds[0] as string)) !== 3) await sleep(20);
});
operators.after(async () => {
  scene.close();
  await hub.close();
});

async function all<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const one of list) found.push(one);
  return found;
}

const vouchers = async (...search: Parameters<Operator["vouchers"]>) =>
  (await all(operator.vouchers(...search))).map(({ voucherId }) => voucherId);

operators(
  "lists issuances and vouchers of all parties, the newest first, over as many pages as there are",
  async () => {
    const newestFirst = [...voucherIds].reverse();
    assert.equal(await vouchers({ pageSize: 1 }), newestFirst);
    const issuances = await all(operator.issuances({ pageSize: 2 }));
    assert.equal(
      issuances.map(({ voucher }) => voucher?.voucherId),
      newestFirst,
    );
  },
);

operators("narrows a list down by party, role, state, words and time", async () => {
  const [first, second, third] = voucherIds as [string, string, string];
  const { party } = scene.payer;
  assert.equal(await vouchers({ q: "ste" }), [third, first]);
  assert.equal(await vouchers({ q: "steel", state: "honoured" }), [first]);
  assert.equal(await vouchers({ party, role: "payer", q: "tin" }), [second]);
  assert.equal(await vouchers({ party, role: "beneficiary" }), []);
  assert.equal(await vouchers({ currency: "EUR" }), []);
  assert.equal(await vouchers({ to: 1 }), []);
  const error = await vouchers({ from: -1 }).catch((reason: unknown) => reason);
  assert.ok(isTallystickError(error, "invalid_request"));
});

operators("reads all events of one", async () => {
  const [voucherId] = voucherIds as [string];
  const life = await operator.voucherEvents(voucherId);
  assert.equal(
    life.map(({ type }) => type),
    ["voucher.issued", "drawing.honoured", "drawing.settled"],
  );
  const events = await operator.issuanceEvents(voucherId.slice(1));
  assert.equal([events[0]?.type, events.at(-1)?.type], ["payer.requested", "voucher.issued"]);
  for (const asked of [
    operator.voucherEvents(`v0-${"A".repeat(16)}`),
    operator.issuanceEvents(`0-${"A".repeat(16)}`),
  ]) {
    const error = await asked.catch((reason: unknown) => reason);
    assert.ok(isTallystickError(error, "not_found"));
  }
});

operators("reads the feed of all events a page at a time, and goes on where it was", async () => {
  const types = ["voucher.issued", "drawing.honoured"] as const;
  const { party } = scene.beneficiary;
  const seen: string[] = [];
  let after: string | undefined;
  for (let more = true; more; ) {
    const page = await operator.events({ after, types, party, limit: 2 });
    seen.push(...page.events.map(({ type, subject }) => `${type} ${subject}`));
    ({ next: after, more } = page);
  }
  const [first] = voucherIds as [string];
  assert.equal(
    seen.filter((event) => event.startsWith("drawing")),
    [`drawing.honoured ${first}`],
  );
  assert.is(seen.filter((event) => event === `voucher.issued ${first}`).length, 1);
  assert.equal((await operator.events({ after, types, party })).events, []);
});

operators("reads a statement, and exports it as one CSV however many pages it takes", async () => {
  const { party } = scene.payer;
  const entries = await all(operator.statement(party, FROM, { pageSize: 2 }));
  assert.equal(
    entries.map(({ type, amount, frozen }) => [type, amount, frozen]),
    [
      ["account.put", 1_000_000, 0],
      ["voucher.issued", 100_000, 100_000],
      ["voucher.issued", 100_000, 200_000],
      ["voucher.issued", 100_000, 300_000],
      ["drawing.honoured", 40_000, 200_000],
    ],
  );
  const whole = (await all(operator.statementCsv(party, FROM))).join("");
  assert.is((await all(operator.statementCsv(party, FROM, { pageSize: 2 }))).join(""), whole);
  const lines = whole.trim().split("\r\n");
  assert.match(lines[0] ?? "", /^at,type,amount,currency,/);
  assert.is(lines.length, 1 + entries.length);
  const error = await all(operator.statement(party, "none")).catch((reason: unknown) => reason);
  assert.ok(isTallystickError(error, "not_found"));
});

operators.run();
