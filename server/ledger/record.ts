/**
 * The one codec between the store's short forms and the protocol's: records of issuances and lines of
 * their logs. `lua/lib/issuance.lua` is the other side of it.
 */
import { hash } from "node:crypto";
import type { Actor, EventType, IssuanceEvent, Review, Snapshot, State } from "@tallystick/protocol";
import { hasEnded, voucherIdOf } from "@tallystick/protocol";

/** How many values of a record the scripts send; the rest of it never leaves the store. */
export const RECORD_LENGTH = 16;

/** A record as the scripts tell it, in the order of `FIELDS` in `lua/lib/issuance.lua`. */
export interface IssuanceRecord {
  issuanceId: string;
  version: number;
  state: State;
  issuer: string;
  payer: string;
  amount: number;
  currency: string;
  memo: string;
  review: Review;
  kind: "" | "funds" | "credit";
  last4: string;
  changes: number;
  createdAt: number;
  deadline: string;
  digest: string;
  /** When the issuer's index was written; names the entry of the index. */
  indexedAt: string;
  /** When it ended; empty before. */
  endedAt: string;
}

export function readRecord(issuanceId: string, reply: readonly string[], from: number): IssuanceRecord {
  // By position and not by name, since this runs with each command.
  const at = (position: number) => reply[from + position] as string;
  return {
    issuanceId,
    version: Number(at(0)),
    state: at(1) as State,
    issuer: at(2),
    payer: at(3),
    amount: Number(at(4)),
    currency: at(5),
    memo: at(6),
    review: at(7) as Review,
    kind: at(8) as IssuanceRecord["kind"],
    last4: at(9),
    changes: Number(at(10)),
    createdAt: Number(at(11)),
    deadline: at(12),
    digest: at(13),
    indexedAt: at(14),
    endedAt: at(15),
  };
}

/** The snapshot that both parties may see: an account is its kind and last digits alone. */
export function snapshotOf(record: IssuanceRecord): Snapshot {
  const snapshot: Snapshot = {
    issuanceId: record.issuanceId,
    version: record.version,
    state: record.state,
    issuer: record.issuer,
    payer: record.payer,
    amount: record.amount,
    currency: record.currency,
    review: record.review,
    changes: record.changes,
    createdAt: record.createdAt,
    digest: record.digest,
  };
  if (record.memo !== "") snapshot.memo = record.memo;
  if (record.kind !== "") snapshot.account = { kind: record.kind, last4: record.last4 };
  if (record.deadline !== "" && !hasEnded(record.state)) snapshot.deadline = Number(record.deadline);
  if (record.state === "issued") {
    snapshot.voucher = { voucherId: voucherIdOf(record.issuanceId), issuedAt: Number(record.endedAt) };
  }
  return snapshot;
}

/** What the first event's digest follows. */
export const FIRST_DIGEST = "0".repeat(12);

/** The digest of a line of the log, without its own, that follows the digest `before`; see `Digest`. */
export function chainDigest(before: string, line: string): string {
  return before.slice(6) + hash("sha1", before + line).slice(0, 6);
}

const ACTORS: { readonly [initial: string]: Actor } = { i: "issuer", p: "payer", h: "hub" };

/**
 * Reads a line of the log: `digest|type|by|state|at|wait|what the type adds`, `by` being an
 * initial and the wait in milliseconds. The offer is in the record, since it never changes.
 */
export function readEvent(record: IssuanceRecord, version: number, line: string): IssuanceEvent {
  const [digest = "", type, by = "", state, at, wait = "", ...rest] = line.split("|");
  const event: Unfinished = {
    type,
    issuanceId: record.issuanceId,
    version,
    at: Number(at),
    by: ACTORS[by],
    state,
    digest,
  };
  if (wait !== "") event.deadline = event.at + Number(wait);
  return add(event, record, rest) as IssuanceEvent;
}

/** An event before it has what its type adds. */
interface Unfinished {
  at: number;
  deadline?: number;
  [field: string]: unknown;
}

function add(event: Unfinished, record: IssuanceRecord, rest: string[]): Unfinished {
  const [first = "", second = ""] = rest;
  switch (event.type as EventType) {
    case "payer.requested":
      event.issuer = record.issuer;
      event.payer = record.payer;
      event.amount = record.amount;
      event.currency = record.currency;
      if (record.memo !== "") event.memo = record.memo;
      event.review = record.review;
      return event;
    case "account.verified":
    case "account.kept":
      event.account = { kind: first, last4: second };
      return event;
    case "voucher.issued":
      event.account = { kind: first, last4: second };
      event.voucher = { voucherId: voucherIdOf(record.issuanceId), issuedAt: event.at };
      return event;
    case "account.refused":
      event.account = { last4: first };
      event.attemptsLeft = Number(second);
      return event;
    case "account.change_agreed":
      event.changes = Number(first);
      return addReason(event, rest.slice(1));
    case "payer.declined":
    case "issuance.cancelled":
      return addReason(event, rest);
    default:
      return event;
  }
}

/** A reason comes last and may itself hold the separator. */
function addReason(event: Unfinished, rest: string[]): Unfinished {
  const text = rest.join("|");
  if (text !== "") event.reason = text;
  return event;
}

/** Reads the lines of a log from version `first` on. */
export function readEvents(record: IssuanceRecord, lines: readonly string[], first: number): IssuanceEvent[] {
  return lines.map((line, index) => readEvent(record, first + index, line));
}
