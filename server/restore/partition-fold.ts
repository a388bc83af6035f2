/** A partition of the book as its journal makes it, entry by entry. */
import { hasVoucherEnded, issuanceIdOf, isVoucherId } from "@tallystick/protocol";
import type {
  FencedEntry,
  FenceListedEntry,
  IssuanceEntry,
  JournalEntry,
  JournaledWrite,
  MissingEntry,
  ResumedEntry,
  SettlementFailedEntry,
  SettlementRedirectedEntry,
  VoucherEntry,
} from "../ledger/journal-entry.ts";
import { pack } from "../ledger/packing.ts";
import type { Moved } from "../ledger/voucher-fold.ts";
import { AccountFold } from "./account-fold.ts";
import { IssuanceFold } from "./issuance-fold.ts";
import { type Outage, withOutage } from "./silence.ts";
import { RestoreError, timeOf } from "./source.ts";
import { VoucherRecord } from "./voucher-record.ts";

/** A fence in the list of a partition. */
export interface ListedFence {
  at: number;
  /** The parties whose quota it counts against. */
  causedBy: Set<string>;
}

/** What is kept of what is missing. */
export interface MissingCase {
  text: string;
  /** Since when it is on its way out of the store; undefined until an operator has decided. */
  leavesSince: number | undefined;
}

/** The answer of a write, under its id. */
export interface StoredWrite {
  text: string;
  at: number;
}

export class PartitionFold {
  readonly money = new AccountFold();
  readonly issuances = new Map<string, IssuanceFold>();
  readonly vouchers = new Map<string, VoucherRecord>();
  readonly fences = new Map<string, ListedFence>();
  readonly missing = new Map<string, MissingCase>();
  readonly writes = new Map<string, StoredWrite>();
  /** Until when each public key is published. */
  readonly keys = new Map<string, number>();
  /** Whose tokens were revoked, and until when those were made. */
  readonly revoked = new Map<string, number>();
  /** How many drawings wait. */
  waiting = 0;
  /** When the first of them was presented. */
  waitingSince = 0;
  outages: Outage[] = [];
  /** When the newest entry was written that a hub was needed for, ms. */
  aliveAt = 0;
  readonly #partition: number;

  constructor(partition: number) {
    this.#partition = partition;
  }

  /** @throws RestoreError when the entry does not follow those before it. */
  take(id: string, entry: JournalEntry): void {
    if (!this.#apply(id, entry)) {
      throw new RestoreError(
        `entry ${id} of partition ${this.#partition} does not follow those before it: nothing is served from what was restored`,
      );
    }
  }

  /** @returns false where the entry does not follow. */
  #apply(id: string, entry: JournalEntry): boolean {
    const { money } = this;
    switch (entry.kind) {
      case "issuance.event":
        return this.#issuance(id, entry);
      case "voucher.event":
        return this.#voucher(id, entry);
      case "account.put":
        return this.#write(id, entry.write, money.put(id, entry));
      case "account.blocked":
      case "account.unblocked":
        return this.#write(id, entry.write, money.setStatus(entry));
      case "account.shown":
        return this.#write(id, entry.write, money.show(id, entry));
      case "account.adjusted":
        return this.#write(id, entry.write, money.adjust(id, entry));
      case "account.repaid":
        return this.#write(id, entry.write, money.repay(id, entry));
      case "account.credited":
      case "credit.refused":
        money.credit(entry);
        return true;
      case "settlement.failed":
      case "settlement.redirected":
        return this.#tryAgain(id, entry);
      case "issuance.fenced":
      case "voucher.stopped":
      case "voucher.fenced":
        return this.#fence(entry);
      case "issuance.missing":
      case "voucher.missing":
        return this.#miss(entry);
      case "issuance.resumed":
      case "voucher.resumed":
        return this.#resume(id, entry);
      case "fence.listed":
        return this.#list(entry);
      case "key.published":
        this.keys.set(entry.key, entry.until);
        return true;
      case "tokens.revoked":
        this.revoked.set(entry.party, entry.until);
        return this.#write(id, entry.write, pack(["done", entry.until]));
      case "party.forgotten":
        // The archive has what is to be done; what it is made from is blanked already, as far as it was.
        return this.#write(id, entry.write, pack(["done", entry.until]));
      case "webhook.put":
      case "webhook.rotated":
      case "webhook.deleted":
      case "webhook.resent":
        return this.#write(id, entry.write, "done");
      case "outage.noted":
        this.outages = withOutage(this.outages, entry);
        return true;
    }
  }

  /** Keeps the answer of a write; false where there is none. */
  #write(id: string, write: JournaledWrite, answer: string | undefined): boolean {
    if (answer === undefined) return false;
    this.writes.set(write.id, { text: `${write.digest}\x1f${answer}`, at: timeOf(id) });
    return true;
  }

  #issuance(id: string, entry: IssuanceEntry): boolean {
    // Once its commandId was forgotten an id may have begun anew.
    const known = entry.offer === undefined ? this.issuances.get(entry.issuanceId) : undefined;
    const issuance = known ?? IssuanceFold.begin(entry);
    if (!issuance) return false;
    this.issuances.set(entry.issuanceId, issuance);
    this.aliveAt = timeOf(id);
    const answer = issuance.apply(entry);
    if (issuance.state === "issued") {
      const { payer, amount } = issuance.offer;
      this.money.freeze({ party: payer, number: issuance.number }, issuance.issuanceId, amount);
    }
    if (!entry.write) return true;
    this.fences.delete(entry.issuanceId);
    this.missing.delete(entry.issuanceId);
    return this.#write(id, entry.write, answer);
  }

  #voucher(id: string, entry: VoucherEntry): boolean {
    const known = entry.terms === undefined ? this.vouchers.get(entry.voucherId) : undefined;
    const voucher = known ?? VoucherRecord.begin(entry);
    const moved = voucher?.apply(entry);
    if (!voucher || !moved) return false;
    this.vouchers.set(entry.voucherId, voucher);
    this.aliveAt = timeOf(id);
    this.#moveMoney(voucher, moved);
    this.#wait(moved);
    return true;
  }

  /** What an event of a voucher moves out of its account, and into clearing. */
  #moveMoney({ terms, fold }: VoucherRecord, { event, frozen, drawn, clearing }: Moved): void {
    const { payer: party, number, voucherId, currency, kind } = terms;
    if (clearing !== 0) this.money.clear(currency, clearing);
    // An operator says of a drawing that it was paid outside.
    if (event.type === "drawing.settled" && event.by === "operator") this.money.leave(currency, event.amount);
    // The issuance's own event has told of the first freeze.
    if (event.type === "voucher.issued" || (frozen === 0 && drawn === 0)) return;
    const issuanceId = issuanceIdOf(voucherId);
    const move = { frozen, drawn, left: fold.frozen, isCredit: kind === "credit" };
    this.money.move({ party, number, issuanceId, ...move });
  }

  #wait({ event, waiting }: Moved): void {
    if (waiting > 0 && this.waiting === 0) this.waitingSince = event.at;
    this.waiting += waiting;
    if (this.waiting === 0) this.outages = [];
  }

  #tryAgain(id: string, entry: SettlementFailedEntry | SettlementRedirectedEntry): boolean {
    const voucher = this.vouchers.get(entry.voucherId);
    if (!voucher) return false;
    if (entry.kind === "settlement.failed") return voucher.failAgain(entry);
    return voucher.redirect(entry) && this.#write(id, entry.write, pack(["done", entry.attempt]));
  }

  #fence(entry: FencedEntry): boolean {
    if (entry.kind === "issuance.fenced") {
      this.issuances.get(entry.id)?.takeFence(entry);
      return this.issuances.has(entry.id);
    }
    const voucher = this.vouchers.get(entry.id);
    if (entry.kind === "voucher.stopped") voucher?.stop(entry);
    else voucher?.takeFence(entry);
    return voucher !== undefined;
  }

  #list({ id, by, at }: FenceListedEntry): boolean {
    const roles: Readonly<Record<string, unknown>> | undefined = isVoucherId(id)
      ? { ...this.vouchers.get(id)?.terms }
      : { ...this.issuances.get(id)?.offer };
    const party = roles[by];
    const causedBy = new Set(typeof party === "string" ? [party] : []);
    this.fences.set(id, { at, causedBy });
    return true;
  }

  #miss({ id, by, version, digest, at }: MissingEntry): boolean {
    this.missing.set(id, { text: ["open", by, version, digest, at].join("|"), leavesSince: undefined });
    this.fences.set(id, { at, causedBy: new Set([by]) });
    return true;
  }

  #resume(id: string, entry: ResumedEntry): boolean {
    this.fences.delete(entry.id);
    if (entry.stored === 0) return this.#close(entry);
    this.missing.delete(entry.id);
    if (!entry.write) return false;
    if (entry.kind === "issuance.resumed") {
      const answer = this.issuances.get(entry.id)?.resume(entry);
      return this.#write(id, entry.write, answer);
    }
    const voucher = this.vouchers.get(entry.id);
    return voucher !== undefined && this.#write(id, entry.write, voucher.resume(entry.at));
  }

  /** The case of what is missing. */
  #close({ id, at }: ResumedEntry): boolean {
    const waiting = this.missing.get(id);
    if (!waiting) return false;
    const [, by, version, digest] = waiting.text.split("|");
    this.missing.set(id, { text: ["decided", by, version, digest, at].join("|"), leavesSince: at });
    return true;
  }

  /** Whether a voucher's time is armed: not of one that is fenced. */
  isArmed({ fold, isFenced }: VoucherRecord): boolean {
    return fold.snapshot !== undefined && !hasVoucherEnded(fold.snapshot.state) && !isFenced;
  }
}
