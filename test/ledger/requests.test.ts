/** A request names its issuance in the issuer's index, in one step with it or, in a cluster, in a step before. */
import { setTimeout } from "node:timers/promises";
import type { CommandPayloads } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  bookKey,
  issuanceIdFor,
  issuanceKeys,
  openMember,
  partitionKeys,
  requestKey,
} from "../../server/ledger/keys.ts";
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

/** The keys of all that is in the book, without those of its name. */
async function besidesTheBook(): Promise<string[]> {
  return (await client.keys("*")).filter((key) => !key.endsWith(":book"));
}

/** Takes out all that is in the book, and leaves it its name. */
async function emptyBook(): Promise<void> {
  const keys = await besidesTheBook();
  if (keys.length > 0) await client.del(keys);
}

requests("is the same, made in one step or in two, and answers a repeat of the other", async () => {
  for (const [first, second] of [
    [together, spread],
    [spread, together],
  ] as const) {
    await emptyBook();
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
  const { open, requested } = partitionKeys;
  const index = [requestKey(issuers, issuanceId), open(issuers), requested(issuers), bookKey(issuers)];
  const entry = [issuanceId, "shop", partition, book.options.book.id, 10];
  await new ScriptRunner(book.options).run("index-request", index, entry);
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
    await emptyBook();
    await request(ledger);
    const keys = (await client.keys("*")).sort();
    const outcome = await request(ledger, { payer: "globex" });
    assert.is(outcome.kind === "refused" && outcome.code, "conflict");
    assert.equal((await client.keys("*")).sort(), keys);
  }
});

const DAY_MS = 24 * 3600 * 1000;

/** Ends an issuance of the shop's as the issuer does, and takes it out of the index as the sweep does. */
async function cancel(ledger: Ledger, issuanceId: string): Promise<void> {
  const done = await ledger.execute("issuance:cancel", SHOP, { issuanceId, commandId: "cancel" });
  assert.is(done.kind, "done");
  await ledger.openIssuances.pruneEnded();
}

/** Walks all indexes once. */
async function walk(): Promise<number> {
  let restored = 0;
  for (let partition = 0; partition < together.partitions; partition++)
    restored += await together.indexRepair.step(partition, (error) => assert.unreachable(String(error)));
  return restored;
}

requests("one that is refused leaves nothing, whatever refused it and however late", async () => {
  for (const ledger of [together, spread]) {
    await emptyBook();
    const thrown = await request(ledger, { amount: 0.5 }).catch((error: Error) => error);
    assert.ok(thrown instanceof Error && thrown.message.includes("ASSERT"));
    assert.equal(await besidesTheBook(), []);
    // The same commandId is good for a request that passes.
    assert.is((await request(ledger)).kind, "done");
  }
});

requests("a refusal takes nothing from a request that was made before", async () => {
  for (const ledger of [together, spread]) {
    await emptyBook();
    assert.is((await request(ledger)).kind, "done");
    const keys = (await client.keys("*")).sort();
    assert.is((await request(ledger, { amount: 7 })).kind, "refused");
    assert.equal((await client.keys("*")).sort(), keys);
    assert.is((await listed()).length, 1);
  }
});

requests(
  "one that is still remembered makes no second issuance when the first has left the store",
  async () => {
    for (const ledger of [together, spread]) {
      await emptyBook();
      const made = await request(ledger);
      assert.ok(made.kind === "done");
      const { issuanceId } = made.snapshot;
      await cancel(ledger, issuanceId);
      await client.del(issuanceKeys(issuanceId)[0]);
      const keys = (await client.keys("*")).sort();
      const again = await request(ledger);
      assert.is(again.kind === "refused" && again.code, "conflict");
      assert.equal((await client.keys("*")).sort(), keys);
      assert.equal(await listed(), []);
      const left = await client.pttl(requestKey(together.partitionOf("shop"), issuanceId));
      assert.ok(left > 0 && left <= book.options.retentionMs);
    }
  },
);

requests("a repeat that makes an issuance anew puts it in its issuer's list, too", async () => {
  for (const ledger of [together, spread]) {
    await emptyBook();
    const made = await request(ledger);
    assert.ok(made.kind === "done");
    const { issuanceId } = made.snapshot;
    // The payer's server went back to before the request, and a sweep has taken the entry for an orphan's.
    await client.del(issuanceKeys(issuanceId)[0], partitionKeys.open(together.partitionOf("acme")));
    await client.del(partitionKeys.open(together.partitionOf("shop")));
    const again = await request(ledger);
    assert.ok(again.kind === "done" && !again.repeated);
    assert.equal(await listed(), [issuanceId]);
  }
});

requests("an index that its server has lost is made good from the payers' side", async () => {
  const made = await request(spread);
  const other = await spread.requestPayer(SHOP, { ...OFFER, commandId: "ended" });
  assert.ok(made.kind === "done" && other.kind === "done");
  await cancel(spread, other.snapshot.issuanceId);
  const { issuanceId } = made.snapshot;
  const home = together.partitionOf("shop");
  const keys = [partitionKeys.open(home), requestKey(home, issuanceId)];
  const before = await Promise.all([
    client.zrange(keys[0] as string, "0", "-1"),
    client.get(keys[1] as string),
  ]);
  await client.del(...keys);
  assert.equal(await listed(), []);
  assert.is(await walk(), 1);
  assert.equal(await listed(), [issuanceId]);
  const after = await Promise.all([
    client.zrange(keys[0] as string, "0", "-1"),
    client.get(keys[1] as string),
  ]);
  assert.equal(after, before);
  assert.is(await walk(), 0, "and then there is nothing to do");
});

requests("a repeat over a lost index names its issuance once, and by the entry that it had", async () => {
  const made = await request(spread);
  assert.ok(made.kind === "done");
  const { issuanceId } = made.snapshot;
  const home = together.partitionOf("shop");
  const open = partitionKeys.open(home);
  const before = await client.zrange(open, "0", "-1");
  for (const repair of [listed, walk]) {
    await client.del(open, requestKey(home, issuanceId));
    await setTimeout(2);
    const again = await request(spread);
    assert.ok(again.kind === "done" && again.repeated);
    await repair();
    assert.equal(await client.zrange(open, "0", "-1"), before);
    assert.equal(await listed(), [issuanceId]);
    // The same commandId for another payer is a conflict again.
    const contradicting = await request(spread, { payer: "globex" });
    assert.is(contradicting.kind === "refused" && contradicting.code, "conflict");
  }
});

requests("an entry whose request is under way stays, though the hub's own clock is a day ahead", async () => {
  const partition = together.partitionOf("acme");
  const home = together.partitionOf("shop");
  const issuanceId = issuanceIdFor({ issuer: "shop", commandId: "c1", partition });
  const { open, requested } = partitionKeys;
  const index = [requestKey(home, issuanceId), open(home), requested(home), bookKey(home)];
  const entry = [issuanceId, "shop", partition, book.options.book.id, 10];
  await new ScriptRunner(book.options).run("index-request", index, entry);
  const entries = await client.zrange(partitionKeys.open(home), "0", "-1");
  const rightNow = Date.now;
  Date.now = () => rightNow() + 25 * 3600 * 1000;
  try {
    assert.equal(await listed(), []);
    await walk();
  } finally {
    Date.now = rightNow;
  }
  assert.equal(await client.zrange(partitionKeys.open(home), "0", "-1"), entries);
});

requests(
  "an entry that a hub left behind when it died goes in the end, and its request with it",
  async () => {
    const partition = together.partitionOf("acme");
    const home = together.partitionOf("shop");
    const issuanceId = issuanceIdFor({ issuer: "shop", commandId: "c1", partition });
    const [seconds] = await client.time();
    const indexedAt = Number(seconds) * 1000 - DAY_MS - 1000;
    for (const look of [listed, walk]) {
      await client.set(requestKey(home, issuanceId), `${partition}:${indexedAt}`);
      await client.zadd(partitionKeys.open(home), 0, openMember({ party: "shop", indexedAt, issuanceId }));
      await look();
      assert.equal(await client.zrange(partitionKeys.open(home), "0", "-1"), []);
      assert.ok((await client.pttl(requestKey(home, issuanceId))) > 0, "it has a time to live");
    }
  },
);

requests.run();
