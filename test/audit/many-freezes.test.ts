/** An account with many freezes: its audit holds up nobody, and is right while more are added. */
import type { ChainableCommander, Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { auditAccount } from "../../server/audit/audit-account.ts";
import { AuditedPartition } from "../../server/audit/partition.ts";
import { accountKeys, voucherKey } from "../../server/ledger/keys.ts";
import { pack } from "../../server/ledger/packing.ts";
import { startLedger, type TestLedger } from "../ledger/start-ledger.ts";

const many = suite("an account with many freezes");
const ACCOUNT = { number: "6222020200112233", holder: "Acme Ltd" };
const NAME = { party: "acme", number: ACCOUNT.number };
/** Far more than the store needs to read a page, and far less than it needs for all freezes of the test. */
const SHORT_MS = 15;
const WRITTEN_AT_ONCE = 5000;
type Command = (string | number)[];

/** A voucher of one minor unit that was just issued. */
const TERMS = pack([
  ...["shop", "acme", "shop", "1", "CNY", "", "", "1", "9000000000000"],
  ...[ACCOUNT.number, "funds", "2233", "A".repeat(16)],
]);
const STANDING = pack(["1", "issued", "0".repeat(12), "0", "0", "0", "1", "0", "", "", "8000000000000"]);

let book: TestLedger;
let client: Redis;
many.before.each(async () => {
  book = await startLedger();
  client = book.redis.client();
  await book.accounts.put(NAME, {
    kind: "funds",
    holder: ACCOUNT.holder,
    currency: "CNY",
    balance: 1_000_000_000,
  });
});
many.after.each(() => book.stop());

/** Audits the account, and nothing else of the book. */
const look = (seen: { freezes: number }) =>
  auditAccount(new AuditedPartition(book, book.ledger.partitionOf("acme")), NAME, seen);

const keysOf = () => accountKeys({ partition: book.ledger.partitionOf("acme"), ...NAME });

/** Writes freezes of one minor unit each, as issuing leaves them, with their vouchers or without. */
async function freeze(count: number, { vouchers }: { vouchers: boolean }): Promise<void> {
  const { account, freezes } = keysOf();
  for (let first = 0; first < count; first += WRITTEN_AT_ONCE) {
    const pipeline = client.pipeline();
    for (let index = first; index < Math.min(count, first + WRITTEN_AT_ONCE); index++) {
      const id = `${book.ledger.partitionOf("acme")}-old${index}`;
      pipeline.hset(freezes, id, 1);
      if (!vouchers) continue;
      pipeline.hset(voucherKey(id), { o: TERMS, s: STANDING });
    }
    await pipeline.exec();
  }
  await client.hincrby(account, "frozen", count);
}

/** Issues a voucher over one minor unit. */
async function issue(commandId: string): Promise<string> {
  const offer = { payer: "acme", amount: 1, currency: "CNY", review: "none" } as const;
  const made = await book.ledger.requestPayer({ party: "shop" }, { commandId, ...offer });
  if (made.kind !== "done") throw new Error(made.code);
  const { issuanceId } = made.snapshot;
  const intent = (step: string) => ({ commandId: `${commandId}-${step}`, issuanceId });
  await book.ledger.execute("payer:agree", { party: "acme" }, intent("agree"));
  await book.ledger.execute("issuance:open", { party: "shop" }, intent("open"));
  const submit = { ...intent("submit"), account: ACCOUNT };
  const issued = await book.ledger.execute("account:submit", { party: "acme" }, submit);
  assert.is(issued.kind, "done");
  return issuanceId;
}

/** The longest time that the store took for one command while `act` ran, milliseconds; 0 when all were short. */
async function longestCommand(act: () => Promise<unknown>): Promise<number> {
  await client.config("SET", "slowlog-log-slower-than", String(SHORT_MS * 1000));
  await client.slowlog("RESET");
  await act();
  const slow = (await client.slowlog("GET", 100)) as [id: number, at: number, micros: number][];
  return Math.max(0, ...slow.map(([, , micros]) => micros)) / 1000;
}

many("is audited without a command that takes long", async () => {
  const COUNT = 60_000;
  await freeze(COUNT, { vouchers: false });
  const seen = { freezes: 0 };
  let problems: string[] = [];
  const lookOnce = async () => {
    problems = (await look(seen)).map(({ problem }) => problem);
  };
  // A busy machine may take the store's processor away for as long, but hardly each time.
  let longest = await longestCommand(lookOnce);
  for (let again = 0; longest > 0 && again < 2; again++) longest = await longestCommand(lookOnce);
  assert.is(longest, 0);
  assert.is(seen.freezes, COUNT);
  assert.is(problems.length, COUNT);
  assert.ok(problems.every((problem) => problem.endsWith("which has no voucher")));
});

many("is in balance while vouchers are issued from it, and is not when one unit is missing", async () => {
  await freeze(5000, { vouchers: true });
  const { account, freezes } = keysOf();
  let issuing = true;
  let issued = 0;
  const work = async (hand: number) => {
    for (let index = 0; issuing; index++) {
      await issue(`busy-${hand}-${index}`);
      issued += 1;
    }
  };
  const hands = [1, 2, 3, 4].map(work);
  const seen = { freezes: 0 };
  for (let round = 0; round < 10; round++) {
    const before = issued;
    assert.equal(await look(seen), []);
    assert.ok(issued > before, "some were issued meanwhile");
  }
  await client.hincrby(account, "frozen", 1);
  const [finding, ...others] = await look(seen);
  issuing = false;
  await Promise.all(hands);
  assert.is(
    finding?.problem,
    `frozen is ${seen.freezes + 1}, but its ${seen.freezes} freezes sum up to ${seen.freezes}`,
  );
  assert.equal(others, []);
  assert.ok(seen.freezes > 5000);
  assert.is(await client.hlen(freezes), 5000 + issued);
});

many("is read anew when freezes went away meanwhile", async () => {
  const COUNT = 3000;
  const REMOVED = 1000;
  await freeze(COUNT, { vouchers: true });
  const { account, freezes } = keysOf();
  const { store } = book;
  const multi = store.multi.bind(store) as unknown as (commands: Command[]) => ChainableCommander;
  let pages = 0;
  const scanAndRemove = (commands: Command[]) => {
    const read = multi(commands);
    if (commands[0]?.[0] !== "hscan") return read;
    const exec = async () => {
      const page = await read.exec();
      pages += 1;
      if (pages > 1) return page;
      const fields = (await client.hkeys(freezes)).slice(0, REMOVED);
      await client
        .multi()
        .hdel(freezes, ...fields)
        .hincrby(account, "frozen", -REMOVED)
        .exec();
      return page;
    };
    return { exec };
  };
  Object.assign(store, { multi: scanAndRemove });
  const seen = { freezes: 0 };
  assert.equal(await look(seen), []);
  assert.is(seen.freezes, COUNT - REMOVED);
  assert.ok(pages > 2);
});

many.run();
