/** The id of a write of the account book: what it stands for, and for how long. */
import type { AccountPut } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { NotServedError } from "../../server/ledger/book-watch.ts";
import { writeKey } from "../../server/ledger/keys.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const ids = suite("ids of writes");
let book: TestLedger;
ids.before(async () => {
  book = await startLedger();
});
ids.after(() => book.stop());

const name = { party: "acme", number: "1" };
const body = (balance: number): AccountPut => ({
  holder: "Acme Ltd",
  kind: "funds",
  currency: "CNY",
  balance,
});

ids("an id of another write is a conflict, and nothing is changed", async () => {
  const { accounts } = book;
  const writeId = "one";
  const first = await accounts.put(name, body(500), { writeId });
  assert.is(first.kind, "done");
  const others = [
    accounts.put(name, body(501), { writeId }),
    accounts.put(name, { ...body(500), status: "active" }, { writeId }),
    accounts.put({ ...name, number: "2" }, body(500), { writeId }),
    accounts.adjust({ ...name }, { amount: 500, reference: "in" }, { writeId }),
    accounts.setStatus(name, "blocked", { writeId }),
  ];
  for (const outcome of await Promise.all(others))
    assert.is(outcome.kind === "refused" && outcome.code, "conflict");
  assert.equal(await accounts.list("acme", { limit: 10 }), {
    accounts: [first.kind === "done" && first.account],
  });
  assert.equal(await accounts.put(name, body(500), { writeId }), first);
});

ids("without an id each call is a write of its own", async () => {
  const { accounts } = book;
  await accounts.put(name, body(500));
  await accounts.adjust(name, { amount: 70, reference: "deposit" });
  await accounts.put(name, body(500));
  assert.is((await accounts.get(name))?.balance, 500);
});

ids("a refused write is not remembered, and passes under its id when it can", async () => {
  const { accounts, ledger, store } = book;
  await accounts.put(name, body(5));
  const adjust = () => accounts.adjust(name, { amount: -10, reference: "out" }, { writeId: "poor" });
  assert.is((await adjust()).kind, "refused");
  assert.is(await store.exists(writeKey(ledger.partitionOf("acme"), "poor")), 0);
  await accounts.put(name, body(15));
  const passed = await adjust();
  assert.is(passed.kind === "done" && passed.account.balance, 5);
});

ids("a decision is answered under its id after its issuance has gone", async () => {
  const { ledger, store } = book;
  const offer = { commandId: "gone", payer: "acme", amount: 5, currency: "CNY" };
  const made = await ledger.requestPayer({ party: "shop" }, offer);
  if (made.kind !== "done") throw new Error(made.code);
  const { issuanceId } = made.snapshot;
  await ledger.fences.fence(issuanceId, { party: "acme", version: 3 });
  const decide = () => ledger.fences.decide(issuanceId, { decision: "cancel" }, "decision");
  const first = await decide();
  assert.is(first.kind === "done" && first.snapshot.state, "cancelled");
  await store.del(`ts:{${ledger.partitionOf("acme")}}:issuance:${issuanceId}`);
  assert.equal(await decide(), { ...first, repeated: true });
});

ids("a key is claimed only where the book is: nothing begins in a store that was emptied", async () => {
  const { ledger, store, redis } = book;
  const key = { party: "operator", key: "intent" };
  assert.is((await ledger.writeKeys.claim(key, "one")).kind, "claimed");
  assert.is((await ledger.writeKeys.claim(key, "another")).kind, "conflict");
  await redis.client().flushall();
  const refused = await ledger.writeKeys.claim(key, "one").catch((error: unknown) => error);
  assert.instance(refused, NotServedError);
  assert.equal(await store.keys("*"), []);
});

ids.run();
