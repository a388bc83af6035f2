/**
 * The one codec between the store's short forms and the protocol's: records of issuances and lines of
 * their logs. `lua/lib/issuance.lua` is the other side of it, and says what the fields of a record are.
 */
import type {
  Actor,
  Approval,
  Approver,
  EventType,
  IssuanceEvent,
  Review,
  Snapshot,
  State,
} from "@tallystick/protocol";
import { hasEnded, voucherIdOf } from "@tallystick/protocol";
import type { Store } from "../redis/connect.ts";
import { issuanceKeys } from "./keys.ts";
import { unpack } from "./packing.ts";
import type { Confirmable } from "./replication-barrier.ts";

/** Whose word drawings wait for, and for how many seconds, as records have it; '' where they don't wait. */
export function packApproval(approval: Approval | undefined): string {
  return approval ? `${approval.by}:${approval.within}` : "";
}

export function readApproval(packed: string): Approval {
  const [by, within] = packed.split(":");
  return { by: by as Approver, within: Number(within) };
}

/** How many values of a record the scripts send, the offer's and then those of how it stands. */
export const RECORD_LENGTH = 20;

/** A record as the scripts tell it. */
export interface IssuanceRecord {
  issuanceId: string;
  issuer: string;
  payer: string;
  amount: number;
  currency: string;
  memo: string;
  review: Review;
  createdAt: number;
  /** When the issuer's index was written; names the entry of the index. */
  indexedAt: string;
  /** The party that the voucher is made out to. */
  beneficiary: string;
  /** Seconds from the issue in which the voucher can be drawn on. */
  validFor: number;
  /** Whose word drawings wait for, as `readApproval` reads it; empty where they don't wait. */
  approval: string;
  version: number;
  state: State;
  digest: string;
  deadline: string;
  changes: number;
  kind: "" | "funds" | "credit";
  last4: string;
  /** When it ended; empty before. */
  endedAt: string;
}

export function readRecord(issuanceId: string, reply: readonly string[], from: number): IssuanceRecord {
  // By position and not by name, since this runs with each command.
  const at = (position: number) => reply[from + position] as string;
  return {
    issuanceId,
    issuer: at(0),
    payer: at(1),
    amount: Number(at(2)),
    currency: at(3),
    memo: at(4),
    review: at(5) as Review,
    createdAt: Number(at(6)),
    indexedAt: at(7),
    beneficiary: at(8) || at(0),
    validFor: Number(at(9)),
    approval: at(10),
    // The salt of its digests comes between, which is no business of anybody's.
    version: Number(at(12)),
    state: at(13) as State,
    digest: at(14),
    deadline: at(15),
    changes: Number(at(16)),
    kind: at(17) as IssuanceRecord["kind"],
    last4: at(18),
    endedAt: at(19),
  };
}

/** Number and comparable name of the account that stands; empty texts when none does. */
export interface StandingAccount {
  number: string;
  name: string;
}

/** An issuance as its hash in the store has it. */
export interface StoredIssuance {
  record: IssuanceRecord;
  /** The offer as one text, with the salt of its digests. */
  offer: string;
  /** The account that stands. */
  account: StandingAccount;
  /** `fenced|…`, `decided|…`, or empty. */
  fence: string;
  /** The lines of its log, one for each version; up to the first that is missing. */
  log: string[];
}

/** Reads a hash that was read as a whole; undefined when there is no issuance. */
export function readHash(
  issuanceId: string,
  hash: Readonly<Record<string, string>>,
): StoredIssuance | undefined {
  const { o: offer, s: standing, a: account = "", q: fence = "" } = hash;
  if (offer === undefined || standing === undefined) return undefined;
  const log: string[] = [];
  for (let line = hash[1]; line !== undefined; line = hash[log.length + 1]) log.push(line);
  const record = readRecord(issuanceId, [...unpack(offer), ...unpack(standing)], 0);
  const [, number = "", name = ""] = unpack(account);
  return { record, offer, account: { number, name }, fence, log };
}

/** The newest event of an issuance, for whoever waits until replicas have it. */
export function newestEvent(issuance: Pick<Snapshot, "issuanceId" | "version" | "digest">): Confirmable {
  const { issuanceId, version, digest } = issuance;
  return { key: issuanceKeys(issuanceId)[0], version, digest };
}

/** Reads a record without its log; undefined when there is no issuance. */
export async function loadRecord(store: Store, issuanceId: string): Promise<IssuanceRecord | undefined> {
  const [key] = issuanceKeys(issuanceId);
  const [offer, standing] = await store.hmget(key, "o", "s");
  return offer && standing ? readHash(issuanceId, { o: offer, s: standing })?.record : undefined;
}

/** The snapshot that both parties may see: an account is its kind and last digits alone. */
export function snapshotOf(record: IssuanceRecord): Snapshot {
  const snapshot: Snapshot = {
    issuanceId: record.issuanceId,
    version: record.version,
    state: record.state,
    issuer: record.issuer,
    payer: record.payer,
    beneficiary: record.beneficiary,
    validFor: record.validFor,
    amount: record.amount,
    currency: record.currency,
    review: record.review,
    changes: record.changes,
    createdAt: record.createdAt,
    digest: record.digest,
  };
  if (record.memo !== "") snapshot.memo = record.memo;
  if (record.approval !== "") snapshot.approval = readApproval(record.approval);
  if (record.kind !== "") snapshot.account = { kind: record.kind, last4: record.last4 };
  if (record.deadline !== "" && !hasEnded(record.state)) snapshot.deadline = Number(record.deadline);
  if (record.state === "issued") {
    snapshot.voucher = { voucherId: voucherIdOf(record.issuanceId), issuedAt: Number(record.endedAt) };
  }
  return snapshot;
}

const ACTORS: { readonly [initial: string]: Actor } = { i: "issuer", p: "payer", h: "hub" };

/**
 * Reads a line of the log: `digest|type|by|state|at|wait|what the type adds`, `by` being an
 * initial and the wait in milliseconds. The offer is in the record, since it never changes. An account's line ends with
 * its number and its name, which are not told.
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
      event.beneficiary = record.beneficiary;
      event.validFor = record.validFor;
      if (record.approval !== "") event.approval = readApproval(record.approval);
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
