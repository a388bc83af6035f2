/** What the audit of one partition shares: its journal, what was looked at, and the money that was found. */
import type { AsksArchive } from "../archive/archive.ts";
import type { AuditedBook } from "./findings.ts";
import { add, Journal } from "./journal.ts";

/** The money of a partition, by currency, minor units: what accounts hold, less what was used, and what is in clearing. */
export interface Money {
  /** What there is. */
  held: Map<string, bigint>;
  /** What there has to be, as the journal has moved it. */
  moved: Map<string, bigint>;
}

/** How many are asked for at once. */
const AT_ONCE = 500;

export class AuditedPartition {
  readonly book: AuditedBook;
  readonly partition: number;
  readonly journal: Journal;
  readonly archive: AsksArchive | undefined;
  /** Issuances and vouchers that are known to have left the store, or to be leaving it. */
  readonly retired = new Set<string>();
  /** Those that the store has and whose texts the archive has blanked, since the store went back after it. */
  readonly forgotten = new Set<string>();
  /** The issuances that the index of open ones names. */
  readonly listed = new Set<string>();
  /** The issuers of those. */
  readonly issuers = new Set<string>();
  /** Of each account that was looked at, and of clearing, its share of the money. */
  readonly #money = new Map<string, Money>();

  constructor(book: AuditedBook, partition: number) {
    this.book = book;
    this.partition = partition;
    this.archive = book.archive?.isThere ? book.archive : undefined;
    this.journal = new Journal(book.store, partition, this.archive);
  }

  /** Asks the archive which of these have left the store. */
  async findRetired(ids: readonly string[]): Promise<void> {
    if (!this.archive) return;
    const unknown = [...new Set(ids)].filter((id) => !this.retired.has(id));
    for (let first = 0; first < unknown.length; first += AT_ONCE) {
      const some = unknown.slice(first, first + AT_ONCE);
      for (const id of await this.archive.ask("listRetired", some)) this.retired.add(id);
    }
  }

  /** Asks the archive what is blanked there and may be in the store. */
  async findForgotten(): Promise<void> {
    const found = (await this.archive?.ask("listForgotten", this.partition)) ?? [];
    for (const id of found) this.forgotten.add(id);
  }

  /** The name under which something of the partition as a whole is found. */
  get subject(): string {
    return `partition ${this.partition}`;
  }

  /** An account was read together with the journal, or clearing was. @param held by currency, minor units. */
  noteMoney(
    name: string,
    { held, moved }: { held: ReadonlyMap<string, bigint>; moved: ReadonlyMap<string, bigint> },
  ) {
    this.#money.set(name, { held: new Map(held), moved: new Map(moved) });
  }

  /** Adds the partition's money to that of others. */
  addMoney(all: Money): void {
    for (const { held, moved } of this.#money.values()) {
      for (const [currency, amount] of held) add(all.held, currency, amount);
      for (const [currency, amount] of moved) add(all.moved, currency, amount);
    }
  }
}
