/**
 * The one codec between the store's short forms of a voucher and the protocol's. `lua/lib/voucher.lua` is the other side
 * of it, and says what the fields of a record are. A snapshot is the fold of the log.
 */
import type {
  SettlementMode,
  VoucherActor,
  VoucherEvent,
  VoucherEventType,
  VoucherSnapshot,
} from "@tallystick/protocol";
import { foldVoucherEvents, issuanceIdOf, lastDigits } from "@tallystick/protocol";
import { voucherKey } from "./keys.ts";
import { unpack } from "./packing.ts";
import { readApproval } from "./record.ts";
import type { Confirmable } from "./replication-barrier.ts";

/** What never changes of a voucher, as its record has it. */
export interface VoucherTerms {
  voucherId: string;
  issuer: string;
  payer: string;
  beneficiary: string;
  amount: number;
  currency: string;
  memo: string;
  /** Whose word drawings wait for, as `readApproval` reads it; empty where they don't wait. */
  approval: string;
  issuedAt: number;
  expiresAt: number;
  /** The payer's account: its number, which nobody else is told, and what may be told of it. */
  number: string;
  kind: "funds" | "credit";
  last4: string;
}

/** How many values the terms have; the last is the salt of the digests, which is no business of anybody's. */
const TERMS_LENGTH = 13;

/** Reads terms; undefined when they are not those of a voucher. */
export function readTerms(voucherId: string, packed: string): VoucherTerms | undefined {
  const values = unpack(packed);
  return values.length === TERMS_LENGTH ? termsOf(voucherId, values) : undefined;
}

function termsOf(voucherId: string, values: readonly string[]): VoucherTerms {
  const at = (position: number) => values[position] as string;
  return {
    voucherId,
    issuer: at(0),
    payer: at(1),
    beneficiary: at(2),
    amount: Number(at(3)),
    currency: at(4),
    memo: at(5),
    approval: at(6),
    issuedAt: Number(at(7)),
    expiresAt: Number(at(8)),
    number: at(9),
    kind: at(10) as VoucherTerms["kind"],
    last4: at(11),
  };
}

/** Where an event of a voucher is, as a barrier confirms it. */
export function recordOf(event: { voucherId: string; version: number; digest: string }): Confirmable {
  const { voucherId, version, digest } = event;
  return { key: voucherKey(issuanceIdOf(voucherId)), version, digest };
}

/** A voucher as scripts reply with it: its log up to a version. */
export interface StoredVoucher {
  events: VoucherEvent[];
  snapshot: VoucherSnapshot;
}

/** Reads terms and log from the values of a reply. */
export function readStoredVoucher(voucherId: string, reply: readonly string[], from: number): StoredVoucher {
  const terms = termsOf(voucherId, reply.slice(from, from + TERMS_LENGTH));
  const lines = reply.slice(from + TERMS_LENGTH);
  const events = lines.map((line, index) => readVoucherEvent(terms, index + 1, line));
  const snapshot = foldVoucherEvents(events);
  if (!snapshot) throw new Error(`the log of ${voucherId} is empty`);
  return { events, snapshot };
}

const ACTORS: { readonly [initial: string]: VoucherActor } = {
  b: "beneficiary",
  p: "payer",
  i: "issuer",
  o: "operator",
  h: "hub",
};

/**
 * Reads a line of the log: `digest|type|by|state|at|what the type adds`, `by` being an initial. A text comes last and
 * may itself hold the separator.
 */
export function readVoucherEvent(terms: VoucherTerms, version: number, line: string): VoucherEvent {
  const [digest = "", type, by = "", state, at, ...rest] = line.split("|");
  const { voucherId } = terms;
  const base = { type, voucherId, version, at: Number(at), by: ACTORS[by], state, digest };
  return add(base, terms, rest) as VoucherEvent;
}

/** What pays the drawing out that an event has honoured, by the event's line. */
export function settlementModeOf(line: string): SettlementMode {
  const [, , , , , , , , , mode] = line.split("|");
  return mode as SettlementMode;
}

/** An event before it has what its type adds. */
interface Unfinished {
  at: number;
  version: number;
  [field: string]: unknown;
}

function add(event: Unfinished, terms: VoucherTerms, rest: readonly string[]): Unfinished {
  const [first = "", second = "", third = "", fourth = ""] = rest;
  switch (event.type as VoucherEventType) {
    case "voucher.issued":
      return addTerms(event, terms);
    case "voucher.rejected":
    case "voucher.withdrawn":
      return addText(event, "reason", rest);
    case "drawing.presented":
      // amount, time to answer in ms, final, number, holder
      event.drawingId = String(event.version);
      event.amount = Number(first);
      event.deadline = event.at + Number(second);
      return addPayee(event, third, fourth);
    case "drawing.honoured":
      // drawing, amount, released, final, mode, number, holder
      event.drawingId = first;
      event.amount = Number(second);
      if (third !== "0") event.released = Number(third);
      return addPayee(event, fourth, rest[5] ?? "");
    case "drawing.refused":
      // drawing, amount, released, reason
      event.drawingId = first;
      event.amount = Number(second);
      if (third !== "0") event.released = Number(third);
      return addText(event, "reason", rest.slice(3));
    case "drawing.settled":
    case "drawing.settlement_failed":
      // drawing, amount, attempt, note
      event.drawingId = first;
      event.amount = Number(second);
      return event;
    case "voucher.released":
      event.amount = Number(first);
      return event;
    case "voucher.expiring":
      event.expiresAt = terms.expiresAt;
      event.remaining = Number(first);
      return event;
    case "voucher.expired":
      event.released = Number(first);
      return event;
    case "voucher.voided":
      // released, reference, reason
      event.released = Number(first);
      return addText(event, "reason", rest.slice(2));
    default:
      return event;
  }
}

/** The first event says all of the voucher, so that a beneficiary who hears of nothing else understands it. */
function addTerms(event: Unfinished, terms: VoucherTerms): Unfinished {
  event.issuanceId = issuanceIdOf(terms.voucherId);
  event.issuer = terms.issuer;
  event.payer = terms.payer;
  event.beneficiary = terms.beneficiary;
  event.amount = terms.amount;
  event.currency = terms.currency;
  if (terms.memo !== "") event.memo = terms.memo;
  if (terms.approval !== "") event.approval = readApproval(terms.approval);
  event.expiresAt = terms.expiresAt;
  event.account = { kind: terms.kind, last4: terms.last4 };
  return event;
}

/** Nobody is told more of the beneficiary's account than its last digits. */
function addPayee(event: Unfinished, final: string, number: string): Unfinished {
  if (final !== "") event.final = true;
  event.to = { last4: lastDigits(number) };
  return event;
}

function addText(event: Unfinished, field: string, rest: readonly string[]): Unfinished {
  const text = rest.join("|");
  if (text !== "") event[field] = text;
  return event;
}
