/** The record of a voucher, as its entries in the journal make it: the very form that the scripts write. */
import type {
  FencedEntry,
  SettlementFailedEntry,
  SettlementRedirectedEntry,
  VoucherEntry,
} from "../ledger/journal-entry.ts";
import { pack } from "../ledger/packing.ts";
import type { StoredSettlement } from "../ledger/settlement-record.ts";
import { settlementIdOf } from "../ledger/settlements.ts";
import { type Moved, nextOf, VoucherFold } from "../ledger/voucher-fold.ts";
import { readTerms, type VoucherTerms } from "../ledger/voucher-record.ts";
import { decide } from "./decided.ts";
import { endOfSilence, type Outage, packOutages, withOutage } from "./silence.ts";

/** A list that names a settlement, and since when. */
export interface ListedSettlement {
  settlementId: string;
  state: "open" | "failed";
  /** A hub is to pay it out. */
  isUndone: boolean;
  since: number;
}

export class VoucherRecord {
  readonly terms: VoucherTerms;
  readonly fold: VoucherFold;
  /** Its beneficiary has never acted on it. */
  isUntouched = true;
  readonly #packed: string;
  readonly #log: string[] = [];
  readonly #answers: [field: string, answer: string][] = [];
  /** What parties have shown that stops themselves. */
  readonly #stops = new Map<string, string>();
  /** Since when each settlement is as it is, by version. */
  readonly #since = new Map<string, number>();
  #fence = "";
  #decided = "";
  /** Times in which it was fenced while drawings waited. */
  #fencedTimes: readonly Outage[] = [];

  private constructor(terms: VoucherTerms, packed: string) {
    this.terms = terms;
    this.fold = new VoucherFold(terms);
    this.#packed = packed;
  }

  /** Undefined where the entry is not a voucher's first. */
  static begin({ voucherId, terms: packed = "" }: VoucherEntry): VoucherRecord | undefined {
    const terms = readTerms(voucherId, packed);
    return terms && new VoucherRecord(terms, packed);
  }

  get isFenced(): boolean {
    return this.#fence !== "";
  }

  /** Takes an event; undefined when it does not follow the one before. */
  apply({ line, command }: VoucherEntry): Moved | undefined {
    const moved = this.fold.apply(line);
    if (!moved) return undefined;
    this.#log.push(line);
    const { event } = moved;
    const { by, at, version } = event;
    if (by === "beneficiary") this.isUntouched = false;
    if (command) {
      const party = by === "operator" || by === "hub" ? "" : this.terms[by];
      const field = `${party === "" ? "o" : this.#prefixOf(party)}:${command.id}`;
      this.#answers.push([field, `${command.digest} ${version}`]);
    }
    if (event.type === "drawing.honoured") this.#since.set(String(version), at);
    else if (event.type === "drawing.settled" || event.type === "drawing.settlement_failed") {
      const { drawingId } = event;
      const [ended] = [...this.fold.settlements].find(([, each]) => each.drawingId === drawingId) ?? [];
      if (ended !== undefined) this.#since.set(ended, at);
    }
    return moved;
  }

  /** What was tried again could not be paid either. @returns false when there is no such settlement. */
  failAgain({ settlementId, reason, at }: SettlementFailedEntry): boolean {
    return this.#change(settlementId, at, { state: "failed", note: reason });
  }

  redirect({ settlementId, attempt, party, number, at }: SettlementRedirectedEntry): boolean {
    return this.#change(settlementId, at, { state: "open", attempt, party, number, holder: "", note: "" });
  }

  #change(settlementId: string, at: number, change: Partial<StoredSettlement>): boolean {
    const { voucherId } = this.terms;
    const version = [...this.fold.settlements.keys()].find(
      (each) => settlementIdOf(voucherId, each) === settlementId,
    );
    const settlement = version === undefined ? undefined : this.fold.settlements.get(version);
    if (version === undefined || !settlement) return false;
    Object.assign(settlement, change);
    this.#since.set(version, at);
    return true;
  }

  stop({ by, version, digest, at }: FencedEntry): void {
    this.#stops.set(this.terms[by as "issuer"], [version, digest, by, at].join("|"));
  }

  takeFence({ by, version, digest, at }: FencedEntry): void {
    this.#fence = ["fenced", version, digest, by, at].join("|");
  }

  /** An operator lets it go on. @param at when, ms. @returns the decision's answer. */
  resume(at: number): string {
    const { issuer, payer, beneficiary } = this.terms;
    const parties = [...new Set([issuer, payer, beneficiary])].filter((party) => this.#stops.has(party));
    const claims = parties.map((party) => claimOf(this.#stops.get(party) ?? ""));
    if (this.isFenced) claims.push(claimOf(this.#fence.slice("fenced|".length)));
    this.#decided = decide(claims, this.#decided);
    // While it was fenced nobody could refuse a drawing of it.
    if (this.isFenced && this.fold.waiting.length > 0)
      this.#fencedTimes = withOutage(this.#fencedTimes, {
        from: Number(this.#fence.split("|").at(-1)),
        to: at,
      });
    this.#stops.clear();
    this.#fence = "";
    return pack(["done", ...parties]);
  }

  /** Those that are not paid out. */
  listed(): ListedSettlement[] {
    return [...this.fold.settlements].flatMap(([version, { state, mode }]): ListedSettlement[] => {
      if (state === "settled") return [];
      const settlementId = settlementIdOf(this.terms.voucherId, version);
      const isUndone = state === "open" && mode === "book";
      return [{ settlementId, state, isUndone, since: this.#since.get(version) ?? 0 }];
    });
  }

  /** When time will next bring something about; empty when it never will. */
  nextAt(outages: readonly Outage[]): string {
    const times = [...outages, ...this.#fencedTimes];
    return nextOf(
      this.fold,
      this.fold.waiting.map((waiting) => endOfSilence(waiting, times)),
    );
  }

  /** The fields of the record, and their values. @param outages of its partition, while drawings wait. */
  fields(outages: readonly Outage[]): string[] {
    const fields = ["o", this.#packed, "s", this.#standing(outages)];
    if (this.#hasWaited()) fields.push("w", this.#waiting(outages));
    if (this.#fence !== "") fields.push("q", this.#fence);
    if (this.#decided !== "") fields.push("d", this.#decided);
    if (this.#fencedTimes.length > 0) fields.push("t", packOutages(this.#fencedTimes));
    for (const [index, line] of this.#log.entries()) fields.push(String(index + 1), line);
    for (const [version, settlement] of this.fold.settlements)
      fields.push(`z:${version}`, packSettlement(settlement));
    for (const [party, claim] of this.#stops) fields.push(`k:${party}`, claim);
    fields.push(...this.#answers.flat());
    return fields;
  }

  #standing(outages: readonly Outage[]): string {
    const { snapshot, drawn, isFinal, isExpiring } = this.fold;
    if (!snapshot) throw new Error(`${this.terms.voucherId} has no event`);
    const { version, state, digest, honoured, released, pending, remaining } = snapshot;
    const sums = [honoured, released, pending, remaining, drawn];
    const flags = [isFinal ? "f" : "", isExpiring ? "e" : ""];
    return pack([version, state, digest, ...sums, ...flags, this.nextAt(outages)]);
  }

  /** The scripts write the list with each event that can change it, when it is empty too. */
  #hasWaited(): boolean {
    return this.#log.some((line) => CHANGES_WAITING.test(line));
  }

  #waiting(outages: readonly Outage[]): string {
    const entries = this.fold.waiting.map((waiting) => {
      const { drawingId, amount, at, deadline, final, number, holder } = waiting;
      const until = endOfSilence(waiting, [...outages, ...this.#fencedTimes]);
      return [drawingId, amount, at, deadline, until, final, number, holder].join("|");
    });
    return entries.join("\x1e");
  }

  /** A party that has several roles is answered in the first of them. */
  #prefixOf(party: string): string {
    const { beneficiary, payer } = this.terms;
    if (party === beneficiary) return "b";
    return party === payer ? "p" : "i";
  }
}

/** Events after which the list of drawings that wait is written anew. */
const CHANGES_WAITING = /^[^|]*\|(?:drawing\.presented|drawing\.refused|voucher\.voided)\|/;

function claimOf(text: string): [version: string, digest: string] {
  const [version = "", digest = ""] = text.split("|");
  return [version, digest];
}

/** As `lua/lib/settlement.lua` has it. */
function packSettlement(settlement: StoredSettlement): string {
  const { state, mode, attempt, drawingId, amount, digest, party, number, note, holder } = settlement;
  return [state, mode, attempt, drawingId, amount, digest, party, number, note, holder].join("|");
}
