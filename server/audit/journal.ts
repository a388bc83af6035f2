/**
 * A partition's journal as far as it was read: what it says of each issuance, voucher and account. A record is read at one
 * moment together with the journal's last entry; once the journal is read up to that entry, both have to agree
 * exactly, however busy the book is.
 */
import { issuanceIdOf } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type {
  AccountAdjustedEntry,
  AccountCreditedEntry,
  AccountPutEntry,
  AccountRepaidEntry,
  AccountStatusEntry,
  CreditRefusedEntry,
  IssuanceEntry,
  JournalEntry,
  SettlementFailedEntry,
  SettlementRedirectedEntry,
  VoucherEntry,
} from "../ledger/journal-entry.ts";
import { readJournalEntry } from "../ledger/journal-entry.ts";
import { partitionKeys } from "../ledger/keys.ts";
import { readOffer } from "../ledger/offer.ts";
import { type Moved, VoucherFold } from "../ledger/voucher-fold.ts";
import { readTerms, type VoucherTerms } from "../ledger/voucher-record.ts";
import type { Store } from "../redis/connect.ts";
import { archivedEntries, firstOf, isBefore } from "./archived-journal.ts";
import type { AuditRule, Finding } from "./findings.ts";

/** How many entries are read at once. */
const ENTRIES_AT_ONCE = 500;

export interface JournaledIssuance {
  /** The lines of its log. */
  lines: string[];
  /** As one text; empty where the entry that has it was taken out. */
  offer: string;
  /** The number of the account that stands; empty when none does. */
  standing: string;
  /** The account that the voucher was issued from. */
  issuedFrom: string | undefined;
  /** The operator's decision came after the last event. */
  isResumed: boolean;
}

export interface JournaledVoucher {
  /** The lines of its log. */
  lines: string[];
  /** Its terms as its first entry has them; empty where that was taken out. */
  terms: string;
  /** Undefined where its events do not follow each other. */
  fold: VoucherFold | undefined;
}

export interface JournaledAccount {
  holder: string;
  kind: string;
  currency: string;
  status: string;
  total: number;
  /** What was issued from it, and neither drawn nor unfrozen, minor units. */
  frozen: bigint;
  /** What was drawn from it, while it is a line of credit, minor units. */
  used: bigint;
  /** `amount total`, by reference. */
  adjustments: Map<string, string>;
  /** Amount, and what was used after it, by reference. */
  repayments: Map<string, { amount: string; used: string }>;
  /** What it holds, or has used (below zero), as all that has changed it makes it, by currency, minor units. */
  moved: Map<string, bigint>;
}

/** What has been frozen in an account since somebody began to watch it. */
export interface Watch {
  /** `party/number`. */
  account: string;
  /** By issuance, minor units; below zero where it was unfrozen. */
  changes: Map<string, bigint>;
}

export class Journal {
  readonly issuances = new Map<string, JournaledIssuance>();
  readonly vouchers = new Map<string, JournaledVoucher>();
  readonly accounts = new Map<string, JournaledAccount>();
  /** What was paid into accounts of the partition, or refused: the marks of each settlement, by attempt. */
  readonly marks = new Map<string, Map<string, string>>();
  /** What has left accounts of the partition and is not paid out, by currency, minor units. */
  readonly clearing = new Map<string, bigint>();
  /** What came into the partition from outside: put, adjusted, repaid, and less what was paid outside. */
  readonly cameIn = new Map<string, bigint>();
  /** How many drawings wait in the partition. */
  waiting = 0;
  /** Is told of each freeze. */
  watch: Watch | undefined;
  readonly findings: Finding[] = [];
  readonly #store: Store;
  readonly #partition: number;
  #last = "0";
  /** False when what is in its place is no stream: then it counts as gone. */
  isReadable = true;

  readonly #archive: AsksArchive | undefined;
  /** Up to where it was read from the archive, and before which entry of the store's that was. */
  #position = 0;
  #filledTo = "";

  /** @param archive has the entries that were taken out of the store. */
  constructor(store: Store, partition: number, archive?: AsksArchive) {
    this.#store = store;
    this.#partition = partition;
    this.#archive = archive;
  }

  /** True while nothing was found in it. */
  get isEmpty(): boolean {
    return this.#last === "0";
  }

  /** Reads on up to an entry, or to the end. */
  async readTo(end = "+"): Promise<void> {
    if (end === "0" || !this.isReadable) return;
    const key = partitionKeys.journal(this.#partition);
    for (;;) {
      const entries = await this.#store.xrange(key, `(${this.#last}`, end, "COUNT", ENTRIES_AT_ONCE);
      // Those between may have been taken out meanwhile.
      if (await this.#fillGap()) continue;
      for (const [id, fields] of entries) this.#apply(id, fields);
      this.#last = entries.at(-1)?.[0] ?? this.#last;
      if (entries.length < ENTRIES_AT_ONCE) return;
    }
  }

  /** Reads from the archive what comes before the first entry that the store has. @returns whether that was needed. */
  async #fillGap(): Promise<boolean> {
    if (!this.#archive) return false;
    const first = await firstOf(this.#store, this.#partition);
    if (first === undefined || first === this.#filledTo || !isBefore(this.#last, first)) return false;
    for await (const { id, fields, position } of archivedEntries(
      this.#archive,
      this.#partition,
      this.#position,
    )) {
      if (!isBefore(id, first)) break;
      this.#position = position;
      if (!isBefore(this.#last, id)) continue;
      this.#apply(id, fields);
      this.#last = id;
    }
    this.#filledTo = first;
    return true;
  }

  /** Whether entries were taken out of it that no archive has: a stream counts all that were ever added. */
  async findCuts(): Promise<Finding[]> {
    const key = partitionKeys.journal(this.#partition);
    const info = (await this.#store.xinfo("STREAM", key)) as unknown[];
    const field = (name: string) => info[info.indexOf(name) + 1];
    const [length, added] = [Number(field("length")), Number(field("entries-added"))];
    if (length === added && field("max-deleted-entry-id") === "0-0") return [];
    const [first] = (field("first-entry") ?? []) as string[];
    if (first !== undefined && (await this.#isArchivedBefore(first, added - length))) return [];
    return [this.#finding("journal_cut", `its journal has ${length} entries of ${added} that were written`)];
  }

  /** The archive has an entry, which is the first that the store has, and all before, of which so many were in the store. */
  async #isArchivedBefore(first: string, takenOut: number): Promise<boolean> {
    if (!this.#archive) return false;
    // Where it was read whole from the store, what has left since is counted: of what left before, the archive has nothing.
    let counted = this.#position === 0 ? 0 : takenOut;
    for await (const { id } of archivedEntries(this.#archive, this.#partition, this.#position)) {
      if (!isBefore(id, first)) return id === first && counted === takenOut;
      if (this.#position === 0) counted += 1;
    }
    return false;
  }

  #finding(rule: AuditRule, problem: string): Finding {
    return { subject: `partition ${this.#partition}`, problem, rule };
  }

  #malformed(id: string): void {
    this.findings.push(this.#finding("journal_malformed", `entry ${id} of its journal is not one of a book`));
  }

  #apply(id: string, fields: string[]): void {
    const entry = readJournalEntry(fields);
    if (entry) this.#take(id, entry);
    else this.#malformed(id);
  }

  #take(id: string, entry: JournalEntry): void {
    switch (entry.kind) {
      case "issuance.event":
        this.#event(entry);
        break;
      case "voucher.event":
        this.#voucher(id, entry);
        break;
      case "account.put":
        this.#put(entry);
        break;
      case "account.blocked":
      case "account.unblocked":
        this.#setStatus(entry);
        break;
      case "account.adjusted":
        this.#adjust(id, entry);
        break;
      case "account.repaid":
        this.#repay(id, entry);
        break;
      case "account.credited":
      case "credit.refused":
        this.#credit(id, entry);
        break;
      case "settlement.failed":
      case "settlement.redirected":
        this.#tryAgain(id, entry);
        break;
      case "issuance.resumed": {
        const issuance = this.issuances.get(entry.id);
        if (issuance) issuance.isResumed = true;
        break;
      }
      default:
      // What terminals knew otherwise, keys and outages move nothing.
    }
  }

  #event({ issuanceId, line, offer = "" }: IssuanceEntry): void {
    const [, type, , state, , , , , number = ""] = line.split("|");
    let issuance = this.issuances.get(issuanceId);
    // Once its commandId was forgotten an id may have begun anew, and only a first event has the offer.
    if (!issuance || offer !== "") {
      issuance = { lines: [], offer, standing: "", issuedFrom: undefined, isResumed: false };
      this.issuances.set(issuanceId, issuance);
    }
    issuance.lines.push(line);
    issuance.isResumed = false;
    if (type === "account.verified") issuance.standing = number;
    else if (type === "account.refused" && state !== "changing") issuance.standing = "";
    else if (type === "voucher.issued") {
      // One that was accepted stood already.
      const account = number === "" ? issuance.standing : number;
      issuance.standing = issuance.issuedFrom = account;
      const { payer, amount } = readOffer(issuance.offer) ?? {};
      if (amount !== undefined) this.#freeze(`${payer}/${account}`, issuanceId, BigInt(amount));
    }
  }

  #freeze(account: string, issuanceId: string, amount: bigint): void {
    const owner = this.accounts.get(account);
    if (owner) owner.frozen += amount;
    if (this.watch?.account === account) add(this.watch.changes, issuanceId, amount);
  }

  #voucher(id: string, { voucherId, line, terms: packed = "" }: VoucherEntry): void {
    let voucher = this.vouchers.get(voucherId);
    if (!voucher || packed !== "") {
      const terms = readTerms(voucherId, packed);
      voucher = { lines: [], terms: packed, fold: terms && new VoucherFold(terms) };
      this.vouchers.set(voucherId, voucher);
    }
    voucher.lines.push(line);
    const { fold } = voucher;
    const moved = fold?.apply(line);
    if (!moved && (fold || voucher.lines.length === 1)) this.#malformed(id);
    if (!fold || !moved) voucher.fold = undefined;
    else this.#move(fold.terms, moved);
  }

  /** A further attempt to pay a drawing out, or what came of it. */
  #tryAgain(id: string, entry: SettlementFailedEntry | SettlementRedirectedEntry): void {
    const { voucherId, settlementId, attempt } = entry;
    const version = settlementId.startsWith(`${voucherId}.`) ? settlementId.slice(voucherId.length + 1) : "";
    const settlement = this.vouchers.get(voucherId)?.fold?.settlements.get(version);
    if (!settlement) this.#malformed(id);
    else if (entry.kind === "settlement.failed")
      Object.assign(settlement, { state: "failed", note: entry.reason });
    else {
      const { party, number } = entry;
      Object.assign(settlement, { state: "open", attempt, party, number, holder: "", note: "" });
    }
  }

  /** What an event of a voucher has moved, out of its account and into clearing. */
  #move({ voucherId, payer, number, kind, currency }: VoucherTerms, moved: Moved): void {
    const { event, frozen, drawn, clearing, waiting } = moved;
    const account = `${payer}/${number}`;
    this.waiting += waiting;
    if (clearing !== 0) add(this.clearing, currency, BigInt(clearing));
    // An operator says of a drawing that it was paid outside.
    if (event.type === "drawing.settled" && event.by === "operator")
      add(this.cameIn, currency, BigInt(clearing));
    // The issuance's own event has told of the first freeze.
    if (event.type !== "voucher.issued" && frozen !== 0)
      this.#freeze(account, issuanceIdOf(voucherId), BigInt(frozen));
    const owner = this.accounts.get(account);
    if (!owner || drawn === 0) return;
    if (kind === "credit") owner.used += BigInt(drawn);
    else owner.total -= drawn;
    add(owner.moved, currency, -BigInt(drawn));
  }

  /** A drawing was paid into an account, or could not be. */
  #credit(id: string, entry: AccountCreditedEntry | CreditRefusedEntry): void {
    const { party, number, amount, currency, settlementId, attempt, digest } = entry;
    const isPaid = entry.kind === "account.credited";
    const marks = this.marks.get(settlementId) ?? new Map<string, string>();
    const code = isPaid ? "done" : entry.reason;
    marks.set(String(attempt), [digest, code, amount, party, number].join("|"));
    this.marks.set(settlementId, marks);
    const owner = this.accounts.get(nameOf(entry));
    if (!isPaid || !owner) return;
    this.#sumUp(id, owner, { name: nameOf(entry), by: amount, total: entry.total });
    add(owner.moved, currency, BigInt(amount));
  }

  /** A change of a balance or limit that says what it comes to. */
  #sumUp(
    id: string,
    account: JournaledAccount,
    { name, by, total }: { name: string; by: number; total: number },
  ): void {
    if (account.total + by !== total) {
      const problem = `entry ${id} of its journal adds ${by} to ${account.total} of ${name} and comes to ${total}`;
      this.findings.push(this.#finding("journal_arithmetic", problem));
    }
    account.total = total;
  }

  #put(entry: AccountPutEntry): void {
    const { holder, accountKind: kind, currency, status, total } = entry;
    const before = this.accounts.get(nameOf(entry));
    const moved = before?.moved ?? new Map<string, bigint>();
    if (before?.kind === "funds") {
      add(moved, before.currency, -BigInt(before.total));
      add(this.cameIn, before.currency, -BigInt(before.total));
    }
    if (kind === "funds") {
      add(moved, currency, BigInt(total));
      add(this.cameIn, currency, BigInt(total));
    }
    const { frozen = 0n, used = 0n, adjustments = new Map(), repayments = new Map() } = before ?? {};
    const sums = { total, frozen, used, moved };
    this.accounts.set(nameOf(entry), { holder, kind, currency, status, ...sums, adjustments, repayments });
  }

  #setStatus(entry: AccountStatusEntry): void {
    const found = this.accounts.get(nameOf(entry));
    if (found) found.status = entry.kind === "account.blocked" ? "blocked" : "active";
  }

  #adjust(id: string, entry: AccountAdjustedEntry): void {
    const { amount, reference, total } = entry;
    const found = this.accounts.get(nameOf(entry));
    if (!found) return;
    this.#sumUp(id, found, { name: nameOf(entry), by: amount, total });
    found.adjustments.set(reference, `${amount} ${total}`);
    if (found.kind !== "funds") return;
    add(found.moved, found.currency, BigInt(amount));
    add(this.cameIn, found.currency, BigInt(amount));
  }

  #repay(id: string, entry: AccountRepaidEntry): void {
    const { amount, reference, used } = entry;
    const found = this.accounts.get(nameOf(entry));
    if (!found) return;
    if (found.used - BigInt(amount) !== BigInt(used)) {
      const problem = `entry ${id} of its journal repays ${amount} of ${found.used} of ${nameOf(entry)} and leaves ${used}`;
      this.findings.push(this.#finding("journal_arithmetic", problem));
    }
    found.used = BigInt(used);
    found.repayments.set(reference, { amount: String(amount), used: String(used) });
    add(found.moved, found.currency, BigInt(amount));
    add(this.cameIn, found.currency, BigInt(amount));
  }
}

function nameOf({ party, number }: { party: string; number: string }): string {
  return `${party}/${number}`;
}

/** Adds to a sum by currency, or by another name. */
export function add(sums: Map<string, bigint>, name: string, amount: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + amount);
}
