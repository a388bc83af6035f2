/** What the archive has of whatever a batch of entries is about, kept from one batch to the next. */
import { isVoucherId } from "@tallystick/protocol";
import { readTerms } from "../ledger/voucher-record.ts";
import type { Database } from "./database.ts";
import { isAccountEntry } from "./fold-account.ts";
import { type IssuanceHead, readIssuance } from "./fold-issuance.ts";
import { readVoucher, type VoucherHead } from "./fold-voucher.ts";
import type { StoredEntry } from "./read-entry.ts";
import type { AccountTable } from "./schema.ts";

/** How many are kept; beyond that all are read again as they are needed. */
const MOST_KEPT = 20_000;
/** How many are asked for at once. */
const AT_ONCE = 500;

export class Heads {
  readonly issuances = new Map<string, IssuanceHead>();
  readonly vouchers = new Map<string, VoucherHead>();
  /** By `party/number`. */
  readonly accounts = new Map<string, AccountTable>();

  /** Reads what the entries are about, as far as it is not known yet. */
  async load(database: Database, entries: readonly StoredEntry[]): Promise<void> {
    if (this.issuances.size + this.vouchers.size + this.accounts.size > MOST_KEPT) this.clear();
    const ids = new Set<string>();
    const accounts = new Set<string>();
    for (const { said } of entries) {
      if (said === undefined) continue;
      if (isAccountEntry(said)) accounts.add(`${said.party}/${said.number}`);
      if (said.kind === "issuance.event") ids.add(said.issuanceId);
      if (said.kind !== "voucher.event") continue;
      ids.add(said.voucherId);
      const begun = said.terms === undefined ? undefined : readTerms(said.voucherId, said.terms);
      if (begun) accounts.add(`${begun.payer}/${begun.number}`);
    }
    await this.#loadIssuances(
      database,
      [...ids].filter((id) => !isVoucherId(id) && !this.issuances.has(id)),
    );
    await this.#loadVouchers(
      database,
      [...ids].filter((id) => isVoucherId(id) && !this.vouchers.has(id)),
    );
    for (const id of ids) {
      const terms = this.vouchers.get(id)?.terms;
      if (terms) accounts.add(`${terms.payer}/${terms.number}`);
    }
    await this.#loadAccounts(
      database,
      [...accounts].filter((name) => !this.accounts.has(name)),
    );
  }

  clear(): void {
    this.issuances.clear();
    this.vouchers.clear();
    this.accounts.clear();
  }

  async #loadIssuances(database: Database, ids: readonly string[]): Promise<void> {
    for (const some of inChunks(ids)) {
      const query = database.selectFrom("issuances").selectAll().where("id", "in", some);
      // Where an id has begun anew, the last row is the newest.
      const rows = await query.where("is_lost", "=", 0).orderBy("began_at").execute();
      for (const row of rows) this.issuances.set(row.id, readIssuance(row));
    }
  }

  async #loadVouchers(database: Database, ids: readonly string[]): Promise<void> {
    for (const some of inChunks(ids)) {
      const query = database.selectFrom("vouchers").selectAll().where("id", "in", some);
      const rows = await query.where("is_lost", "=", 0).orderBy("began_at").execute();
      for (const row of rows) this.vouchers.set(row.id, readVoucher(row));
    }
  }

  async #loadAccounts(database: Database, names: readonly string[]): Promise<void> {
    for (const some of inChunks(names)) {
      const parties = [...new Set(some.map((name) => name.slice(0, name.indexOf("/"))))];
      const numbers = [...new Set(some.map((name) => name.slice(name.indexOf("/") + 1)))];
      const query = database.selectFrom("accounts").selectAll().where("party", "in", parties);
      for (const row of await query.where("number", "in", numbers).execute())
        this.accounts.set(`${row.party}/${row.number}`, row);
    }
  }
}

/** A list in pieces that one statement can take. */
export function* inChunks<T>(list: readonly T[], size = AT_ONCE): Generator<T[], void, undefined> {
  for (let from = 0; from < list.length; from += size) yield list.slice(from, from + size);
}
