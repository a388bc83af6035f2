/** Holds an archive against the store that it follows: all that is in the store is in the archive, and the same. */
import { isDeepStrictEqual } from "node:util";
import type { Snapshot, VoucherSnapshot } from "@tallystick/protocol";
import { voucherIdOf } from "@tallystick/protocol";
import * as assert from "uvu/assert";
import type { Database } from "../../server/archive/database.ts";
import { readArchivedIssuance, readArchivedVoucher } from "../../server/archive/events.ts";
import type { AccountTable } from "../../server/archive/schema.ts";
import { readStatement } from "../../server/archive/statement.ts";
import { parseKey } from "../../server/ledger/keys.ts";
import { masters } from "../../server/redis/connect.ts";
import type { TestLedger } from "../ledger/start-ledger.ts";

type Stored = Pick<TestLedger, "store" | "ledger">;

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

/** What the archive has otherwise than the store. */
export interface Unlike {
  /** An issuance, a voucher, or an account as `party/number`. */
  subject: string;
  problem: string;
}

/** Compares every issuance, voucher and account of the store; throws where one is not the same. */
export async function sameAsStore(book: Stored, database: Database): Promise<Compared> {
  const { compared, unlike } = await compareWithStore(book, database);
  assert.equal(unlike, []);
  return compared;
}

/** Compares every issuance, voucher and account of the store, which is at rest. */
export async function compareWithStore(
  { store, ledger }: Stored,
  database: Database,
): Promise<{ compared: Compared; unlike: Unlike[] }> {
  const compared = { issuances: 0, vouchers: 0, accounts: 0 };
  const unlike: Unlike[] = [];
  const keys = await Promise.all(masters(store).map((server) => server.keys("ts:*")));
  for (const key of keys.flat().sort()) {
    const parsed = parseKey(key);
    if (parsed?.kind === "issuance") {
      unlike.push(...(await compareIssuance(ledger, database, parsed.issuanceId)));
      compared.issuances += 1;
    } else if (parsed?.kind === "voucher") {
      unlike.push(...(await compareVoucher(ledger, database, voucherIdOf(parsed.issuanceId))));
      compared.vouchers += 1;
    } else if (parsed?.kind === "account") {
      unlike.push(...(await compareAccount(ledger, database, parsed)));
      compared.accounts += 1;
    }
  }
  return { compared, unlike };
}

async function compareIssuance(
  ledger: TestLedger["ledger"],
  database: Database,
  id: string,
): Promise<Unlike[]> {
  const archived = await readArchivedIssuance(database, id);
  const stored = await ledger.read(id, { after: 0 });
  if (!archived || stored.kind !== "found") return lacking(id, archived !== undefined);
  return [
    ...differing(id, timeless<Snapshot>(archived.snapshot), timeless<Snapshot>(stored.snapshot)),
    ...differing(id, archived.events.map(timeless), stored.events.map(timeless)),
  ];
}

async function compareVoucher(
  ledger: TestLedger["ledger"],
  database: Database,
  id: string,
): Promise<Unlike[]> {
  const archived = await readArchivedVoucher(database, id);
  const stored = await ledger.vouchers.read(id);
  if (!archived || stored.kind !== "found") return lacking(id, archived !== undefined);
  return [
    ...differing(
      id,
      timeless<VoucherSnapshot>(archived.snapshot),
      timeless<VoucherSnapshot>(stored.snapshot),
    ),
    ...differing(id, archived.events.map(timeless), stored.events.map(timeless)),
  ];
}

async function compareAccount(
  { accounts }: TestLedger["ledger"],
  database: Database,
  { party, number }: { party: string; number: string },
): Promise<Unlike[]> {
  const name = `${party}/${number}`;
  const stored = await accounts.get({ party, number });
  const archived = await database
    .selectFrom("accounts")
    .selectAll()
    .where("party", "=", party)
    .where("number", "=", number)
    .executeTakeFirst();
  if (!stored || !archived) return lacking(name, archived !== undefined);
  const last = (await statementOf(database, party, number)).at(-1);
  return [
    ...differing(name, sumsOf(archived), sumsOfStored(stored)),
    ...differing(`the statement of ${name}`, last && sumsOf(last), sumsOf(archived)),
  ];
}

function lacking(subject: string, isArchived: boolean): Unlike[] {
  return [{ subject, problem: isArchived ? "it can't be read from the store" : "the archive has it not" }];
}

function differing(subject: string, archived: unknown, stored: unknown): Unlike[] {
  if (isDeepStrictEqual(archived, stored)) return [];
  const problem = `the archive has ${JSON.stringify(archived)}, and it is ${JSON.stringify(stored)}`;
  return [{ subject, problem }];
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
