/** Holds an archive against the store that it follows: all that is in the store is in the archive, and the same. */
import { isVoucherId, type Snapshot, type VoucherSnapshot, voucherIdOf } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import type { Database } from "../../server/archive/database.ts";
import { readArchivedIssuance, readArchivedVoucher } from "../../server/archive/events.ts";
import type { AccountTable } from "../../server/archive/schema.ts";
import { readStatement } from "../../server/archive/statement.ts";
import { parseKey } from "../../server/ledger/keys.ts";
import type { TestLedger } from "../ledger/start-ledger.ts";

/** Tests move times in the store alone; what is archived is what was written. */
function timeless<S extends object>(value: S): Partial<S> {
  const { issuedAt: _i, expiresAt: _e, deadline: _d, at: _a, ...rest } = value as Record<string, unknown>;
  if (Array.isArray(rest.drawings)) rest.drawings = rest.drawings.map(timeless);
  if (rest.voucher) rest.voucher = timeless(rest.voucher);
  return rest as Partial<S>;
}

export interface Compared {
  issuances: number;
  vouchers: number;
  accounts: number;
}

/** Compares every issuance, voucher and account of the store. */
export async function sameAsStore(
  { store, ledger, accounts }: Pick<TestLedger, "store" | "ledger" | "accounts">,
  database: Database,
): Promise<Compared> {
  const compared = { issuances: 0, vouchers: 0, accounts: 0 };
  for (const key of (await store.keys("ts:*")).sort()) {
    const parsed = parseKey(key);
    if (parsed?.kind === "issuance") {
      await sameIssuance(ledger, database, parsed.issuanceId);
      compared.issuances += 1;
    } else if (parsed?.kind === "voucher") {
      await sameVoucher(ledger, database, voucherIdOf(parsed.issuanceId));
      compared.vouchers += 1;
    } else if (parsed?.kind === "account") {
      await sameAccount(accounts, database, parsed);
      compared.accounts += 1;
    }
  }
  return compared;
}

async function sameIssuance(ledger: TestLedger["ledger"], database: Database, id: string): Promise<void> {
  assert.not(isVoucherId(id));
  const archived = await readArchivedIssuance(database, id);
  const stored = await ledger.read(id, { after: 0 });
  assert.ok(archived && stored.kind === "found", id);
  assert.equal(timeless<Snapshot>(archived.snapshot), timeless<Snapshot>(stored.snapshot), id);
  assert.equal(archived.events.map(timeless), stored.events.map(timeless), id);
}

async function sameVoucher(ledger: TestLedger["ledger"], database: Database, id: string): Promise<void> {
  const archived = await readArchivedVoucher(database, id);
  const stored = await ledger.vouchers.read(id);
  assert.ok(archived && stored.kind === "found", id);
  assert.equal(timeless<VoucherSnapshot>(archived.snapshot), timeless<VoucherSnapshot>(stored.snapshot), id);
  assert.equal(archived.events.map(timeless), stored.events.map(timeless), id);
}

async function sameAccount(
  accounts: TestLedger["accounts"],
  database: Database,
  { party, number }: { party: string; number: string },
): Promise<void> {
  const stored = await accounts.get({ party, number });
  const archived = await database
    .selectFrom("accounts")
    .selectAll()
    .where("party", "=", party)
    .where("number", "=", number)
    .executeTakeFirst();
  assert.ok(stored && archived, `${party}/${number}`);
  assert.equal(sumsOf(archived), sumsOfStored(stored), `${party}/${number}`);
  const last = (await statementOf(database, party, number)).at(-1);
  assert.equal(last && sumsOf(last), sumsOf(archived), `the statement of ${party}/${number}`);
}

async function statementOf(database: Database, party: string, number: string) {
  const lines = [];
  for (let after: number | undefined; ; ) {
    const page = await readStatement(database, { party, number, after, limit: 50 });
    lines.push(...(page?.lines ?? []));
    after = page?.next;
    if (after === undefined) return lines;
  }
}

function sumsOf({
  kind,
  currency,
  total,
  used,
  frozen,
}: Pick<AccountTable, "kind" | "currency" | "total" | "used" | "frozen">) {
  return { kind, currency, total, used, frozen };
}

function sumsOfStored(account: NonNullable<Awaited<ReturnType<TestLedger["accounts"]["get"]>>>) {
  const { kind, currency, frozen } = account;
  const { total, used } =
    account.kind === "funds"
      ? { total: account.balance, used: 0 }
      : { total: account.limit, used: account.used };
  return { kind, currency, total, used, frozen };
}
