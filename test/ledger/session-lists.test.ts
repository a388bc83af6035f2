/** What a session begins with is what the lists themselves say, read at once; nothing gets lost between the two of them. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { openBook } from "../../server/ledger/book.ts";
import { BookWatch } from "../../server/ledger/book-watch.ts";
import { Ledger } from "../../server/ledger/ledger.ts";
import { loadScripts } from "../../server/ledger/load-scripts.ts";
import { BENEFICIARY, FROM, ISSUER, PAYER, VoucherBook } from "../audit/vouchers.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const PARTITIONS = 8;
const ALL = { issuances: 100, vouchers: 100 };

const session = suite("what a session begins with");
let book: TestLedger;
let vouchers: VoucherBook;
let requests = 0;
session.before.each(async () => {
  book = await startLedger({ partitions: PARTITIONS });
  vouchers = new VoucherBook(book);
  await vouchers.begin();
});
session.after.each(() => book.stop());

async function request(payer = PAYER, issuer = ISSUER): Promise<string> {
  const offer = { payer, amount: 5, currency: "CNY", review: "none" } as const;
  requests += 1;
  const made = await book.ledger.requestPayer(
    { party: issuer },
    { commandId: `request-${requests}`, ...offer },
  );
  assert.ok(made.kind === "done");
  return made.snapshot.issuanceId;
}

/** Brings a request to its voucher. */
async function issue(issuanceId: string): Promise<void> {
  const { ledger } = book;
  const intent = (step: string) => ({ commandId: `${step}-${issuanceId}`, issuanceId });
  await ledger.execute("payer:agree", { party: PAYER }, intent("agree"));
  await ledger.execute("issuance:open", { party: ISSUER }, intent("open"));
  const account = { number: FROM, holder: "Acme Ltd" };
  const issued = await ledger.execute("account:submit", { party: PAYER }, { ...intent("submit"), account });
  assert.is(issued.kind === "done" && issued.snapshot.state, "issued");
}

session("has the newest of both lists, as each list has them, for every party", async () => {
  await Promise.all(Array.from({ length: 5 }, () => request()));
  for (let count = 0; count < 4; count++) await vouchers.issue();
  // Parties whose names begin alike, and that come before and after in the index.
  for (const alike of ["acm", "acme-2", "acme.x"]) await request(alike);
  const { ledger } = book;
  for (const party of [PAYER, ISSUER, BENEFICIARY, "acm", "acme-2", "nobody"]) {
    for (const [issuances, few] of [
      [100, 100],
      [2, 3],
      [5, 4],
    ] as const) {
      const { open, vouchers: live } = await ledger.sessionLists.read(party, { issuances, vouchers: few });
      assert.equal(
        open,
        await ledger.openIssuances.list({ party, limit: issuances }),
        `${party} ${issuances}`,
      );
      assert.equal(live, await ledger.voucherIndex.list({ party, limit: few }), `${party} ${few}`);
    }
  }
  const { open, vouchers: live } = await ledger.sessionLists.read(PAYER, { issuances: 2, vouchers: 4 });
  assert.equal([open.open.length, open.more, live.vouchers.length, live.more], [2, true, 4, false]);
});

session("says the time of the server that has the lists", async () => {
  const [before] = await book.store.time();
  const { at = 0 } = await book.ledger.sessionLists.read("nobody", ALL);
  const [after] = await book.store.time();
  assert.ok(at >= Number(before) * 1000 && at < (Number(after) + 1) * 1000);
});

/** The same ledger, with something done right after the lists were read. */
async function ledgerThat(acts: () => Promise<void>): Promise<Ledger> {
  const sha = loadScripts().get("list-session")?.sha;
  const store = new Proxy(book.store, {
    get: (target, property) => {
      const value = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      if (property !== "evalsha") return value.bind(target);
      return async (given: string, ...args: unknown[]) => {
        const reply = await (value as (...all: unknown[]) => Promise<unknown>).call(target, given, ...args);
        if (given === sha) await acts();
        return reply;
      };
    },
  });
  const watch = new BookWatch({ store, book: await openBook(store, PARTITIONS) });
  return new Ledger({ ...book.options, store, book: watch });
}

session("tells of what is issued while it is read, in the one list or in the other", async () => {
  for (const party of [PAYER, ISSUER]) {
    const issuanceId = await request();
    // The scripts are loaded by then, so that it is one call.
    await book.ledger.sessionLists.read(party, ALL);
    let issued = 0;
    const ledger = await ledgerThat(async () => {
      if (issued++ === 0) await issue(issuanceId);
    });
    const { open, vouchers: live } = await ledger.sessionLists.read(party, ALL);
    assert.is(issued, 1);
    const isOpen = open.open.some((each) => each.issuanceId === issuanceId);
    const lives = live.vouchers.some(({ voucherId }) => voucherId === `v${issuanceId}`);
    assert.ok(isOpen || lives, `${party} hears of neither`);
  }
});

session("begins all the same when the store is away, and says that there may be more", async () => {
  await request();
  await book.ledger.sessionLists.read(PAYER, ALL);
  const broken = new Proxy(book.store, {
    get: (target, property) => {
      const value = Reflect.get(target, property, target);
      if (typeof value !== "function") return value;
      if (property !== "evalsha" && property !== "eval") return value.bind(target);
      return () => Promise.reject(new Error("Connection is closed."));
    },
  });
  const { book: watch } = book.options;
  const away = new Ledger({ ...book.options, store: broken, book: watch });
  assert.equal(await away.sessionLists.read(PAYER, ALL), {
    open: { open: [], more: true },
    vouchers: { vouchers: [], more: true },
    at: undefined,
  });
});

session.run();
