/** An issuance that has left the store, and whose request comes once more, begins anew under the same id. */
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { issuanceKeys, partitionKeys } from "../../server/ledger/keys.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";
import { reachIn } from "./issuances.ts";

const tests = suite("an issuance that began anew");

let book: TestLedger;
tests.before.each(async () => {
  book = await startLedger({ partitions: 1, retentionMs: 300 });
});
tests.after.each(() => book.stop());

/** Requests and cancels an issuance, waits until the store forgets it, and requests it once more. */
async function beginAnew(): Promise<string> {
  const issuanceId = await reachIn(book, "one", "proposed");
  const cancel = { commandId: "one-cancel", issuanceId };
  const cancelled = await book.ledger.execute("issuance:cancel", { party: "shop" }, cancel);
  assert.is(cancelled.kind, "done");
  const [key] = issuanceKeys(issuanceId);
  while ((await book.store.exists(key)) === 1) await sleep(20);
  assert.is(await reachIn(book, "one", "proposed"), issuanceId);
  return issuanceId;
}

const unlike = async () =>
  (await audit(book)).findings.filter(({ rule }) => /unlike_(journal|log)/.test(rule));

tests("agrees with the journal, which has both", async () => {
  await beginAnew();
  assert.equal(await unlike(), []);
});

tests("agrees with a journal that has lost how it began the first time", async () => {
  await beginAnew();
  const journal = partitionKeys.journal(0);
  const entries = await book.store.xrange(journal, "-", "+");
  const [first] = entries.find(([, fields]) => fields.includes("offer")) ?? [];
  assert.is(await book.store.call("XDEL", journal, String(first)), 1);
  assert.equal(await unlike(), []);
  assert.ok((await audit(book)).findings.some(({ rule }) => rule === "journal_cut"));
});

tests.run();
