/**
 * The tables of the archive, the same for SQLite and PostgreSQL. Whether something is so is 0 or 1, times are milliseconds
 * since the epoch, amounts minor units. `migrations.ts` makes them.
 */
import type { DeliveryState } from "@tallystick/protocol";

/** What happened, as the store's journals have it, in the order in which each partition wrote it. */
export interface JournalTable {
  partition: number;
  /** Counts the entries of the partition, from 1: streams' ids are not trusted after a store has gone back. */
  position: number;
  /** The entry's id in the stream. */
  entry: string;
  /** The issuance or the voucher that it is about, or the settlement for which an account was paid into; empty for all else. */
  subject: string;
  /** The version that the event made; 0 for what is no event. */
  version: number;
  /** The fields of the entry, in their order, as a JSON array. */
  fields: string;
  /** The store went back behind it, so that it is no part of the book any more. */
  is_lost: number;
  /** The event's place in the feed, which counts up in the order of commits; 0 for what is no event. */
  feed: number;
}

/** How far the archive has a partition's journal. */
export interface MarkTable {
  partition: number;
  /** The id of the last entry that it has; `0` before the first. What comes next in the store comes after it. */
  entry: string;
  /** The last position that was given out. It is that entry's, unless the store has gone back since. */
  position: number;
  /** The last position whose entry was taken out of the store's journal, since the archive has it. */
  trimmed: number;
}

/** What an issuance and a voucher have in common. A row is keyed by id and first digest: an id may begin anew in a store that went back. */
interface SubjectColumns {
  id: string;
  /** The digest of its first event. */
  first: string;
  partition: number;
  issuer: string;
  payer: string;
  beneficiary: string;
  amount: number;
  currency: string;
  state: string;
  version: number;
  digest: string;
  /** When it was asked for, or issued. */
  began_at: number;
  /** When it ended; 0 before. */
  ended_at: number;
  /** The store went back behind its first event. */
  is_lost: number;
  /** When it left the store; 0 while it is there, and below 0 while it is taken out: it may be there, or not. */
  retired_at: number;
  /** With which `retired_at` its texts were blanked, since a party of it was forgotten; below 0 where they were not. */
  forgotten: number;
  /** The words by which it is found, with a space before each. */
  words: string;
  /** The protocol's snapshot, whole, as JSON. */
  snapshot: string;
}

export type IssuanceTable = SubjectColumns;

export interface VoucherTable extends SubjectColumns {
  /** Its terms as the store packs them, the payer's account number in them, which nobody else is told. */
  terms: string;
}

/** By which words an issuance and its voucher are found, by each of their parties, and by `*` for operators. */
export interface WordTable {
  party: string;
  word: string;
  /** The issuance's. */
  id: string;
}

export interface AccountTable {
  party: string;
  number: string;
  partition: number;
  holder: string;
  kind: string;
  currency: string;
  status: string;
  total: number;
  used: number;
  frozen: number;
}

/** The statements: what changed an account, and what stood after it. */
export interface StatementTable {
  party: string;
  number: string;
  /** The position of what made it in the partition's journal. */
  position: number;
  at: number;
  type: string;
  amount: number;
  total: number;
  used: number;
  frozen: number;
  kind: string;
  currency: string;
  /** The voucher, the settlement or the reference that it comes from. */
  cause: string;
  partition: number;
  is_lost: number;
}

/** What is said of the archive as a whole: whose it is, its own name, and how many commits it has had. */
export interface ArchiveTable {
  /** Always 1: there is one row. */
  id: number;
  /** The archive's own name, which the book keeps. */
  name: string;
  /** The book's id; empty before the first book. */
  book: string;
  partitions: number;
  /** Grows with each commit. Whoever commits names the number that it has read, so that a stale one writes nothing. */
  commits: number;
}

/** The endpoints that events are sent to. */
export interface WebhookTable {
  /** As its operator calls it. */
  id: string;
  /** Its own for as long as it is there: one of the same id that is made later is another. */
  key: string;
  url: string;
  /** Only events of these types, with commas between; empty for all. */
  types: string;
  /** Only this party's events, in its view; empty for all. */
  party: string;
  /** What signs; and what did before it was rotated, which signs as well until then. */
  secret: string;
  old_secret: string;
  old_until: number;
  created_at: number;
  /** Since when no event was taken; 0 while they are. */
  failing_since: number;
  /** When it answered 410; 0 while it wants events. */
  ended_at: number;
  /** The place in the feed up to which there are deliveries. */
  fed: number;
  /** Grows with each change by an operator. */
  changes: number;
  /** Which hub sends to it, and until when at the most. */
  holder: string;
  held_until: number;
}

/** What operators have done to endpoints, for a day: the same again is answered the same. */
export interface WebhookWriteTable {
  id: string;
  /** The endpoint's id. */
  webhook: string;
  at: number;
  /** As JSON. */
  answer: string;
}

/** Events on their way to an endpoint, and for some time those that have arrived. */
export interface DeliveryTable {
  /** The endpoint's key. */
  webhook: string;
  /** Of the event, in the feed. */
  place: number;
  subject: string;
  version: number;
  type: string;
  state: DeliveryState;
  attempts: number;
  /** Since when it is tried. */
  since: number;
  next_at: number;
  /** When it was delivered or given up; 0 before. */
  ended_at: number;
  /** Of the last answer; 0 where there was none. */
  status: number;
  /** Why the last attempt failed; empty where it did not. */
  reason: string;
}

/** The parties that are to be forgotten. */
export interface ForgetTable {
  party: string;
  /** What began until then is meant. */
  until: number;
  /** How many entries of journals have said it: each partition's comes after all in it that is meant. */
  said: number;
  /** How many had when all was looked at last. */
  looked: number;
  /** 1 while something is left that has to stay for now. */
  pending: number;
  /** How many issuances were blanked, each with its voucher. */
  blanked: number;
}

export interface ArchiveSchema {
  archive: ArchiveTable;
  journal: JournalTable;
  marks: MarkTable;
  issuances: IssuanceTable;
  vouchers: VoucherTable;
  words: WordTable;
  accounts: AccountTable;
  statements: StatementTable;
  webhooks: WebhookTable;
  deliveries: DeliveryTable;
  webhook_writes: WebhookWriteTable;
  forgets: ForgetTable;
}
