/** A voucher as its log makes it: the snapshot that its parties see, and what only the store keeps of it. */
import {
  EXPIRING_BEFORE_MS,
  foldVoucher,
  hasVoucherEnded,
  VOUCHER_EVENT_TYPES,
  VOUCHER_STATES,
  type VoucherEvent,
  type VoucherSnapshot,
} from "@tallystick/protocol";
import type { StoredSettlement } from "./settlement-record.ts";
import { readVoucherEvent, type VoucherTerms } from "./voucher-record.ts";

/** A drawing that waits for the approver. */
export interface Waiting {
  drawingId: string;
  amount: number;
  at: number;
  deadline: number;
  /** `f`, or empty. */
  final: string;
  number: string;
  holder: string;
}

/** What an event has moved, minor units. */
export interface Moved {
  event: VoucherEvent;
  /** What is frozen has grown by so much. */
  frozen: number;
  /** So much has left the account. */
  drawn: number;
  /** What has left accounts and is not paid out has grown by so much. */
  clearing: number;
  /** So many drawings more wait. */
  waiting: number;
}

/** Events may come from an altered store: what does not follow is refused, and changes nothing. */
export class VoucherFold {
  readonly terms: VoucherTerms;
  snapshot: VoucherSnapshot | undefined;
  /** Drawings that were not refused. */
  drawn = 0;
  isFinal = false;
  isExpiring = false;
  waiting: Waiting[] = [];
  /** By the version of the event that honoured the drawing. */
  readonly settlements = new Map<string, StoredSettlement>();

  constructor(terms: VoucherTerms) {
    this.terms = terms;
  }

  /** What is frozen for it, minor units. */
  get frozen(): number {
    return this.snapshot ? this.snapshot.pending + this.snapshot.remaining : 0;
  }

  /** Takes the next line of the log; undefined when it does not follow. */
  apply(line: string): Moved | undefined {
    const { snapshot: before, terms } = this;
    const event = readVoucherEvent(terms, (before?.version ?? 0) + 1, line);
    if (!this.#follows(event)) return undefined;
    const after = foldVoucher(before, event);
    if (!isSound(after)) return undefined;
    const [frozenBefore, waitedBefore] = [this.frozen, this.waiting.length];
    this.snapshot = after;
    const clearing = this.#keep(event, line.split("|").slice(5));
    return {
      event,
      frozen: this.frozen - frozenBefore,
      drawn: event.type === "drawing.honoured" ? event.amount : 0,
      clearing,
      waiting: this.waiting.length - waitedBefore,
    };
  }

  #follows(event: VoucherEvent): boolean {
    const isForm =
      (VOUCHER_EVENT_TYPES as readonly string[]).includes(event.type) &&
      (VOUCHER_STATES as readonly string[]).includes(event.state) &&
      Number.isSafeInteger(event.at) &&
      event.by !== undefined;
    if (!isForm || (event.type === "voucher.issued") !== (this.snapshot === undefined)) return false;
    const waits = ({ drawingId }: { drawingId: string }) =>
      this.waiting.some((each) => each.drawingId === drawingId);
    if (event.type === "drawing.refused") return waits(event);
    if (event.type === "drawing.honoured") return waits(event) || event.drawingId === String(event.version);
    if (event.type === "drawing.settled" || event.type === "drawing.settlement_failed")
      return this.#settlementOf(event.drawingId)?.amount === event.amount;
    return true;
  }

  /** Keeps what the snapshot does not have; answers what the event has added to clearing. */
  #keep(event: VoucherEvent, rest: readonly string[]): number {
    switch (event.type) {
      case "drawing.presented": {
        const [, , final = "", number = "", ...holder] = rest;
        const { drawingId, amount, at, deadline } = event;
        this.waiting.push({ drawingId, amount, at, deadline, final, number, holder: holder.join("|") });
        this.drawn += 1;
        return 0;
      }
      case "drawing.honoured":
        this.#honour(event, rest);
        return event.amount;
      case "drawing.refused":
        this.#stopWaiting(event.drawingId);
        this.drawn -= 1;
        return 0;
      case "drawing.settled":
      case "drawing.settlement_failed": {
        const settlement = this.#settlementOf(event.drawingId);
        const isSettled = event.type === "drawing.settled";
        if (settlement) settlement.state = isSettled ? "settled" : "failed";
        if (settlement) settlement.note = rest.slice(3).join("|");
        return isSettled ? -event.amount : 0;
      }
      case "voucher.expiring":
        this.isExpiring = true;
        return 0;
      case "voucher.voided":
        this.drawn -= this.waiting.length;
        this.waiting = [];
        return 0;
      default:
        return 0;
    }
  }

  #honour(event: Extract<VoucherEvent, { type: "drawing.honoured" }>, rest: readonly string[]): void {
    const { drawingId, amount, version, digest, final } = event;
    const [, , , , mode, number = "", ...holder] = rest;
    if (!this.#stopWaiting(drawingId)) this.drawn += 1;
    if (final) this.isFinal = true;
    this.settlements.set(String(version), {
      state: "open",
      mode: mode as StoredSettlement["mode"],
      attempt: 1,
      drawingId,
      amount,
      digest,
      party: this.terms.beneficiary,
      number,
      note: "",
      holder: holder.join("|"),
    });
  }

  #stopWaiting(drawingId: string): boolean {
    const others = this.waiting.filter((each) => each.drawingId !== drawingId);
    const waited = others.length < this.waiting.length;
    this.waiting = others;
    return waited;
  }

  #settlementOf(drawingId: string): StoredSettlement | undefined {
    return [...this.settlements.values()].find((each) => each.drawingId === drawingId);
  }
}

/** Reads a whole log; undefined where a line does not follow the one before. */
export function foldLog(terms: VoucherTerms, log: readonly string[]): VoucherFold | undefined {
  const fold = new VoucherFold(terms);
  return log.every((line) => fold.apply(line)) && fold.snapshot ? fold : undefined;
}

/**
 * When time will next bring something about, ms; empty when it never will. `lua/lib/voucher.lua` has the same.
 *
 * @param untils when silence honours each drawing that waits, which is later than its deadline after an outage.
 */
export function nextOf({ snapshot, terms, isExpiring }: VoucherFold, untils: readonly number[]): string {
  if (!snapshot || hasVoucherEnded(snapshot.state)) return "";
  const { issuedAt, expiresAt } = terms;
  const warning = expiresAt - Math.min(EXPIRING_BEFORE_MS, Math.floor((expiresAt - issuedAt) / 10));
  const times = [...untils];
  if (snapshot.pending === 0) times.push(expiresAt);
  if (!isExpiring && snapshot.remaining > 0) times.push(warning);
  return times.length === 0 ? "" : String(Math.min(...times));
}

/** No sum is below zero or another than whole, and together they are the amount. */
function isSound({ amount, honoured, released, pending, remaining }: VoucherSnapshot): boolean {
  const sums = [honoured, released, pending, remaining];
  return (
    [amount, ...sums].every((sum) => Number.isSafeInteger(sum) && sum >= 0) &&
    honoured + released + pending + remaining === amount
  );
}
