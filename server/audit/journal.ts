/**
 * A partition's journal as far as it was read: what it says of each issuance and account. A record is read at one
 * moment together with the journal's last entry; once the journal is read up to that entry, both have to agree
 * exactly, however busy the book is.
 */
import { partitionKeys } from "../ledger/keys.ts";
import type { Store } from "../redis/connect.ts";
import type { AuditRule, Finding } from "./findings.ts";
import { wholeNumber } from "./read.ts";

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

export interface JournaledAccount {
  kind: string;
  currency: string;
  status: string;
  total: number;
  /** What was issued from it, minor units. */
  frozen: bigint;
  /** `amount total`, by reference. */
  adjustments: Map<string, string>;
  /** What PUT and adjust have changed while it held funds, by currency, minor units. */
  changed: Map<string, bigint>;
}

export class Journal {
  readonly issuances = new Map<string, JournaledIssuance>();
  readonly accounts = new Map<string, JournaledAccount>();
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
    else if (issuanceId === undefined) this.#malformed(id);
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
      const owner = this.accounts.get(`${issuance.offer.payer}/${account}`);
      const sum = wholeNumber(amount);
      if (sum === undefined) this.#malformed(id);
      else if (owner) owner.frozen += BigInt(sum);
    }
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
    const changed = before?.changed ?? new Map<string, bigint>();
    if (before?.kind === "funds") add(changed, before.currency, -BigInt(before.total));
    if (kind === "funds") add(changed, currency, BigInt(sum));
    const { frozen = 0n, adjustments = new Map() } = before ?? {};
    this.accounts.set(name, { kind, currency, status, total: sum, frozen, adjustments, changed });
  }

  #adjust(id: string, { party, account, amount, reference = "", total }: Record<string, string>): void {
    const found = this.accounts.get(`${party}/${account}`);
    const [by, sum] = [wholeNumber(amount), wholeNumber(total)];
    if (by === undefined || sum === undefined) {
      this.#malformed(id);
      return;
    }
    if (!found) return;
    if (found.total + by !== sum) {
      const problem = `entry ${id} of its journal adds ${by} to ${found.total} of ${party}/${account} and comes to ${sum}`;
      this.findings.push(this.#finding("journal_arithmetic", problem));
    }
    found.total = sum;
    found.adjustments.set(reference, `${amount} ${total}`);
    if (found.kind === "funds") add(found.changed, found.currency, BigInt(by));
  }
}

/** Adds to a sum by currency. */
export function add(sums: Map<string, bigint>, currency: string, amount: bigint): void {
  sums.set(currency, (sums.get(currency) ?? 0n) + amount);
}
