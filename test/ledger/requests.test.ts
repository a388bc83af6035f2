/** A request names its issuance in the issuer's index, in one step with it or, in a cluster, in a step before. */
import type { CommandPayloads } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { issuanceIdFor, partitionKeys, requestKey } from "../../server/ledger/keys.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import { ScriptRunner } from "../../server/ledger/script-runner.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const requests = suite("payer:request in the store");

const SHOP = { party: "shop" };
const OFFER = { payer: "acme", amount: 12500000, currency: "CNY" };

let book: TestLedger;
let client: Redis;
/** As on one server, and as in a cluster. */
let together: Ledger;
let spread: Ledger;
requests.before.each(async () => {
  book = await startLedger();
  client = book.redis.client();
  together = book.ledger;
  spread = new Ledger({ ...book.options, isSpread: true });
  // Of two partitions, or there would be nothing to show.
  assert.is.not(together.partitionOf("shop"), together.partitionOf("acme"));
});
requests.after.each(() => book.stop());

function request(ledger: Ledger, more: Partial<CommandPayloads["payer:request"]> = {}): Promise<Outcome> {
  return ledger.requestPayer(SHOP, { commandId: "c1", ...OFFER, ...more });
}

async function listed(): Promise<string[]> {
  const page = await together.openIssuances.list({ party: "shop", limit: 10 });
  return page?.open.map(({ issuanceId }) => issuanceId) ?? [];
}

requests("is the same, made in one step or in two, and answers a repeat of the other", async () => {
  for (const [first, second] of [
    [together, spread],
    [spread, together],
  ] as const) {
    await client.flushall();
    const made = await request(first);
    assert.ok(made.kind === "done" && !made.repeated);
    const again = await request(second);
    assert.equal(again, { ...made, repeated: true });
    assert.equal(await listed(), [made.snapshot.issuanceId]);
  }
});

requests("a hub that dies between the two steps leaves nothing that a repeat does not complete", async () => {
  const partition = together.partitionOf("acme");
  const issuers = together.partitionOf("shop");
  const issuanceId = issuanceIdFor({ issuer: "shop", commandId: "c1", partition });
  const index = [requestKey(issuers, issuanceId), partitionKeys.open(issuers)];
  await new ScriptRunner(book.options).run("index-request", index, [issuanceId, "shop", partition]);
  assert.equal(await listed(), [], "nothing is open that is not there");
  const entries = await client.zrange(partitionKeys.open(issuers), "0", "-1");
  for (const ledger of [spread, together]) {
    const outcome = await request(ledger);
    assert.ok(outcome.kind === "done");
    assert.equal(await listed(), [issuanceId]);
  }
  assert.equal(await client.zrange(partitionKeys.open(issuers), "0", "-1"), entries, "one entry, the first");
});

requests("a commandId that was used for another payer is a conflict, and nothing is written", async () => {
  for (const ledger of [together, spread]) {
    await client.flushall();
    await request(ledger);
    const keys = (await client.keys("*")).sort();
    const outcome = await request(ledger, { payer: "globex" });
    assert.is(outcome.kind === "refused" && outcome.code, "conflict");
    assert.equal((await client.keys("*")).sort(), keys);
  }
});

requests.run();
