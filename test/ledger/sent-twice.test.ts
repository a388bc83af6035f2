// about 8 s
/** The store's client may send a script twice, after a reconnect: each is safe to run twice. */
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { beginAgain } from "../../server/ledger/begin-again.ts";
import { FORMAT } from "../../server/ledger/book.ts";
import { BookWatch } from "../../server/ledger/book-watch.ts";
import { bookKey } from "../../server/ledger/keys.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import { loadScripts } from "../../server/ledger/load-scripts.ts";
import { readOutcome } from "../../server/ledger/outcome.ts";
import { ScriptRunner } from "../../server/ledger/script-runner.ts";
import { readVoucherOutcome } from "../../server/ledger/voucher-outcome.ts";
import { recordScripts, type ScriptCall } from "./recorded-store.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";
import { tour } from "./tour.ts";

const twice = suite("a script sent twice");

const SEPARATOR = "\x1f";
/** Every command on an issuance finds its first answer. */
const COMMAND_SCRIPTS = [
  "accept-issuance",
  "agree-payer",
  "cancel-issuance",
  "change-account",
  "decline-payer",
  "keep-account",
  "open-issuance",
  "request-payer",
  "submit-account",
];
/** So does every command on a voucher, and an operator's void. */
const VOUCHER_SCRIPTS = [
  "accept-voucher",
  "approve-drawing",
  "draw-voucher",
  "refuse-drawing",
  "reject-voucher",
  "release-voucher",
  "void-voucher",
  "withdraw-voucher",
];
/** And what ends a settlement. */
const SETTLEMENT_SCRIPTS = ["close-settlement", "report-settlement"];
/** What belongs to the book as a whole. */
const BOOK_SCRIPTS = ["begin-book", "touch-book"];
const nameOf = new Map([...loadScripts().values()].map(({ sha, name }) => [sha, name]));

let book: TestLedger;
let client: Redis;
twice.before.each(async () => {
  book = await startLedger();
  client = book.redis.client();
});
twice.after.each(() => book.stop());

/** All that the store holds, by key. */
async function everything(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const key of (await client.keys("*")).sort()) {
    const readers: { [type: string]: () => Promise<unknown> } = {
      string: () => client.get(key),
      hash: () => client.hgetall(key),
      zset: () => client.zrangebyscore(key, "-inf", "+inf", "WITHSCORES"),
      list: () => client.lrange(key, 0, -1),
      stream: () => client.xrange(key, "-", "+"),
    };
    found[key] = await readers[await client.type(key)]?.();
  }
  return found;
}

/**
 * What no repeat can show: two only read; two write the same again, which is what is waited for; the last moves what can't
 * be done to the end of the queue, once more.
 */
const LEFT_OUT = ["audit-account", "check-rights", "confirm-entry", "confirm-event", "postpone-undone"];
/** Those that take out of the store what has ended are sent twice in `archive/retire.test.ts`. */
const ELSEWHERE = ["retire-issuance", "retire-marks", "retire-voucher", "trim-journal"];

twice("has its effect once, whichever script it is, and the second answer is the first", async () => {
  assert.equal(await unseenIn({ isSpread: false }), [...LEFT_OUT, ...ELSEWHERE, "index-request"].sort());
});

twice("has its effect once where the partitions are on different servers, too", async () => {
  // There each partition is looked at by itself.
  assert.equal(await unseenIn({ isSpread: true }), [...LEFT_OUT, ...ELSEWHERE, "find-due"].sort());
});

/** Sends each script of a tour twice; answers the scripts that did not come by. */
async function unseenIn({ isSpread }: { isSpread: boolean }): Promise<string[]> {
  const calls: ScriptCall[] = [];
  const store = recordScripts(book.store, calls);
  const ledger = new Ledger({ ...book.options, store, isSpread });
  const seen = new Set<string>();
  const repeated = new Set<string>();
  const sendTwice = async (_: string, run: () => Promise<unknown>) => {
    calls.length = 0;
    const outcome = await run();
    for (const { sha, keys, args } of calls) {
      const name = nameOf.get(sha) as string;
      seen.add(name);
      const before = await everything();
      const reply = ((await book.store.evalsha(sha, keys.length, ...keys, ...args)) as string).split(
        SEPARATOR,
      );
      const after = await everything();
      assert.equal(after, before, name);
      const [id = ""] = args[0]?.split(SEPARATOR) ?? [];
      if (reply[0] === "replay") checkAnswer(id, reply, outcome);
      else if (VOUCHER_SCRIPTS.includes(name)) checkVoucherAnswer(id, reply, outcome);
      else if (SETTLEMENT_SCRIPTS.includes(name)) assert.is(reply[0], "again", name);
      else continue;
      repeated.add(name);
    }
    return outcome;
  };
  await tour({ ledger, accounts: ledger.accounts, store }, sendTwice);
  await client.del(bookKey(3));
  await sendTwice("begin", () => beginAgain(store, 16));
  const watched = { id: book.options.book.id, partitions: 16, isNew: false, blank: [] };
  // As a partition is made anew in an empty store.
  await client.del(bookKey(4));
  const { id } = book.options.book;
  const scripts = new ScriptRunner({ store });
  for (const [name, ...args] of [
    ["begin-restore", id, ""],
    ["note-restored", id],
    ["end-restore", id, 16, FORMAT, ""],
  ] as const)
    await sendTwice(name, () => scripts.run(name, [bookKey(4)], args));
  await sendTwice("look", () => new BookWatch({ store, book: watched }).look({ writes: true }));
  assert.equal([...repeated].sort(), [...COMMAND_SCRIPTS, ...VOUCHER_SCRIPTS, ...SETTLEMENT_SCRIPTS].sort());
  assert.equal([...seen].filter((name) => BOOK_SCRIPTS.includes(name)).sort(), BOOK_SCRIPTS);
  return [...nameOf.values()].filter((name) => !seen.has(name)).sort();
}

function checkAnswer(issuanceId: string, reply: string[], first: unknown): void {
  const { ended: _, ...again } = readOutcome(issuanceId, reply).outcome as {
    ended?: boolean;
    repeated: boolean;
  };
  const { ended: __, ...once } = first as typeof again & { ended?: boolean };
  assert.equal(again, { ...once, repeated: true });
}

function checkVoucherAnswer(voucherId: string, reply: string[], first: unknown): void {
  const again = readVoucherOutcome(voucherId, reply);
  assert.equal(again, { ...(first as typeof again), repeated: true, isDue: false });
}

twice.run();
