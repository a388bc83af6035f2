/**
 * What pays drawings out: the queue of settlements that a hub has to carry out, the credit in the beneficiary's
 * partition, and the end of it in the payer's. Each step can be done twice without harm, since each is told by the
 * settlement's id, its attempt, and the digest of the event that honoured the drawing.
 */
import type { ErrorCode, ListedState, VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";
import { issuanceIdOf } from "@tallystick/protocol";
import { homeOf, type LedgerContext } from "./context.ts";
import {
  accountKeys,
  bookKey,
  marksKey,
  partitionKeys,
  partitionOfIssuance,
  voucherKeys,
  writeKey,
} from "./keys.ts";
import { type MergedPage, type PageQuery, readMergedPage } from "./merged-list.ts";
import { pack } from "./packing.ts";
import type { Barrier, Confirmable, Mark } from "./replication-barrier.ts";
import { readSettlement, type StoredSettlement } from "./settlement-record.ts";
import { isPartOfJournal, type JournalPlace } from "./stream-entries.ts";
import { readStoredVoucher, readTerms, recordOf, type VoucherTerms } from "./voucher-record.ts";
import { freshWriteId, writeDigest } from "./write-ids.ts";

/** A settlement, and the voucher that it belongs to. */
export interface FoundSettlement extends StoredSettlement {
  settlementId: string;
  terms: VoucherTerms;
  /** An operator has to decide about its voucher first. */
  isFenced: boolean;
  /** How far the journal goes, where it says more than the event that honoured the drawing; else without an entry. */
  mark: Mark;
}

/** What an attempt to pay a drawing out has come to, in the partition of whoever is paid, and the mark that says so. */
export type Credited =
  | { kind: "done"; mark: Confirmable }
  /** It is remembered as refused; another account can be tried. */
  | { kind: "refused"; code: ErrorCode; mark: Confirmable }
  /** The same attempt was made for another past, of the voucher or of what was decided about it. */
  | { kind: "conflict"; mark: Confirmable }
  /**
   * The partition of whoever is paid does not hold the book just now, or the store has gone back and lost what was to be
   * paid: nothing is remembered, and it is tried again.
   */
  | { kind: "away" };

/** What became of a settlement, and the voucher's event when it is news for the voucher's parties. */
export type SettlementOutcome =
  | { kind: "done"; event?: VoucherEvent; snapshot: VoucherSnapshot; repeated: boolean }
  | { kind: "refused"; code: ErrorCode; details?: Record<string, unknown> };

/** The settlement of the drawing that an event has honoured. */
export function settlementIdOf(voucherId: string, version: number | string): string {
  return `${voucherId}.${version}`;
}

/** A settlement's voucher, and the version of the event that honoured the drawing; empty where the id is a voucher's. */
export function partsOf(settlementId: string): { voucherId: string; version: string } {
  const [voucherId = "", version = ""] = settlementId.split(".");
  return { voucherId, version };
}

/**
 * Waits until replicas have all that makes a settlement what it is: the drawing, and what was decided about it since.
 *
 * @param barrier none without MIN_REPLICAS. @throws UnconfirmedError when they are not known to.
 */
export async function confirmSettlement(
  barrier: Barrier | undefined,
  { settlementId, digest, mark }: FoundSettlement,
): Promise<void> {
  const { voucherId, version } = partsOf(settlementId);
  if (mark.entry === "") await barrier?.confirm(recordOf({ voucherId, version: Number(version), digest }));
  else await barrier?.confirmUpTo(mark);
}

/** The partition of a settlement's, or of a voucher's, payer. */
export function partitionOfVoucher(voucherId: string): number {
  return partitionOfIssuance(issuanceIdOf(voucherId));
}

export class Settlements {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /** A settlement by its id; undefined when there is none. */
  async find(settlementId: string): Promise<FoundSettlement | undefined> {
    const { voucherId, version } = partsOf(settlementId);
    const { voucher, journal } = voucherKeys(voucherId);
    const reply = await this.#context.scripts.run("find-settlement", [voucher, journal], [version]);
    const [kind, packed = "", fenced, entry = "", ...values] = reply;
    const settlement = kind === "done" ? readSettlement(packed) : undefined;
    const terms = readTerms(voucherId, pack(values));
    if (!settlement || !terms) return undefined;
    const mark = { partition: partitionOfVoucher(voucherId), entry };
    return { settlementId, terms, ...settlement, isFenced: fenced !== "", mark };
  }

  /** Step 2 (design, section 7): pays an attempt into its account, once. */
  async credit(settlement: FoundSettlement): Promise<Credited> {
    const { settlementId, attempt, digest, amount, party, number, terms } = settlement;
    const partition = homeOf(this.#context, party);
    const { account } = accountKeys({ partition, party, number });
    const marks = marksKey(partition, settlementId);
    const { book, isSpread } = this.#context;
    const { voucher } = voucherKeys(terms.voucherId);
    const keys = [account, marks, partitionKeys.journal(partition), bookKey(partition)];
    // What one script can see it makes sure of; across servers only replicas can (MIN_REPLICAS).
    if (!isSpread || partition === partitionOfVoucher(terms.voucherId)) keys.push(voucher);
    const args = [settlementId, attempt, digest, amount, terms.currency, party, number, book.id];
    const [kind, first = "", , stored = ""] = await this.#context.scripts.run("credit-account", keys, args);
    if (first === "unavailable" || first === "rolled_back") return { kind: "away" };
    // What is there is confirmed whole, whichever past it is of: a mark that differs is another.
    const markOf = (text: string): Confirmable => ({ key: marks, version: attempt, digest: text });
    if (kind === "done") return { kind, mark: markOf(first) };
    const mark = markOf(stored);
    return first === "conflict" ? { kind: first, mark } : { kind: "refused", code: first as ErrorCode, mark };
  }

  /** Whether the store has what was journaled of an attempt: one that went back may have lost it since it was read. */
  hasMade(attempt: JournalPlace): Promise<boolean> {
    return isPartOfJournal(this.#context.store, attempt);
  }

  /**
   * Step 3: ends an attempt in the payer's partition.
   *
   * @param refused why it could not be paid; absent when it was.
   */
  async close(
    { settlementId, attempt, digest }: FoundSettlement,
    refused?: string,
  ): Promise<SettlementOutcome> {
    return this.#run("close-settlement", settlementId, [attempt, digest, refused ?? ""]);
  }

  /** An operator says what came of a payment outside. */
  report(
    settlementId: string,
    state: "settled" | "failed",
    reference: string,
    writeId = freshWriteId(this.#context.author),
  ): Promise<SettlementOutcome> {
    return this.#run("report-settlement", settlementId, [state, reference, writeId]);
  }

  /**
   * An operator has a failed settlement paid into another account: the next attempt.
   *
   * @returns why not; undefined when it is done, now or before.
   */
  async redirect(
    settlementId: string,
    to: { party: string; number: string },
    writeId = freshWriteId(this.#context.author),
  ): Promise<Extract<SettlementOutcome, { kind: "refused" }> | undefined> {
    const write = writeKey(partitionOfVoucher(partsOf(settlementId).voucherId), writeId);
    const args = [to.party, to.number, writeDigest("redirect", settlementId, to)];
    const [kind = "", code = "", detail = ""] = await this.#reply("redirect-settlement", settlementId, args, [
      write,
    ]);
    return kind === "rejected" ? refusal(code, detail) : undefined;
  }

  /**
   * An entry of the queue of things undone is done: a settlement's id, or that of a voucher whose beneficiary was told.
   * A settlement that is to be carried out stays.
   */
  async drop(entry: string): Promise<void> {
    await this.#context.scripts.run("drop-undone", this.#keysOf(entry), [entry, partsOf(entry).version]);
  }

  /** An entry can't be done now: it goes to the end of the queue, or is put aside while its voucher is fenced. */
  async postpone(entry: string): Promise<void> {
    await this.#context.scripts.run("postpone-undone", this.#keysOf(entry), [entry]);
  }

  /** The queue that an entry is in, and its voucher. */
  #keysOf(entry: string): string[] {
    const { undone, voucher } = voucherKeys(partsOf(entry).voucherId);
    return [undone, voucher];
  }

  /**
   * A page of those that are not settled, the oldest first.
   *
   * @param read reads one; undefined when there is none, or when its drawing must not be told yet.
   */
  async list(
    { state, ...page }: PageQuery & { state: ListedState },
    read: (settlementId: string) => Promise<FoundSettlement | undefined>,
  ): Promise<MergedPage<FoundSettlement & { at: number }>> {
    const { openSettlements, failedSettlements } = partitionKeys;
    const find = async ({ id, at }: { id: string; at: number }) => {
      const settlement = await read(id);
      // It may have been settled in between.
      return settlement?.state === state ? { ...settlement, at } : undefined;
    };
    const keyOf = state === "open" ? openSettlements : failedSettlements;
    return readMergedPage(this.#context, { keyOf, find }, page);
  }

  async #run(script: string, settlementId: string, args: (string | number)[]): Promise<SettlementOutcome> {
    const reply = await this.#reply(script, settlementId, args);
    const [kind = "", code = "", detail = ""] = reply;
    if (kind === "rejected") return refusal(code, detail);
    const { events, snapshot } = readStoredVoucher(partsOf(settlementId).voucherId, reply, 2);
    const event = events.at(-1);
    return { kind: "done", snapshot, repeated: kind === "again", ...(code === "news" && event && { event }) };
  }

  #reply(
    script: string,
    settlementId: string,
    args: (string | number)[],
    more: string[] = [],
  ): Promise<string[]> {
    const { voucherId, version } = partsOf(settlementId);
    const { voucher, deadlines, journal, sums, undone, openSettlements, failedSettlements } =
      voucherKeys(voucherId);
    const keys = [voucher, deadlines, journal, sums, undone, openSettlements, failedSettlements, ...more];
    return this.#context.scripts.run(script, keys, [voucherId, version, ...args]);
  }
}

function refusal(code: string, detail: string): Extract<SettlementOutcome, { kind: "refused" }> {
  const details = code === "wrong_state" ? { state: detail } : undefined;
  return { kind: "refused", code: code as ErrorCode, ...(details && { details }) };
}
