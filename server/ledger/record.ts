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
  const [v, s, i, p, a, c, m, r, k, l, g, t, d, h, x, e] = reply.slice(from, from + RECORD_LENGTH) as Tuple;
  return {
    issuanceId,
    version: Number(v),
    state: s as State,
    issuer: i,
    payer: p,
    amount: Number(a),
    currency: c,
    memo: m,
    review: r as Review,
    kind: k as IssuanceRecord["kind"],
    last4: l,
    changes: Number(g),
    createdAt: Number(t),
    deadline: d,
    digest: h,
    indexedAt: x,
    endedAt: e,
  };
}
type S = string;
type Tuple = [S, S, S, S, S, S, S, S, S, S, S, S, S, S, S, S];

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
  const base = {
    issuanceId: record.issuanceId,
    version,
    at: Number(at),
    by: ACTORS[by],
    state,
    digest,
    ...(wait !== "" && { deadline: Number(at) + Number(wait) }),
  };
  return { type, ...base, ...addition(record, type as EventType, rest, base.at) } as IssuanceEvent;
}

function addition(record: IssuanceRecord, type: EventType, rest: string[], at: number): object {
  const [first = "", second = ""] = rest;
  switch (type) {
    case "payer.requested": {
      const { issuer, payer, amount, currency, memo, review } = record;
      return { issuer, payer, amount, currency, ...(memo !== "" && { memo }), review };
    }
    case "account.verified":
    case "account.kept":
      return { account: { kind: first, last4: second } };
    case "voucher.issued":
      return {
        account: { kind: first, last4: second },
        voucher: { voucherId: voucherIdOf(record.issuanceId), issuedAt: at },
      };
    case "account.refused":
      return { account: { last4: first }, attemptsLeft: Number(second) };
    case "account.change_agreed":
      return { changes: Number(first), ...reason(rest.slice(1)) };
    case "payer.declined":
    case "issuance.cancelled":
      return reason(rest);
    default:
      return {};
  }
}

/** A reason comes last and may itself hold the separator. */
function reason(rest: string[]): object {
  const text = rest.join("|");
  return text === "" ? {} : { reason: text };
}

/** Reads the lines of a log from version `first` on. */
export function readEvents(record: IssuanceRecord, lines: readonly string[], first: number): IssuanceEvent[] {
  return lines.map((line, index) => readEvent(record, first + index, line));
}
