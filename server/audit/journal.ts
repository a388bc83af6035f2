/**
 * A partition's journal as far as it was read: what it says of each issuance, voucher and account. A record is read at one
 * moment together with the journal's last entry; once the journal is read up to that entry, both have to agree
 * exactly, however busy the book is.
 */
import { issuanceIdOf } from "@tallystick/protocol";
import { partitionKeys } from "../ledger/keys.ts";
import { readTerms, type VoucherTerms } from "../ledger/voucher-record.ts";
import type { Store } from "../redis/connect.ts";
import type { AuditRule, Finding } from "./findings.ts";
import { wholeNumber } from "./read.ts";
import { type Moved, VoucherFold } from "./voucher-fold.ts";

/** What is noted of a voucher that a terminal knew otherwise; it moves nothing. */
const FENCE_EVENTS: ReadonlySet<string> = new Set([
  "voucher.stopped",
  "voucher.fenced",
  "voucher.resumed",
  "voucher.missing",
]);
/** How many entries are read at once. */
const ENTRIES_AT_ONCE = 500;

export interface JournaledIssuance {
  /** The lines of its log. */
  lines: string[];
  /** The fields of its first entry, by name. */
  offer: Readonly<Record<string, string>>;
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

  constructor(store: Store, partition: number) {
    this.#store = store;
    this.#partition = partition;
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
      for (const [id, fields] of entries) this.#apply(id, fields);
      this.#last = entries.at(-1)?.[0] ?? this.#last;
      if (entries.length < ENTRIES_AT_ONCE) return;
    }
  }

  /** Whether entries were taken out of it: a stream counts all that were ever added. */
  async findCuts(): Promise<Finding[]> {
    const key = partitionKeys.journal(this.#partition);
    const info = (await this.#store.xinfo("STREAM", key)) as unknown[];
    const field = (name: string) => info[info.indexOf(name) + 1];
    const [length, added, deleted] = [field("length"), field("entries-added"), field("max-deleted-entry-id")];
    if (length === added && deleted === "0-0") return [];
    return [this.#finding("journal_cut", `its journal has ${length} entries of ${added} that were written`)];
  }

  #finding(rule: AuditRule, problem: string): Finding {
    return { subject: `partition ${this.#partition}`, problem, rule };
  }

  #malformed(id: string): void {
    this.findings.push(this.#finding("journal_malformed", `entry ${id} of its journal is not one of a book`));
  }

  #apply(id: string, list: string[]): void {
    const fields: Record<string, string> = {};
    for (let index = 0; index + 1 < list.length; index += 2)
      fields[list[index] as string] = list[index + 1] as string;
    const { event = "", id: issuanceId } = fields;
    if (event === "account.put") this.#put(id, fields);
    else if (event === "account.adjusted") this.#adjust(id, fields);
    else if (event === "account.repaid") this.#repay(id, fields);
    else if (event === "account.credited" || event === "credit.refused") this.#credit(id, event, fields);
    else if (issuanceId === undefined) this.#malformed(id);
    else if (issuanceId.startsWith("v")) this.#voucher(id, issuanceId, event, fields);
    else if (event.includes("|")) this.#event(id, issuanceId, event, fields);
    else if (event === "issuance.resumed") {
      const issuance = this.issuances.get(issuanceId);
      if (issuance) issuance.isResumed = true;
    } else if (event !== "issuance.fenced" && event !== "issuance.missing") this.#malformed(id);
  }

  #event(id: string, issuanceId: string, line: string, fields: Readonly<Record<string, string>>): void {
    const [, type, , state, , , , , number = ""] = line.split("|");
    let issuance = this.issuances.get(issuanceId);
    if (!issuance) {
      // Where entries were taken out, the first that is left is another than the request.
      const offer = type === "payer.requested" ? fields : {};
      issuance = { lines: [], offer, standing: "", issuedFrom: undefined, isResumed: false };
      this.issuances.set(issuanceId, issuance);
    }
    issuance.lines.push(line);
    issuance.isResumed = false;
    const { amount } = fields;
    if (type === "account.verified") issuance.standing = number;
    else if (type === "account.refused" && state !== "changing") issuance.standing = "";
    else if (type === "voucher.issued") {
      // One that was accepted stood already.
      const account = number === "" ? issuance.standing : number;
      issuance.standing = issuance.issuedFrom = account;
      const sum = wholeNumber(amount);
      if (sum === undefined) this.#malformed(id);
      else this.#freeze(`${issuance.offer.payer}/${account}`, issuanceId, BigInt(sum));
    }
  }

  #freeze(account: string, issuanceId: string, amount: bigint): void {
    const owner = this.accounts.get(account);
    if (owner) owner.frozen += amount;
    if (this.watch?.account === account) add(this.watch.changes, issuanceId, amount);
  }

  /** An event of a voucher, or a further attempt to pay a drawing out. */
  #voucher(id: string, voucherId: string, event: string, fields: Readonly<Record<string, string>>): void {
    if (FENCE_EVENTS.has(event)) return;
    if (!event.includes("|")) {
      const settlement = this.#settlementOf(voucherId, fields.settlement ?? "");
      const { attempt, party, account, reason = "" } = fields;
      if (event === "settlement.failed" && settlement) {
        Object.assign(settlement, { state: "failed", note: reason });
      } else if (event === "settlement.redirected" && settlement) {
        const to = { party, number: account, holder: "", note: "" };
        Object.assign(settlement, { state: "open", attempt: Number(attempt), ...to });
      } else {
        this.#malformed(id);
      }
      return;
    }
    let voucher = this.vouchers.get(voucherId);
    if (!voucher) {
      const terms = readTerms(voucherId, fields.terms ?? "");
      voucher = { lines: [], terms: fields.terms ?? "", fold: terms && new VoucherFold(terms) };
      this.vouchers.set(voucherId, voucher);
    }
    voucher.lines.push(event);
    const { fold } = voucher;
    const moved = fold?.apply(event);
    if (!moved && (fold || voucher.lines.length === 1)) this.#malformed(id);
    if (!fold || !moved) voucher.fold = undefined;
    else this.#move(fold.terms, moved);
  }

  #settlementOf(voucherId: string, settlementId: string) {
    const version = settlementId.startsWith(`${voucherId}.`) ? settlementId.slice(voucherId.length + 1) : "";
    return this.vouchers.get(voucherId)?.fold?.settlements.get(version);
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
  #credit(id: string, event: string, fields: Readonly<Record<string, string>>): void {
    const { party, account, amount, currency = "", settlement = "", attempt = "", digest, reason } = fields;
    const sum = wholeNumber(amount);
    if (sum === undefined) {
      this.#malformed(id);
      return;
    }
    const isPaid = event === "account.credited";
    const marks = this.marks.get(settlement) ?? new Map<string, string>();
    marks.set(attempt, [digest, isPaid ? "done" : reason, amount, party, account].join("|"));
    this.marks.set(settlement, marks);
    const owner = this.accounts.get(`${party}/${account}`);
    if (!isPaid || !owner) return;
    this.#sumUp(id, `${party}/${account}`, owner, { by: sum, total: fields.total });
    add(owner.moved, currency, BigInt(sum));
  }

  /** A change of a balance or limit that says what it comes to. */
  #sumUp(
    id: string,
    name: string,
    account: JournaledAccount,
    { by, total }: { by: number; total: string | undefined },
  ): void {
    const sum = wholeNumber(total);
    if (sum === undefined) {
      this.#malformed(id);
      return;
    }
    if (account.total + by !== sum) {
      const problem = `entry ${id} of its journal adds ${by} to ${account.total} of ${name} and comes to ${sum}`;
      this.findings.push(this.#finding("journal_arithmetic", problem));
    }
    account.total = sum;
  }

  #put(
    id: string,
    { party, account, kind = "", currency = "", status = "", total }: Record<string, string>,
  ): void {
    const sum = wholeNumber(total);
    if (party === undefined || account === undefined || sum === undefined) {
      this.#malformed(id);
      return;
    }
    const name = `${party}/${account}`;
    const before = this.accounts.get(name);
    const moved = before?.moved ?? new Map<string, bigint>();
    if (before?.kind === "funds") {
      add(moved, before.currency, -BigInt(before.total));
      add(this.cameIn, before.currency, -BigInt(before.total));
    }
    if (kind === "funds") {
      add(moved, currency, BigInt(sum));
      add(this.cameIn, currency, BigInt(sum));
    }
    const { frozen = 0n, used = 0n, adjustments = new Map(), repayments = new Map() } = before ?? {};
    const sums = { total: sum, frozen, used, moved };
    this.accounts.set(name, { kind, currency, status, ...sums, adjustments, repayments });
  }

  #adjust(id: string, { party, account, amount, reference = "", total }: Record<string, string>): void {
    const found = this.accounts.get(`${party}/${account}`);
    const by = wholeNumber(amount);
    if (by === undefined || wholeNumber(total) === undefined) {
      this.#malformed(id);
      return;
    }
    if (!found) return;
    this.#sumUp(id, `${party}/${account}`, found, { by, total });
    found.adjustments.set(reference, `${amount} ${total}`);
    if (found.kind !== "funds") return;
    add(found.moved, found.currency, BigInt(by));
    add(this.cameIn, found.currency, BigInt(by));
  }

  #repay(id: string, { party, account, amount, reference = "", used = "" }: Record<string, string>): void {
    const found = this.accounts.get(`${party}/${account}`);
    const [by, left] = [wholeNumber(amount), wholeNumber(used)];
    if (amount === undefined || by === undefined || left === undefined) {
      this.#malformed(id);
      return;
    }
    if (!found) return;
    if (found.used - BigInt(by) !== BigInt(left)) {
      const problem = `entry ${id} of its journal repays ${by} of ${found.used} of ${party}/${account} and leaves ${left}`;
      this.findings.push(this.#finding("journal_arithmetic", problem));
    }
    found.used = BigInt(left);
    found.repayments.set(reference, { amount, used });
    add(found.moved, found.currency, BigInt(by));
    add(this.cameIn, found.currency, BigInt(by));
  }
}

/** Adds to a sum by currency, or by another name. */
export function add(sums: Map<string, bigint>, name: string, amount: bigint): void {
  sums.set(name, (sums.get(name) ?? 0n) + amount);
}
