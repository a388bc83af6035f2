/** The sweep looks at each deadline once, whatever the clocks say, and waits for nothing that fails apart from the rest. */

import { setTimeout } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Sweeper } from "../../server/deadlines/sweeper.ts";
import { openBook } from "../../server/ledger/book.ts";
import { BookWatch } from "../../server/ledger/book-watch.ts";
import { issuanceKeys, partitionKeys, SWEEP_KEY } from "../../server/ledger/keys.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import { connectRedis, type Store } from "../../server/redis/connect.ts";
import { startCluster, type TestCluster } from "../helpers/redis.ts";
import { setDeadline } from "../helpers/set-deadline.ts";
import { recordScripts, type ScriptCall } from "../ledger/recorded-store.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";

const ROUND_MS = 50;
const PARTITIONS = 16;
const WAITS = { partitions: PARTITIONS, respondWithinMs: 300_000, waitMs: 900_000, retentionMs: 600_000 };

/** A party whose home is in a partition. */
function partyIn(ledger: Ledger, partition: number): string {
  for (let index = 0; ; index++) {
    const party = `party-${index}`;
    if (ledger.partitionOf(party) === partition) return party;
  }
}

async function propose(ledger: Ledger, party: string, commandId: string): Promise<string> {
  const offer = { commandId, payer: party, amount: 1, currency: "CNY" };
  const outcome = await ledger.requestPayer({ party: `${party}-issuer` }, offer);
  assert.ok(outcome.kind === "done");
  return outcome.snapshot.issuanceId;
}

async function makeDue(store: Store, issuanceId: string): Promise<void> {
  await setDeadline(store, issuanceId, 1);
  await store.zadd(issuanceKeys(issuanceId)[1], 1, issuanceId);
}

/** A sweeper that counts what it looks at, and what it says. */
function startSweeper(ledger: Ledger) {
  const looks: string[] = [];
  const ended: string[] = [];
  const said: object[] = [];
  const sweeper = new Sweeper({
    ledger,
    log: { warn: ((facts: object) => said.push(facts)) as never },
    intervalMs: ROUND_MS,
    expire: async (issuanceId) => {
      looks.push(issuanceId);
      const outcome = await ledger.expire(issuanceId);
      if (outcome.kind === "done") ended.push(issuanceId);
    },
    finish: async () => undefined,
  });
  sweeper.start();
  return { sweeper, looks, ended, said };
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!isSo()) {
    assert.ok(performance.now() < end, "it did not happen within a minute");
    await setTimeout(ROUND_MS);
  }
}

const sweeps = suite("the sweep");
let book: TestLedger;
sweeps.before.each(async () => {
  book = await startLedger();
});
sweeps.after.each(() => book.stop());

sweeps("looks at nothing that is not due by the clock of the server that has it", async () => {
  // Another of the store's servers is ten minutes ahead, and it is the one that is asked for the time.
  const ahead = new Proxy(book.store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== "time") return typeof value === "function" ? value.bind(target) : value;
      return () => target.time().then(([seconds, rest]) => [Number(seconds) + 600, rest]);
    },
  });
  const ledger = new Ledger({ ...book.options, store: ahead });
  for (let count = 0; count < 150; count++) await propose(ledger, partyIn(ledger, 3), `c${count}`);
  const { sweeper, looks } = startSweeper(ledger);
  await setTimeout(10 * ROUND_MS);
  await sweeper.stop();
  assert.equal(looks, []);
});

sweeps("asks once a round for what it can't end, which hides nothing that comes after it", async () => {
  const { ledger, store } = book;
  const party = partyIn(ledger, 3);
  const broken = Array.from({ length: 250 }, (_, index) => `3-broken${index}`);
  for (const id of broken) {
    await store.set(issuanceKeys(id)[0], "not a hash");
    await store.zadd(partitionKeys.deadlines(3), 0, id);
  }
  const issuanceId = await propose(ledger, party, "c");
  await makeDue(store, issuanceId);
  const { sweeper, looks, ended, said } = startSweeper(ledger);
  await until(() => ended.length > 0);
  const rounds = 10;
  looks.length = 0;
  await setTimeout(rounds * ROUND_MS);
  await sweeper.stop();
  assert.equal(ended, [issuanceId]);
  for (const id of broken) {
    const count = looks.filter((look) => look === id).length;
    assert.ok(count <= rounds + 1, `${id} was looked at ${count} times`);
  }
  assert.is(said.length, 1, "a line now and then says it all");
});
sweeps("looks at many partitions at once, and into those alone that have something due", async () => {
  const issuanceId = await propose(book.ledger, partyIn(book.ledger, 3), "c");
  await makeDue(book.store, issuanceId);
  const calls: ScriptCall[] = [];
  const ledger = new Ledger({ ...book.options, store: recordScripts(book.store, calls) });
  const { sweeper, ended } = startSweeper(ledger);
  await until(() => ended.length > 0);
  await sweeper.stop();
  const queues = calls.map(({ keys }) => keys.filter((key) => key.endsWith("}:deadlines")));
  assert.ok(queues.some(({ length }) => length === PARTITIONS));
  const alone = new Set(queues.filter(({ length }) => length === 1).flat());
  assert.equal([...alone], [partitionKeys.deadlines(3)]);
});

sweeps("goes on in the partitions that hold the book, where others of the same server do not", async () => {
  const issuanceId = await propose(book.ledger, partyIn(book.ledger, 3), "c");
  await makeDue(book.store, issuanceId);
  const { id } = book.options.book;
  // The first partition is the first of its group as well.
  const watch = new BookWatch({
    store: book.store,
    book: { id, partitions: PARTITIONS, isNew: false, blank: [0, 5] },
  });
  const { sweeper, ended } = startSweeper(new Ledger({ ...book.options, book: watch }));
  await until(() => ended.length > 0);
  await sweeper.stop();
  assert.equal(ended, [issuanceId]);
});
sweeps.run();

const apart = suite("the sweep on a cluster");
let cluster: TestCluster;
let store: Store;
apart.before(async () => {
  cluster = await startCluster({ masters: 3, settings: { "cluster-require-full-coverage": "no" } });
  store = connectRedis(cluster.url, { name: "tallystick-test", commandTimeoutMs: 2000 });
  store.on("error", () => undefined);
  await store.ping();
});
apart.after(async () => {
  await store.quit();
  await cluster.stop();
});

/** The index of the master that has a key. */
async function masterOf(key: string): Promise<number> {
  const slot = Number(await cluster.client(0).cluster("KEYSLOT", key));
  return Math.floor((slot * 3) / 16384);
}

apart("ends what is due on the servers that answer, though the one that has the lease is away", async () => {
  const book = new BookWatch({ store, book: await openBook(store, PARTITIONS) });
  const ledger = new Ledger({ ...WAITS, store, book, maxValidFor: 3600, settle: "book", fencesPerParty: 20 });
  const lost = await masterOf(SWEEP_KEY);
  const alive: string[] = [];
  const away: string[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const isAway = (await masterOf(partitionKeys.open(partition))) === lost;
    const issuanceId = await propose(ledger, partyIn(ledger, partition), "c");
    await makeDue(store, issuanceId);
    (isAway ? away : alive).push(issuanceId);
  }
  assert.ok(alive.length > 0 && away.length > 0);
  await cluster.kill(lost);
  const { sweeper, ended, said } = startSweeper(ledger);
  await until(() => ended.length >= alive.length);
  assert.equal([...ended].sort(), [...alive].sort());
  // The indexes of the issuers whose server is away wait, and those of the others do not.
  await setTimeout(1000);
  for (const issuanceId of alive) {
    const partition = Number(issuanceId.split("-")[0]);
    const issuers = partitionKeys.open(ledger.partitionOf(`${partyIn(ledger, partition)}-issuer`));
    if ((await masterOf(issuers)) === lost) continue;
    const members = await store.zrange(issuers, "0", "-1");
    assert.not.ok(
      members.some((member) => member.includes(issuanceId)),
      issuanceId,
    );
  }
  // What fails is said, as soon as the client gives up.
  await until(() => said.length > 0);
  await cluster.restart(lost);
  await cluster.untilServed();
  await until(() => ended.length >= alive.length + away.length);
  await sweeper.stop();
  assert.equal([...ended].sort(), [...alive, ...away].sort());
});
apart.run();
