/** Accounts that are verified without a voucher are counted for an issuer and a payer, so that nobody can find out a balance. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { partitionKeys } from "../../server/ledger/keys.ts";
import type { Ledger } from "../../server/ledger/ledger.ts";
import type { Outcome } from "../../server/ledger/outcome.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { startLedger, type TestLedger } from "./start-ledger.ts";

const probes = suite("probes");

const HOUR_MS = 3_600_000;
const ACME = { party: "acme" };
const NAME = { number: "6222020200112233", holder: "Acme Ltd" };
const UNKNOWN = { number: "9999", holder: "Acme Ltd" };
const LIMITS = { openPerPair: 1000, openPerIssuer: 1000, untouchedPerPair: 1000, probesPerPair: 3 };

let book: TestLedger;
let ledger: Ledger;
probes.before.each(async () => {
  book = await startLedger({ limits: LIMITS });
  ledger = book.ledger;
  const body = { kind: "funds", holder: NAME.holder, currency: "CNY", balance: 1000 } as const;
  for (const party of ["acme", "shop"]) await book.accounts.put({ party, number: NAME.number }, body);
});
probes.after.each(() => book.stop());

interface Opened {
  issuer?: string;
  payer?: string;
  amount?: number;
  review?: "first" | "every" | "none";
}

/** An issuance that waits for an account. */
async function opened({ issuer = "shop", payer = "acme", amount = 10, review = "every" }: Opened = {}) {
  const offer = { payer, amount, currency: "CNY", review };
  const made = await ledger.requestPayer({ party: issuer }, { commandId: freshId(), ...offer });
  assert.ok(made.kind === "done");
  const { issuanceId } = made.snapshot;
  const intent = () => ({ issuanceId, commandId: freshId() });
  if (payer !== issuer) await ledger.execute("payer:agree", { party: payer }, intent());
  await ledger.execute("issuance:open", { party: issuer }, intent());
  return { issuanceId, intent };
}
type Begun = Awaited<ReturnType<typeof opened>>;

const submit = ({ intent }: Begun, account = NAME, party = "acme") =>
  ledger.execute("account:submit", { party }, { ...intent(), account });

function isLimited(outcome: Outcome): void {
  assert.ok(outcome.kind === "refused" && outcome.code === "rate_limited", JSON.stringify(outcome));
  const retryAfter = Number(outcome.details?.retryAfter);
  assert.ok(retryAfter > 0 && retryAfter <= HOUR_MS, String(retryAfter));
}

/** The hour passes for what was verified until now. */
async function anHourLater(): Promise<void> {
  const key = partitionKeys.probes(ledger.partitionOf("acme"));
  const client = book.redis.client();
  for (const [pair, text] of Object.entries(await client.hgetall(key)))
    await client.hset(
      key,
      pair,
      text.replace(/\d+(?=:)/g, (at) => String(Number(at) - HOUR_MS)),
    );
}

probes(
  "a balance can't be found out: what passes and what is refused counts alike, whatever the amount",
  async () => {
    for (const amount of [500, 5000, 750]) await submit(await opened({ amount }));
    const fourth = await opened({ amount: 875 });
    isLimited(await submit(fourth));
    isLimited(await submit(fourth, UNKNOWN));
    const { snapshot } = (await ledger.read(fourth.issuanceId, {})) as { snapshot: { version: number } };
    assert.is(snapshot.version, 3, "nothing has happened");
    assert.equal((await audit(book)).findings, []);
  },
);

probes("other issuers, and the payer itself, are free", async () => {
  for (let each = 0; each < 3; each++) await submit(await opened());
  assert.is((await submit(await opened({ issuer: "globex" }))).kind, "done");
  for (let each = 0; each < 5; each++) {
    const own = await opened({ issuer: "acme" });
    assert.is((await submit(own)).kind, "done");
  }
  isLimited(await submit(await opened()));
});

probes("with the voucher all that was verified for it is given back, by acceptance and at once", async () => {
  for (const review of ["every", "none"] as const) {
    for (let each = 0; each < 4; each++) {
      const begun = await opened({ review });
      await submit(begun, UNKNOWN);
      await submit(begun, UNKNOWN);
      assert.is((await submit(begun)).kind, "done");
      if (review === "every")
        assert.is((await ledger.execute("issuance:accept", { party: "shop" }, begun.intent())).kind, "done");
    }
  }
  assert.is(await book.redis.client().exists(partitionKeys.probes(ledger.partitionOf("acme"))), 0);
});

probes(
  "what ends without a voucher counts for an hour, and what was refused then passes under its commandId",
  async () => {
    for (let each = 0; each < 3; each++) {
      const begun = await opened();
      await submit(begun);
      await ledger.execute("issuance:cancel", { party: "shop" }, begun.intent());
    }
    const begun = await opened();
    const payload = { issuanceId: begun.issuanceId, commandId: "again", account: NAME };
    isLimited(await ledger.execute("account:submit", ACME, payload));
    await anHourLater();
    const passed = await ledger.execute("account:submit", ACME, payload);
    assert.ok(passed.kind === "done" && !passed.repeated);
    // A repeat of what was done is answered, and counts no more.
    await submit(await opened());
    await submit(await opened());
    const repeat = await ledger.execute("account:submit", ACME, payload);
    assert.ok(repeat.kind === "done" && repeat.repeated);
    isLimited(await submit(await opened()));
  },
);

probes("what is kept of pairs that negotiate no more leaves as others come", async () => {
  await submit(await opened());
  await anHourLater();
  const key = partitionKeys.probes(ledger.partitionOf("acme"));
  for (let each = 0; each < 60; each++) await submit(await opened({ issuer: `other-${each}` }));
  assert.is(await book.redis.client().hexists(key, "acme:shop"), 0);
});

probes(
  "an account that is not there, another party's and one of another name are answered alike",
  async () => {
    const stranger = { number: "SHOP-1", holder: NAME.holder };
    await book.accounts.put(
      { party: "shop", number: "SHOP-1" },
      { kind: "funds", holder: NAME.holder, currency: "CNY", balance: 1 },
    );
    const answers: unknown[] = [];
    for (const account of [UNKNOWN, stranger, { ...NAME, holder: "Acme" }]) {
      const begun = await opened();
      const outcome = await submit(begun, account);
      assert.ok(outcome.kind === "refused" && outcome.event);
      answers.push([outcome.code, Object.keys(outcome.event).sort(), outcome.event.state]);
      await anHourLater();
    }
    assert.equal(answers[1], answers[0]);
    assert.equal(answers[2], answers[0]);
  },
);

probes.run();
