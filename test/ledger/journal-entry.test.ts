/** Each script's entries are read from the journal, and nothing that they say is lost on the way. */

import { COMMAND_NAMES, VOUCHER_COMMAND_NAMES } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type JournalEntry, journalEntryKinds, readJournalEntry } from "../../server/ledger/journal-entry.ts";
import { issuanceKeys, partitionKeys } from "../../server/ledger/keys.ts";
import { pack, unpack } from "../../server/ledger/packing.ts";
import { payloadDigest } from "../../server/ledger/payload-digest.ts";
import { BENEFICIARY, PAYER, TO, VoucherBook } from "../audit/vouchers.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";
import { tour } from "./tour.ts";

const entries = suite("entries of the journal");

let book: TestLedger;
let journaled: string[][];
entries.before(async () => {
  book = await startLedger();
  await tour(book, (_, run) => run());
  await noteOutage();
  await goFurther();
  const partitions = Array.from({ length: book.ledger.partitions }, (_, partition) => partition);
  const client = book.redis.client();
  const lists = await Promise.all(
    partitions.map((partition) => client.xrange(partitionKeys.journal(partition), "-", "+")),
  );
  journaled = lists.flat().map(([, fields]) => fields);
});
entries.after(() => book.stop());

/** No hub has looked at a partition for an hour in which a drawing waited. */
async function noteOutage(): Promise<void> {
  const { ledger, store } = book;
  const partition = ledger.partitionOf("tour-payer");
  const swept = (await ledger.now()) - 3_600_000;
  await store.hset(partitionKeys.silence(partition), { waiting: 1, swept });
  await ledger.deadlines.due(partition, { skip: 0, limit: 1 });
}

/** What the tour passes by: a settlement that fails again, a blocked account, a voucher that is missing, revoked tokens. */
async function goFurther(): Promise<void> {
  const vouchers = new VoucherBook(book);
  await vouchers.begin();
  const settlementId = await vouchers.draw(await vouchers.issue(), 10, "NOWHERE");
  await vouchers.settle(settlementId);
  await book.ledger.settlements.redirect(settlementId, { party: BENEFICIARY, number: "NEITHER" });
  await vouchers.settle(settlementId);
  await book.accounts.setStatus({ party: BENEFICIARY, number: TO }, "blocked");
  const gone = `v${book.ledger.partitionOf(PAYER)}-AAAAAAAAAAAAAAAA`;
  await book.ledger.fences.noteMissing(gone, { party: PAYER, version: 2, digest: "0123456789ab" });
  await book.ledger.fences.vouchers.resume(gone);
  await book.ledger.revocations.revoke(PAYER);
  await book.ledger.forget(PAYER);
  const { webhookActs } = book.ledger;
  for (const kind of ["webhook.put", "webhook.rotated", "webhook.deleted", "webhook.resent"] as const)
    await webhookActs.note({ kind, webhookId: "hook", deliveryId: "7" }, webhookActs.freshId());
}

entries("are read, whatever the scripts write, and each kind was written", () => {
  const read = journaled.map((fields) => readJournalEntry(fields));
  const strange = journaled.filter((_, index) => read[index] === undefined);
  assert.equal(strange, []);
  const kinds = new Set(read.map((entry) => entry?.kind));
  assert.equal(
    journalEntryKinds().filter((kind) => !kinds.has(kind)),
    [],
  );
});

/** The fields that an entry was read from. */
function fieldsOf(entry: JournalEntry): Record<string, string> {
  const fields: Record<string, string> = {};
  const { kind, ...rest } = entry;
  if (!("line" in rest)) fields.event = kind;
  for (const [name, value] of Object.entries(rest)) {
    if (name === "refused") Object.assign(fields, { account: value.number, reason: value.code });
    else if (name === "command" || name === "write") fields[name] = `${value.id} ${value.digest}`;
    else fields[NAMES[name] ?? name] = String(value);
  }
  return fields;
}

/** Members that are called otherwise in the store. */
const NAMES: { readonly [member: string]: string } = {
  line: "event",
  issuanceId: "id",
  voucherId: "id",
  settlementId: "settlement",
  webhookId: "webhook",
  deliveryId: "delivery",
  number: "account",
  accountKind: "kind",
};

entries("say all that their fields say", () => {
  for (const list of journaled) {
    const fields: Record<string, string> = {};
    for (let index = 0; index < list.length; index += 2)
      fields[list[index] as string] = list[index + 1] as string;
    const entry = readJournalEntry(list);
    assert.ok(entry);
    // The claim that was decided about comes before.
    if (entry.kind.endsWith(".resumed")) delete fields.version;
    if (fields.wait === "") delete fields.wait;
    if (fields.offer !== undefined) {
      const times = unpack(fields.offer);
      const at = fields.event?.split("|")[4] as string;
      assert.is(times[6], "", "an offer's time is its event's");
      fields.offer = pack(times.with(6, at).with(7, times[7] || at));
    }
    assert.equal(fieldsOf(entry), fields);
  }
});

entries("have the offer as the record has it", async () => {
  let offers = 0;
  for (const fields of journaled) {
    const entry = readJournalEntry(fields);
    if (entry?.kind !== "issuance.event" || entry.offer === undefined) continue;
    assert.is(entry.offer, await book.store.hget(issuanceKeys(entry.issuanceId)[0], "o"));
    offers += 1;
  }
  assert.ok(offers > 10);
});

entries(
  "have the offer with the time of the issuer's index, where another server wrote that before",
  async () => {
    const spread = await startLedger({ isSpread: true });
    try {
      const { ledger, store } = spread;
      const [issuer, payer] = ["shop", "acme"];
      assert.is.not(ledger.partitionOf(issuer), ledger.partitionOf(payer));
      const offer = { commandId: "c-1", payer, amount: 5, currency: "CNY" };
      const made = await ledger.requestPayer({ party: issuer }, offer);
      assert.ok(made.kind === "done");
      const [record, , , journal] = issuanceKeys(made.snapshot.issuanceId);
      const [[, fields] = []] = await spread.redis.client().xrange(journal, "-", "+");
      const entry = readJournalEntry(fields ?? []);
      assert.is(entry?.kind === "issuance.event" && entry.offer, await store.hget(record, "o"));
    } finally {
      await spread.stop();
    }
  },
);

const GOOD = ["event", "account.put", "party", "x", "account", "y", "kind", "funds", "currency", "CNY"];
const REST = ["total", "5", "status", "active", "holder", "X", "write", "id digest"];
const MALFORMED: [what: string, fields: string[]][] = [
  ["nothing", []],
  ["an unknown event", ["event", "whatever"]],
  ["an event of nothing", ["event", "0123456789ab|payer.agreed|p|agreed|1|5|"]],
  ["a name of every object", ["event", "constructor"]],
  ["a put without a total", [...GOOD, ...REST.slice(2)]],
  ["a put with half a cent", [...GOOD, "total", "1.5", ...REST.slice(2)]],
  ["a put of another kind", [...GOOD.with(7, "gold"), ...REST]],
  ["a put without its write", [...GOOD, ...REST.slice(0, -2)]],
  ["a put whose write has no digest", [...GOOD, ...REST.with(-1, "id")]],
  ["a name without a value", ["event"]],
];

entries("are told from what is none", () => {
  assert.ok(readJournalEntry([...GOOD, ...REST]));
  for (const [what, fields] of MALFORMED) assert.is(readJournalEntry(fields), undefined, what);
});

entries("of commands that say no more than their name are told from each other", () => {
  const names = [...COMMAND_NAMES, ...VOUCHER_COMMAND_NAMES];
  const digests = names.map((name) => payloadDigest(name, { commandId: "c" }));
  assert.is(new Set(digests).size, names.length);
  for (const digest of digests) assert.is(digest.length, 2);
  assert.is(payloadDigest("issuance:cancel", { commandId: "c", reason: "late" } as never).length, 8);
});

entries.run();
