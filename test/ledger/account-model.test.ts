/**
 * Random writes of the account book, with drawings and payments between them, against real Redis and a pure model: answers,
 * accounts and sums agree after each step, and money is conserved (guarantee 7). FC_RUNS=50 makes it fifty times as long.
 */
import { type AccountPut, MAX_AMOUNT } from "@tallystick/protocol";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { AccountOutcome } from "../../server/ledger/accounts.ts";
import { partitionKeys } from "../../server/ledger/keys.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import { holds, leftOut } from "../helpers/properties.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { AccountModel, type ModelAccount, type ModelBody, Sums } from "./account-model.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const model = suite("the account book and its model");

const CURRENCIES = ["CNY", "CNY", "USD"] as const;
const NUMBERS = ["1", "2"] as const;
const HOLDER = "Acme Ltd";

/** Numbers are places in lists, taken modulo their lengths. */
type Place = { party: number; number: number };
type Step = Place &
  (
    | { kind: "put"; funds: boolean; currency: number; total: number }
    | { kind: "adjust" | "repay"; amount: number; reference: number }
    /** A voucher is issued; a part of it is drawn, and the rest stays frozen. */
    | { kind: "draw"; drawn: number; rest: number }
    /** A hub pays the oldest drawing that is not paid out, and may die before it closes the settlement. */
    | { kind: "pay"; isClosed: boolean }
  );

const place = { party: fc.nat({ max: 2 }), number: fc.nat({ max: 1 }) };
const total = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 200 }) },
  { weight: 1, arbitrary: fc.integer({ min: MAX_AMOUNT - 50, max: MAX_AMOUNT }) },
);
const reference = fc.nat({ max: 3 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        ...place,
        kind: fc.constant("put" as const),
        funds: fc.boolean(),
        currency: fc.nat({ max: 2 }),
        total,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        ...place,
        kind: fc.constant("adjust" as const),
        amount: fc.integer({ min: -80, max: 80 }).filter((amount) => amount !== 0),
        reference,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        ...place,
        kind: fc.constant("repay" as const),
        amount: fc.integer({ min: 1, max: 40 }),
        reference,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        ...place,
        kind: fc.constant("draw" as const),
        drawn: fc.integer({ min: 1, max: 60 }),
        rest: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 20 })),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ ...place, kind: fc.constant("pay" as const), isClosed: fc.boolean() }),
    },
  ),
  { minLength: 1, maxLength: 60, size: "max" },
);

/** A drawing that is not paid out yet. */
interface Unpaid {
  settlementId: string;
  from: string;
  to: string;
  amount: number;
  currency: string;
  isCredited: boolean;
}

let book: TestLedger;
model.before(async () => {
  book = await startLedger();
});
model.after(() => book.stop());

/** Which kinds of answers were given, to know that the steps go far enough. */
const reached = new Set<string>();
let worlds = 0;

class World {
  readonly #model = new AccountModel((name) => book.ledger.partitionOf(partsOf(name).party));
  readonly #parties: readonly string[];
  readonly #payee: string;
  readonly #unpaid: Unpaid[] = [];
  /** Other worlds use the same store. */
  readonly #before = new Sums();

  constructor() {
    worlds += 1;
    this.#parties = ["a", "b", "c"].map((letter) => `${letter}-${worlds}-book`);
    this.#payee = `${worlds}-payee`;
  }

  async begin(): Promise<void> {
    for (const [name, sum] of await readSums()) this.#before.add(name, sum);
    for (const currency of new Set(CURRENCIES))
      await this.#put(`${this.#payee}/${currency}`, { kind: "funds", currency, total: 0 });
    for (const [index, party] of this.#parties.entries()) {
      await this.#put(`${party}/1`, { kind: index === 1 ? "funds" : "credit", currency: "CNY", total: 150 });
      await this.#put(`${party}/2`, { kind: "credit", currency: "USD", total: 60 });
    }
    await this.#check();
  }

  async take(step: Step): Promise<void> {
    const name = `${this.#parties[step.party]}/${NUMBERS[step.number]}`;
    if (step.kind === "put") {
      const currency = CURRENCIES[step.currency] as string;
      await this.#put(name, { kind: step.funds ? "funds" : "credit", currency, total: step.total });
    } else if (step.kind === "draw") await this.#draw(name, step);
    else if (step.kind === "pay") await this.#pay(step.isClosed);
    else {
      const { kind, amount } = step;
      const body = { amount, reference: `ref-${step.reference}` };
      const expected = this.#model[kind](name, body.amount, body.reference);
      compare(kind, expected, await book.accounts[kind](partsOf(name), body));
    }
    await this.#check();
  }

  async #put(name: string, body: ModelBody): Promise<void> {
    const { kind, total: sum, currency } = body;
    const described = { holder: HOLDER, currency };
    const asked: AccountPut =
      kind === "funds" ? { ...described, kind, balance: sum } : { ...described, kind, limit: sum };
    const expected = this.#model.put(name, body);
    compare("put", expected, await book.accounts.put(partsOf(name), asked));
  }

  async #draw(name: string, { drawn, rest }: { drawn: number; rest: number }): Promise<void> {
    const account = this.#model.accounts.get(name) as ModelAccount;
    const amount = drawn + rest;
    const { currency, kind } = account;
    const issued = await issue({ ...partsOf(name), amount, currency, beneficiary: this.#payee });
    if (account.total - account.used - account.frozen < amount) {
      const code = kind === "funds" ? "insufficient_funds" : "insufficient_credit";
      assert.is(issued.kind === "refused" && issued.code, code);
      reached.add(`draw ${code}`);
      return;
    }
    assert.ok(issued.kind === "done");
    const voucherId = `v${issued.snapshot.issuanceId}`;
    const payload = {
      commandId: freshId(),
      voucherId,
      amount: drawn,
      to: { number: currency, holder: HOLDER },
    };
    const sender = { party: this.#payee };
    const done = await book.ledger.vouchers.execute("voucher:draw", sender, payload, { code: "", currency });
    assert.ok(done.kind === "done" && done.event.type === "drawing.honoured");
    const settlementId = `${voucherId}.${done.event.version}`;
    const to = `${this.#payee}/${currency}`;
    this.#unpaid.push({ settlementId, from: name, to, amount: drawn, currency, isCredited: false });
    this.#model.draw(name, { amount, drawn });
    reached.add(`draw ${kind}`);
  }

  async #pay(isClosed: boolean): Promise<void> {
    const [drawing] = this.#unpaid;
    if (!drawing) return;
    const { settlements } = book.ledger;
    const found = await settlements.find(drawing.settlementId);
    assert.ok(found);
    assert.is((await settlements.credit(found)).kind, "done");
    if (!drawing.isCredited) this.#model.credit(drawing.to, drawing.amount);
    drawing.isCredited = true;
    reached.add(isClosed ? "pay" : "pay half");
    if (!isClosed) return;
    assert.is((await settlements.close(found)).kind, "done");
    this.#model.close(drawing.from, drawing);
    this.#unpaid.shift();
  }

  async #check(): Promise<void> {
    const held = new Sums();
    for (const [name, { kind, currency, total: sum, used, frozen }] of this.#model.accounts) {
      const { party, number } = partsOf(name);
      const money = kind === "funds" ? { balance: sum } : { limit: sum, used };
      const available = sum - used - frozen;
      const shown = { holder: HOLDER, kind, currency, ...money, frozen, available, status: "active" };
      const account = await book.accounts.get({ party, number });
      assert.equal(account, { party, number, ...shown });
      assert.ok(available >= 0 && used >= 0);
      held.add(currency, account?.balance ?? -(account?.used ?? 0));
    }
    const cameIn = new Sums();
    for (const [name, sum] of await readSums()) {
      const here = sum - this.#before.get(name);
      assert.is(here, this.#model.sums.get(name), name);
      const [, kind, currency = ""] = name.split(/[ :]/);
      if (kind === "in") cameIn.add(currency, here);
      else held.add(currency, here);
    }
    for (const { amount, currency, isCredited } of this.#unpaid) if (isCredited) held.add(currency, -amount);
    for (const currency of CURRENCIES)
      assert.is(held.get(currency), cameIn.get(currency), `${currency} conserved`);
  }
}

function compare(kind: string, expected: string, outcome: AccountOutcome): void {
  const answer = outcome.kind === "done" ? "done" : outcome.code;
  assert.is(answer, expected, kind);
  reached.add(`${kind} ${answer}`);
}

function partsOf(name: string): { party: string; number: string } {
  const [party = "", number = ""] = name.split("/");
  return { party, number };
}

/** The sums of all partitions, as in `3 in:CNY`. */
async function readSums(): Promise<[name: string, sum: bigint][]> {
  const { store, ledger } = book;
  const numbers = Array.from({ length: ledger.partitions }, (_, partition) => partition);
  const all = await Promise.all(
    numbers.map(async (partition) => {
      const sums = Object.entries(await store.hgetall(partitionKeys.sums(partition)));
      return sums.map(([field, sum]): [string, bigint] => [`${partition} ${field}`, BigInt(sum)]);
    }),
  );
  return all.flat();
}

interface Voucher {
  party: string;
  number: string;
  amount: number;
  currency: string;
  beneficiary: string;
}

/** A voucher that a party issues to another from its own account; refused where there is not enough. */
async function issue({ party, number, amount, currency, beneficiary }: Voucher): Promise<Outcome> {
  const { ledger } = book;
  const offer = {
    commandId: freshId(),
    payer: party,
    amount,
    currency,
    review: "none",
    beneficiary,
  } as const;
  const requested = await ledger.requestPayer({ party }, offer);
  assert.ok(requested.kind === "done");
  const { issuanceId } = requested.snapshot;
  await ledger.execute("issuance:open", { party }, { commandId: freshId(), issuanceId });
  const account = { number, holder: HOLDER };
  const submission = { commandId: freshId(), issuanceId, account };
  return ledger.execute("account:submit", { party }, submission);
}

async function walk(all: readonly Step[]): Promise<void> {
  const world = new World();
  await world.begin();
  for (const step of all) await world.take(step);
}

const lives = fc.asyncProperty(steps, walk);

model("agree after every step, and money is conserved", () =>
  holds(lives, { name: "account-model", runs: 120 }),
);

model("the steps have been through all that can be answered", async () => {
  const EVERYTHING = [
    ...["put done", "put conflict", "put insufficient_funds"],
    ...["adjust done", "adjust conflict", "adjust insufficient_funds", "adjust invalid_request"],
    ...["repay done", "repay conflict", "repay invalid_request", "repay exceeds_remaining"],
    ...[
      "draw funds",
      "draw credit",
      "draw insufficient_funds",
      "draw insufficient_credit",
      "pay",
      "pay half",
    ],
  ];
  // What is replayed is less.
  if (process.env.FC_SEED || process.env.FC_RUNS) return;
  const missing = () => EVERYTHING.filter((answer) => !reached.has(answer));
  assert.equal(await leftOut(lives, { name: "account-model", runs: 120, missing }), []);
});

model.run();
