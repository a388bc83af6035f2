/** Entries of the journals, turned into rows of the archive. Nothing here asks the store or the database. */
import type { IssuanceEntry, JournalEntry, PartyEntry, VoucherEntry } from "../ledger/journal-entry.ts";
import {
  type AccountChange,
  type AccountEntry,
  changeAccount,
  isAccountEntry,
  moveMoney,
} from "./fold-account.ts";
import { foldIssuance } from "./fold-issuance.ts";
import { foldVoucherEntry } from "./fold-voucher.ts";
import type { Heads } from "./heads.ts";
import { follows, type StoredEntry, timeOf } from "./read-entry.ts";
import type {
  AccountTable,
  ForgetTable,
  IssuanceTable,
  JournalTable,
  MarkTable,
  StatementTable,
  VoucherTable,
  WordTable,
} from "./schema.ts";
import { wordRows } from "./words.ts";

/** A partition's journal does not go on from what the archive has of it. */
export class DivergedError extends Error {
  override name = "DivergedError";
  readonly partition: number;

  constructor(partition: number, message: string) {
    super(message);
    this.partition = partition;
  }
}

/** What a batch writes. */
export type BatchRows = Pick<
  Batch,
  "journal" | "statements" | "words" | "accounts" | "changedMarks" | "issuances" | "vouchers" | "forgets"
>;

export class Batch {
  readonly journal: JournalTable[] = [];
  readonly statements: StatementTable[] = [];
  readonly words: WordTable[] = [];
  /** How far each partition's journal goes with the batch. */
  readonly marks: Map<number, MarkTable>;
  /** What has changed of the heads, by name. */
  readonly #issuances = new Set<string>();
  readonly #vouchers = new Set<string>();
  readonly #accounts = new Set<string>();
  readonly #partitions = new Set<number>();
  readonly #forgets = new Map<string, ForgetTable>();
  /** Rows of ids that began anew within the batch. */
  readonly #before: IssuanceTable[] = [];
  readonly #heads: Heads;
  #fed: number;

  /**
   * @param heads what the entries are about, loaded; it is brought to what stands after the batch.
   * @param fed the last place in the feed that was given out before.
   */
  constructor(heads: Heads, marks: ReadonlyMap<number, MarkTable>, fed: number) {
    this.#heads = heads;
    this.marks = new Map(marks);
    this.#fed = fed;
  }

  /** The last place in the feed with the batch. */
  get fed(): number {
    return this.#fed;
  }

  /**
   * Adds the next entry of a partition.
   *
   * @throws DivergedError when it does not follow what the archive has.
   */
  add(stored: StoredEntry): void {
    const { partition, entry } = stored;
    const mark = this.marks.get(partition) ?? { partition, entry: "0", position: 0, trimmed: 0 };
    const position = mark.position + 1;
    const { said } = stored;
    let version = 0;
    if (said?.kind === "issuance.event") version = this.#applyIssuance(partition, said);
    else if (said?.kind === "voucher.event") version = this.#applyVoucher(partition, position, said);
    else if (said?.kind === "party.forgotten") this.#forget(said);
    else if (said && isAccountEntry(said)) this.#changeAccount(partition, position, said, timeOf(entry));
    const row = {
      partition,
      position,
      entry,
      subject: subjectOf(said),
      version,
      fields: JSON.stringify(stored.fields),
      is_lost: 0,
      feed: version > 0 ? ++this.#fed : 0,
    };
    this.journal.push(row);
    this.marks.set(partition, { ...mark, entry, position });
    this.#partitions.add(partition);
  }

  /** The marks of the partitions whose entries are in the batch. */
  get changedMarks(): MarkTable[] {
    return [...this.#partitions].map((partition) => this.marks.get(partition) as MarkTable);
  }

  /** The rows of issuances and vouchers alone, of entries that the archive has already. */
  ofSubjects(): BatchRows {
    const { issuances, vouchers } = this;
    const none = { journal: [], statements: [], words: [], accounts: [], changedMarks: [], forgets: [] };
    return { ...none, issuances, vouchers };
  }

  /** The rows of issuances as they stand after the batch. */
  get issuances(): IssuanceTable[] {
    return [...this.#before, ...[...this.#issuances].map((id) => packed(headOf(this.#heads.issuances, id)))];
  }

  get vouchers(): VoucherTable[] {
    return [...this.#vouchers].map((id) => packed(headOf(this.#heads.vouchers, id)));
  }

  /** The parties that are to be forgotten, as the batch says. */
  get forgets(): ForgetTable[] {
    return [...this.#forgets.values()];
  }

  #forget({ party, until }: PartyEntry): void {
    const { said = 0 } = this.#forgets.get(party) ?? {};
    this.#forgets.set(party, { party, until, said: said + 1, looked: 0, pending: 1, blanked: 0 });
  }

  get accounts(): AccountTable[] {
    return [...this.#accounts].map((name) => headOf(this.#heads.accounts, name));
  }

  #applyIssuance(partition: number, said: IssuanceEntry): number {
    const { issuanceId: id, line, offer } = said;
    const known = this.#heads.issuances.get(id);
    if (offer === undefined) this.#checkFollows(partition, { id, line, known: known?.row });
    const head = foldIssuance(offer === undefined ? known : undefined, partition, said);
    if (offer !== undefined) {
      const { issuer, payer, beneficiary, amount, memo } = head.snapshot;
      this.words.push(...wordRows({ id, issuer, payer, beneficiary, amount, memo }));
      // One of the same id that has changed within this batch has a row of its own to be written.
      if (this.#issuances.has(id) && known) this.#before.push(packed(known));
    }
    this.#heads.issuances.set(id, head);
    this.#issuances.add(id);
    return head.row.version;
  }

  #applyVoucher(partition: number, position: number, said: VoucherEntry): number {
    const { voucherId: id, line, terms } = said;
    const known = this.#heads.vouchers.get(id);
    if (terms === undefined) this.#checkFollows(partition, { id, line, known: known?.row });
    const { head, moved } = foldVoucherEntry(terms === undefined ? known : undefined, partition, said);
    this.#heads.vouchers.set(id, head);
    this.#vouchers.add(id);
    const { payer, number } = head.terms;
    const account = this.#heads.accounts.get(`${payer}/${number}`);
    const change = account && moveMoney(account, moved);
    if (change) this.#note(change, { partition, position, at: moved.event.at });
    return head.row.version;
  }

  #checkFollows(
    partition: number,
    { id, line, known }: { id: string; line: string; known: IssuanceTable | undefined },
  ): void {
    const [digest = "", type] = line.split("|", 2);
    if (known && follows(digest, known.digest)) return;
    const had = known ? `version ${known.version} of it is ${known.digest}` : "it is not known";
    throw new DivergedError(partition, `${type} ${digest} of ${id} comes next, and ${had}`);
  }

  #changeAccount(partition: number, position: number, said: AccountEntry, at: number): void {
    const before = this.#heads.accounts.get(`${said.party}/${said.number}`);
    const change = changeAccount(before, partition, said);
    if (change) this.#note(change, { partition, position, at });
  }

  #note({ account, line }: AccountChange, where: { partition: number; position: number; at: number }): void {
    const { party, number, total, used, frozen, kind, currency } = account;
    const name = `${party}/${number}`;
    this.#heads.accounts.set(name, account);
    this.#accounts.add(name);
    const stands = { total, used, frozen, kind, currency };
    this.statements.push({ party, number, ...line, ...stands, ...where, is_lost: 0 });
  }
}

function headOf<H>(heads: ReadonlyMap<string, H>, name: string): H {
  return heads.get(name) as H;
}

/** The row with the snapshot that it stands for. */
function packed<R extends IssuanceTable>({ row, snapshot }: { row: R; snapshot: object }): R {
  return { ...row, snapshot: JSON.stringify(snapshot) };
}

/** What an entry is about, where that is an issuance, a voucher, or what is paid for a settlement. */
function subjectOf(said: JournalEntry | undefined): string {
  if (said === undefined) return "";
  if ("issuanceId" in said) return said.issuanceId;
  if ("voucherId" in said) return said.voucherId;
  // By these is found what was paid for a settlement, once its marks have left the store.
  if ("settlementId" in said) return said.settlementId;
  return "id" in said ? said.id : "";
}
