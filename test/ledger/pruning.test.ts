/** Issuers' indexes are pruned by whoever comes first: the others wait for that, and for little more. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { issuanceKeys, parseOpenMember, partitionKeys } from "../../server/ledger/keys.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const pruning = suite("pruning");
const ISSUER = "shop";
let book: TestLedger;
pruning.before.each(async () => {
  book = await startLedger();
});
pruning.after.each(() => book.stop());

/** An issuance that has ended, and whose entry in its issuer's index is to go. */
async function ended(name: string): Promise<void> {
  const offer = { commandId: name, payer: "acme", amount: 100, currency: "CNY" };
  const outcome = await book.ledger.requestPayer({ party: ISSUER }, offer);
  if (outcome.kind !== "done") throw new Error(`payer:request was refused: ${outcome.code}`);
  const cancelled = { commandId: `${name}-cancel`, issuanceId: outcome.snapshot.issuanceId };
  await book.ledger.execute("issuance:cancel", { party: ISSUER }, cancelled);
}

const index = () => partitionKeys.open(book.ledger.partitionOf(ISSUER));
const entries = () => book.store.zcard(index());

pruning("who comes while another prunes finds it done", async () => {
  const { openIssuances } = book.ledger;
  for (let count = 0; count < 20; count++) await ended(`ended-${count}`);
  assert.is(await entries(), 20);
  const first = openIssuances.pruneEnded();
  await openIssuances.pruneEnded();
  assert.is(await entries(), 0);
  await first;
});

pruning("what can't be done is not tried again for each of those who wait", async () => {
  const { openIssuances } = book.ledger;
  await ended("ended");
  const failures: unknown[] = [];
  // No index, so that the script that prunes it fails.
  await book.store.rename(index(), "kept");
  await book.store.set(index(), "none");
  await Promise.all(
    Array.from({ length: 20 }, () => openIssuances.pruneEnded((error) => failures.push(error))),
  );
  await book.store.rename("kept", index());
  assert.ok(failures.length > 0 && failures.length <= 2, `${failures.length} times`);
  await openIssuances.pruneEnded();
  assert.is(await entries(), 0);
});

pruning("what could not be looked at waits for the next time", async () => {
  const { openIssuances } = book.ledger;
  // The first of them can't be read, and so none that is looked at with it.
  await ended("unreadable");
  const [member = ""] = await book.store.zrange(index(), "0", "-1");
  for (let count = 0; count < 3; count++) await ended(`ended-${count}`);
  const key = issuanceKeys(parseOpenMember(member).issuanceId)[0];
  await book.store.rename(key, "kept");
  await book.store.set(key, "none");
  const failures: unknown[] = [];
  await openIssuances.pruneEnded((error) => failures.push(error));
  assert.is(failures.length, 1);
  assert.is(await entries(), 4);
  await book.store.rename("kept", key);
  await openIssuances.pruneEnded();
  assert.is(await entries(), 0);
});

pruning.run();
