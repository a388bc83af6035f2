/** After a server has come back, the indexes of all partitions are walked in haste, those of vouchers as well. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openMember, partitionKeys } from "../../server/ledger/keys.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const PARTITIONS = 8;
const PARTY = "acme";
/** More than one step looks at. */
const MANY = 150;
/** Rounds after which even a slow walk would have been through. */
const MOST_ROUNDS = 200;

const walk = suite("the walk through the indexes");
let book: TestLedger;
walk.before.each(async () => {
  book = await startLedger({ partitions: PARTITIONS });
});
walk.after.each(() => book.stop());

/** Entries of vouchers that are not there, which a walk takes out. */
async function fill(key: string, partition: number): Promise<void> {
  const members = Array.from({ length: MANY }, (_, index) =>
    openMember({ party: PARTY, indexedAt: 1000 + index, issuanceId: `v${partition}-${index}` }),
  );
  await book.store.zadd(key, ...members.flatMap((member) => [0, member]));
}

walk("goes through every list of a partition before its haste is over", async () => {
  const { store, ledger } = book;
  const home = ledger.partitionOf(PARTY);
  const keys = [partitionKeys.liveVouchers(home), partitionKeys.endedVouchers(home)];
  const left = async () => Promise.all(keys.map((key) => store.zcard(key)));
  const step = (partition: number) =>
    ledger.indexRepair.step(partition, (error) => assert.unreachable(String(error)));
  for (const partition of ledger.indexRepair.nextPartitions()) await step(partition);
  for (const key of keys) await fill(key, home);
  ledger.indexRepair.hurry();
  let partitions = ledger.indexRepair.nextPartitions();
  assert.is(partitions.length, PARTITIONS, "all partitions are walked in haste");
  for (let round = 0; partitions.includes(home) && (await left()).some((count) => count > 0); round++) {
    assert.ok(round < MOST_ROUNDS);
    for (const partition of partitions) await step(partition);
    partitions = ledger.indexRepair.nextPartitions();
  }
  assert.equal(await left(), [0, 0]);
});

walk.run();
