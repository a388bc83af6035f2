/** What counts against a party's quota of fences is looked at again, so that nothing counts for ever. */
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { causedFencesKey } from "../../server/ledger/keys.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const quota = suite("the quota of fences");

const QUOTA = 3;
const issuer = { party: "shop" };
let book: TestLedger;
let client: Redis;
let counted: string;
quota.before.each(async () => {
  book = await startLedger({ fencesPerParty: QUOTA });
  client = book.redis.client();
  counted = causedFencesKey(book.ledger.partitionOf(issuer.party), issuer.party);
});
quota.after.each(() => book.stop());

async function request(payer: string): Promise<string> {
  const offer = { commandId: freshId(), payer, amount: 100, currency: "CNY" };
  const made = await book.ledger.requestPayer(issuer, offer);
  if (made.kind !== "done") throw new Error(made.code);
  return made.snapshot.issuanceId;
}

/** Shows a version that the store never had. */
async function fence(id: string): Promise<boolean> {
  const fenced = await book.ledger.fences.fence(id, { ...issuer, version: 9 });
  return fenced.kind === "new" && fenced.isListed;
}

const listed = async () =>
  (await book.ledger.fences.list({ limit: 100 })).fences.map(({ issuanceId }) => issuanceId);

quota("a hub that died between counting and fencing takes a place for a minute at the most", async () => {
  await client.zadd(counted, Date.now(), "1-AAAAAAAAAAAAAAAA", Date.now(), "2-AAAAAAAAAAAAAAAA");
  const ids = [await request("a"), await request("b")];
  assert.equal([await fence(ids[0] as string), await fence(ids[1] as string)], [true, false]);
  assert.equal(await listed(), ids.slice(0, 1));
  // A minute later.
  await client.zadd(counted, 1, "1-AAAAAAAAAAAAAAAA", 1, "2-AAAAAAAAAAAAAAAA");
  const later = await request("c");
  assert.ok(await fence(later));
  assert.equal(new Set(await listed()), new Set([ids[0], later]));
  assert.is(await client.zcard(counted), 2);
});

quota("a decision whose hub died before it was counted makes room as well", async () => {
  const ids: string[] = [];
  for (const payer of ["a", "b", "c"]) ids.push(await request(payer));
  for (const id of ids) assert.ok(await fence(id));
  for (const id of ids) await book.ledger.fences.decide(id, { decision: "cancel" });
  assert.is(await client.zcard(counted), 0);
  for (const id of ids) await client.zadd(counted, 1, id);
  assert.ok(await fence(await request("d")));
});

quota("the same issuance counts once, and one that is up to date not at all", async () => {
  const id = await request("a");
  assert.ok(await fence(id));
  assert.is((await book.ledger.fences.fence(id, { ...issuer, version: 10 })).kind, "known");
  assert.is((await book.ledger.fences.fence(id, { ...issuer, version: 1 })).kind, "not_ahead");
  assert.is(await client.zcard(counted), 1, "it counts as long as it is fenced");
  const other = await request("b");
  assert.is((await book.ledger.fences.fence(other, { ...issuer, version: 1 })).kind, "not_ahead");
  assert.is(await client.zscore(counted, other), null);
});

quota("what was beyond it is listed when it is shown again and there is room", async () => {
  const ids: string[] = [];
  for (const payer of ["a", "b", "c", "d"]) ids.push(await request(payer));
  const lists: boolean[] = [];
  for (const id of ids) lists.push(await fence(id));
  assert.equal(lists, [true, true, true, false]);
  await book.ledger.fences.decide(ids[0] as string, { decision: "resume" });
  await fence(ids[3] as string);
  assert.equal(new Set(await listed()), new Set(ids.slice(1)));
  // By its age, not by when there was room.
  const ages = (await book.ledger.fences.list({ limit: 100 })).fences.map(({ at }) => at);
  assert.equal(
    ages,
    ages.toSorted((a, b) => a - b),
  );
});

quota.run();
