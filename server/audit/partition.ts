/** What the audit of one partition shares: its journal, what was looked at, and the money that was found. */
import type { AuditedBook } from "./findings.ts";
import { add, Journal } from "./journal.ts";

/** The money of funds accounts in a partition, by currency, minor units. */
export interface Money {
  /** What the accounts hold. */
  balances: Map<string, bigint>;
  /** What PUT and adjust have made them hold. */
  changed: Map<string, bigint>;
}

export class AuditedPartition {
  readonly book: AuditedBook;
  readonly partition: number;
  readonly journal: Journal;
  /** The issuances that the index of open ones names. */
  readonly listed = new Set<string>();
  /** Of each account that was looked at, its share of the money. */
  readonly #money = new Map<string, Money>();

  constructor(book: AuditedBook, partition: number) {
    this.book = book;
    this.partition = partition;
    this.journal = new Journal(book.store, partition);
  }

  /** The name under which something of the partition as a whole is found. */
  get subject(): string {
    return `partition ${this.partition}`;
  }

  /** An account was read together with the journal: its balance, when it holds funds, and what the journal makes it. */
  noteMoney(account: string, balance: { currency: string; amount: number } | undefined): void {
    const balances = new Map<string, bigint>();
    if (balance) add(balances, balance.currency, BigInt(balance.amount));
    this.#money.set(account, { balances, changed: new Map(this.journal.accounts.get(account)?.changed) });
  }

  /** Adds the partition's money to that of others. */
  addMoney(all: Money): void {
    for (const { balances, changed } of this.#money.values()) {
      for (const [currency, amount] of balances) add(all.balances, currency, amount);
      for (const [currency, amount] of changed) add(all.changed, currency, amount);
    }
  }
}
