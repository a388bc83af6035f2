/** What the hub is compared with does the same work: each command once, and no voucher without its freeze. */
import { Client } from "pg";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { findPostgres } from "../helpers/find-postgres.ts";
import { type Outcome, PostgresLedger } from "./postgres-ledger.ts";
import { type PostgresServer, startPostgres } from "./postgres-process.ts";

const account = { number: "6222020200112233", holder: "Acme Ltd" };
const offer = { payer: "acme", amount: 1, currency: "CNY" };

interface Context {
  postgres: PostgresServer;
  ledger: PostgresLedger;
  sql: Client;
}

const postgres = suite<Context>("the ledger on PostgreSQL");
const programs = findPostgres();

/** Adds a test, where there is something to test. */
function check(title: string, run: (context: Context) => Promise<void>): void {
  if (programs) postgres(title, run);
}

postgres.before(async (context) => {
  if (!programs) return;
  context.postgres = await startPostgres(programs);
  const { host, user } = context.postgres;
  const waits = { respondWithinMs: 60_000, waitMs: 60_000 };
  context.ledger = new PostgresLedger({ host, user, connections: 5, ...waits });
  await context.ledger.createTables();
  await context.ledger.putAccount("acme", { ...account, balance: 1000 });
  context.sql = new Client({ host, user, database: "postgres" });
  await context.sql.connect();
});

postgres.after(async ({ postgres: server, ledger, sql }) => {
  if (!programs) return;
  await sql.end();
  await ledger.close();
  await server.stop();
});

/** An issuance with a verified account. */
async function verified(ledger: PostgresLedger, name: string, amount = 1): Promise<string> {
  const asked = await ledger.requestPayer("issuer", { commandId: `${name}-request`, ...offer, amount });
  const { issuanceId } = done(asked).snapshot;
  done(await ledger.execute("payer:agree", "acme", { commandId: `${name}-agree`, issuanceId }));
  done(await ledger.execute("issuance:open", "issuer", { commandId: `${name}-open`, issuanceId }));
  const submission = { commandId: `${name}-submit`, issuanceId, account };
  done(await ledger.execute("account:submit", "acme", submission));
  return issuanceId;
}

function done(outcome: Outcome): Extract<Outcome, { kind: "done" }> {
  if (outcome.kind === "done") return outcome;
  throw new Error(`it was refused: ${outcome.code}`);
}

check("of two accepts at once that the account can't both bear, one is refused", async ({ ledger, sql }) => {
  const ids = [await verified(ledger, "a", 600), await verified(ledger, "b", 600)];
  const outcomes = await Promise.all(
    ids.map((issuanceId, index) =>
      ledger.execute("issuance:accept", "issuer", { commandId: `accept-${index}`, issuanceId }),
    ),
  );
  const codes = outcomes.map((outcome) => (outcome.kind === "refused" ? outcome.code : "done")).sort();
  assert.equal(codes, ["done", "insufficient_funds"]);
  const { rows } = await sql.query(
    "select frozen, (select sum(amount) from freezes) as freezes, (select count(*) from vouchers) as vouchers from accounts",
  );
  assert.equal(rows.flatMap(Object.values).map(Number), [600, 600, 1]);
});

check("a command that comes twice at once has one effect and one answer", async ({ ledger, sql }) => {
  const { issuanceId } = done(await ledger.requestPayer("issuer", { commandId: "twice", ...offer })).snapshot;
  const agree = () => ledger.execute("payer:agree", "acme", { commandId: "agree-twice", issuanceId });
  const [first, second] = (await Promise.all([agree(), agree()])).map(done);
  assert.equal(first?.event, second?.event);
  assert.equal(first?.snapshot, second?.snapshot);
  assert.is.not(first?.repeated, second?.repeated);
  const { rows } = await sql.query("select count(*) from events where issuance_id = $1", [issuanceId]);
  assert.is(Number(rows[0]?.count), 2);
});

check("the same commandId with another payload is a conflict", async ({ ledger }) => {
  const request = (amount: number) => ledger.requestPayer("issuer", { commandId: "other", ...offer, amount });
  const first = done(await request(1));
  assert.equal(done(await request(1)).event, first.event);
  assert.equal(await request(2), { kind: "refused", code: "conflict" });
});

check("a stranger, the wrong role and the wrong state are refused", async ({ ledger }) => {
  const issuanceId = await verified(ledger, "c");
  const agree = (party: string) => ledger.execute("payer:agree", party, { commandId: "late", issuanceId });
  assert.equal(await agree("stranger"), { kind: "refused", code: "not_found" });
  assert.equal(await agree("issuer"), { kind: "refused", code: "forbidden" });
  assert.equal(await agree("acme"), { kind: "refused", code: "wrong_state" });
});

check("an account is sent under its holder's name, or refused and nothing changed", async ({ ledger }) => {
  const { issuanceId } = done(await ledger.requestPayer("issuer", { commandId: "name", ...offer })).snapshot;
  done(await ledger.execute("payer:agree", "acme", { commandId: "name-agree", issuanceId }));
  done(await ledger.execute("issuance:open", "issuer", { commandId: "name-open", issuanceId }));
  const submit = (commandId: string, holder: string) =>
    ledger.execute("account:submit", "acme", { commandId, issuanceId, account: { ...account, holder } });
  assert.equal(await submit("wrong", "Acme Inc"), { kind: "refused", code: "account_name_mismatch" });
  assert.is(done(await submit("right", "ACME  ltd")).snapshot.version, 4);
});

if (!programs) {
  postgres("is left out where PostgreSQL is not installed", () => {
    console.log(
      "PostgreSQL is not installed (Debian: apt-get install postgresql): its ledger was not tested",
    );
  });
}

postgres.run();
