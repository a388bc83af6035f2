/**
 * What a partition's journal says, entry by entry: all that has happened to its accounts, issuances, vouchers,
 * settlements and fences, complete enough to make the partition anew from it. The scripts write it, in the same step as
 * what it tells of. Where an entry has no time of its own, its id in the stream has it.
 */
import type { AccountStatus } from "@tallystick/protocol";
import { JournalFields } from "./journal-fields.ts";
import { withTimes } from "./offer.ts";
import { wholeNumber } from "./whole-number.ts";

/** The command that made an event: a repeat of it is answered from the event. */
export interface JournaledCommand {
  /** Its `commandId`, or the reference of an operator's. */
  id: string;
  /** Of the command's payload. */
  digest: string;
}

/** The write that made an entry: the same again, within 24 hours, is answered the same. */
export interface JournaledWrite {
  /** Who wrote, too: `readWriteId` reads it. */
  id: string;
  /** Of what was asked. */
  digest: string;
}

interface OfAccount {
  party: string;
  number: string;
}

interface WrittenToAccount extends OfAccount {
  write: JournaledWrite;
}

/** An event of an issuance. */
export interface IssuanceEntry {
  kind: "issuance.event";
  issuanceId: string;
  /** As the log has it: `record.ts` reads it. */
  line: string;
  /** As the record has it, with the salt of the digests; of the first event alone. */
  offer?: string;
  /** Absent where the hub or an operator made the event. */
  command?: JournaledCommand;
  /** The account that was refused, and why, which its issuer is not told. */
  refused?: { number: string; code: string };
  /** An operator's, when it is a decision about a fence. */
  write?: JournaledWrite;
}

/** An event of a voucher. */
export interface VoucherEntry {
  kind: "voucher.event";
  voucherId: string;
  /** As the log has it: `voucher-record.ts` reads it. */
  line: string;
  /** As the record has them, with the salt of the digests; of the first event alone. */
  terms?: string;
  /** Absent where the hub made the event, and where an operator spoke of a settlement. */
  command?: JournaledCommand;
  /** The id of the write in which an operator made the event. */
  intent?: string;
}

/** An account was made, or set anew. */
export interface AccountPutEntry extends WrittenToAccount {
  kind: "account.put";
  holder: string;
  accountKind: "funds" | "credit";
  currency: string;
  /** Balance or limit, minor units. */
  total: number;
  status: AccountStatus;
}

export interface AccountStatusEntry extends WrittenToAccount {
  kind: "account.blocked" | "account.unblocked";
}

/** An operator has asked for its whole number, which changes nothing. */
export interface AccountShownEntry extends WrittenToAccount {
  kind: "account.shown";
}

export interface AccountAdjustedEntry extends WrittenToAccount {
  kind: "account.adjusted";
  /** Signed, minor units. */
  amount: number;
  reference: string;
  /** Balance or limit after it. */
  total: number;
}

export interface AccountRepaidEntry extends WrittenToAccount {
  kind: "account.repaid";
  amount: number;
  reference: string;
  /** What is used after it. */
  used: number;
}

/** What came of an attempt to pay a drawing into an account. */
interface Credit extends OfAccount {
  amount: number;
  currency: string;
  settlementId: string;
  attempt: number;
  /** Of the event that honoured the drawing. */
  digest: string;
}

export interface AccountCreditedEntry extends Credit {
  kind: "account.credited";
  /** The balance after it. */
  total: number;
}

export interface CreditRefusedEntry extends Credit {
  kind: "credit.refused";
  reason: string;
}

interface OfSettlement {
  voucherId: string;
  settlementId: string;
  attempt: number;
  /** Milliseconds. */
  at: number;
}

/** What was tried again could not be paid either, which is no event of the voucher. */
export interface SettlementFailedEntry extends OfSettlement {
  kind: "settlement.failed";
  reason: string;
  /** The id of the write in which an operator said so. */
  intent?: string;
}

export interface SettlementRedirectedEntry extends OfSettlement, WrittenToAccount {
  kind: "settlement.redirected";
}

interface OfFence {
  /** Of an issuance or a voucher. */
  id: string;
  /** When, milliseconds. */
  at: number;
}

/** A terminal, or a payment, has shown what the store does not have. */
export interface FencedEntry extends OfFence {
  kind: "issuance.fenced" | "voucher.stopped" | "voucher.fenced";
  /** The role of the party that showed it; `hub` where a payment did. */
  by: string;
  /** What was shown. */
  version: number;
  digest: string;
  /** What the store has. */
  stored: number;
}

/** A terminal has shown what the store does not have at all. */
export interface MissingEntry extends OfFence {
  kind: "issuance.missing" | "voucher.missing";
  /** The party that showed it. */
  by: string;
  version: number;
  digest: string;
}

/** An operator has decided: what was fenced goes on, or the case of what is missing is closed. */
export interface ResumedEntry extends OfFence {
  kind: "issuance.resumed" | "voucher.resumed";
  /** What the store has; 0 of what is missing. */
  stored: number;
  /** Of an issuance, its next wait, milliseconds. */
  wait?: number;
  /** Absent of what is missing, whose decision is repeated without it. */
  write?: JournaledWrite;
  /** Of what is missing, the id of the write. */
  intent?: string;
}

/** A fence was entered in the list. */
export interface FenceListedEntry extends OfFence {
  kind: "fence.listed";
  /** The role of the party whose quota has room, or `hub`. */
  by: string;
}

/** A public key for documents is published for longer than before. */
export interface KeyPublishedEntry {
  kind: "key.published";
  key: string;
  /** Milliseconds. */
  until: number;
}

/** The tokens that a party had until then were revoked; or what people have written of what began until then is to be blanked. */
export interface PartyEntry {
  kind: "tokens.revoked" | "party.forgotten";
  party: string;
  /** Milliseconds. */
  until: number;
  write: JournaledWrite;
}

/** No hub was there while drawings waited, from when to when, milliseconds. */
export interface OutageNotedEntry {
  kind: "outage.noted";
  from: number;
  to: number;
}

export type JournalEntry =
  | IssuanceEntry
  | VoucherEntry
  | AccountPutEntry
  | AccountStatusEntry
  | AccountShownEntry
  | AccountAdjustedEntry
  | AccountRepaidEntry
  | AccountCreditedEntry
  | CreditRefusedEntry
  | SettlementFailedEntry
  | SettlementRedirectedEntry
  | FencedEntry
  | MissingEntry
  | ResumedEntry
  | FenceListedEntry
  | KeyPublishedEntry
  | PartyEntry
  | OutageNotedEntry;

export type JournalEntryKind = JournalEntry["kind"];

/** Every kind of entry. */
export function journalEntryKinds(): readonly JournalEntryKind[] {
  return ["issuance.event", "voucher.event", ...(Object.keys(READERS) as (keyof typeof READERS)[])];
}

/** Reads an entry; undefined when it is none of a book's. @param fields names and values in turn, as Redis gives them. */
export function readJournalEntry(fields: readonly string[]): JournalEntry | undefined {
  const read = new JournalFields(fields);
  const event = read.text("event");
  // Most entries are events, whose lines have parts.
  if (event.includes("|")) return sound(read, readEvent(read, event));
  return Object.hasOwn(READERS, event)
    ? sound(read, READERS[event as keyof typeof READERS](read))
    : undefined;
}

function sound(read: JournalFields, entry: JournalEntry): JournalEntry | undefined {
  return read.isSound ? entry : undefined;
}

function readEvent(read: JournalFields, line: string): IssuanceEntry | VoucherEntry {
  const id = read.text("id");
  const command = read.identityIfAny("command");
  if (id.startsWith("v")) {
    const terms = read.find("terms");
    return {
      kind: "voucher.event",
      voucherId: id,
      line,
      ...(terms !== undefined && { terms }),
      ...(command && { command }),
      ...intent(read),
    };
  }
  const [offer, number, code] = [read.find("offer"), read.find("account"), read.find("reason")];
  const at = line.split("|", 5)[4] ?? "";
  const write = read.identityIfAny("write");
  return {
    kind: "issuance.event",
    issuanceId: id,
    line,
    ...(offer !== undefined && { offer: withTimes(offer, at) }),
    ...(command && { command }),
    ...(number !== undefined && code !== undefined && { refused: { number, code } }),
    ...(write && { write }),
  };
}

/** How each kind of entry but the events is read. */
const READERS: {
  readonly [K in Exclude<JournalEntryKind, "issuance.event" | "voucher.event">]: (
    read: JournalFields,
  ) => JournalEntry & { kind: K };
} = {
  "account.put": (read) => ({
    kind: "account.put",
    ...written(read),
    holder: read.text("holder"),
    accountKind: read.oneOf("kind", ["funds", "credit"]),
    currency: read.text("currency"),
    total: read.whole("total"),
    status: read.oneOf("status", ["active", "blocked"]),
  }),
  "account.blocked": (read) => ({ kind: "account.blocked", ...written(read) }),
  "account.unblocked": (read) => ({ kind: "account.unblocked", ...written(read) }),
  "account.shown": (read) => ({ kind: "account.shown", ...written(read) }),
  "account.adjusted": (read) => ({
    kind: "account.adjusted",
    ...written(read),
    amount: read.whole("amount"),
    reference: read.text("reference"),
    total: read.whole("total"),
  }),
  "account.repaid": (read) => ({
    kind: "account.repaid",
    ...written(read),
    amount: read.whole("amount"),
    reference: read.text("reference"),
    used: read.whole("used"),
  }),
  "account.credited": (read) => ({ kind: "account.credited", ...credit(read), total: read.whole("total") }),
  "credit.refused": (read) => ({ kind: "credit.refused", ...credit(read), reason: read.text("reason") }),
  "settlement.failed": (read) => ({
    kind: "settlement.failed",
    ...settlement(read),
    reason: read.text("reason"),
    ...intent(read),
  }),
  "settlement.redirected": (read) => ({
    kind: "settlement.redirected",
    ...settlement(read),
    ...written(read),
  }),
  "issuance.fenced": (read) => ({ kind: "issuance.fenced", ...claim(read), stored: read.whole("stored") }),
  "voucher.stopped": (read) => ({ kind: "voucher.stopped", ...claim(read), stored: read.whole("stored") }),
  "voucher.fenced": (read) => ({ kind: "voucher.fenced", ...claim(read), stored: read.whole("stored") }),
  "issuance.missing": (read) => ({ kind: "issuance.missing", ...claim(read) }),
  "voucher.missing": (read) => ({ kind: "voucher.missing", ...claim(read) }),
  "issuance.resumed": (read) => ({ kind: "issuance.resumed", ...resumed(read) }),
  "voucher.resumed": (read) => ({ kind: "voucher.resumed", ...resumed(read) }),
  "fence.listed": (read) => ({ kind: "fence.listed", ...fence(read), by: read.text("by") }),
  "key.published": (read) => ({ kind: "key.published", key: read.text("key"), until: read.whole("until") }),
  "tokens.revoked": (read) => ({ kind: "tokens.revoked", ...ofParty(read) }),
  "party.forgotten": (read) => ({ kind: "party.forgotten", ...ofParty(read) }),
  "outage.noted": (read) => ({ kind: "outage.noted", from: read.whole("from"), to: read.whole("to") }),
};

function account(read: JournalFields): OfAccount {
  return { party: read.text("party"), number: read.text("account") };
}

function written(read: JournalFields): WrittenToAccount {
  return { ...account(read), write: read.identity("write") };
}

function credit(read: JournalFields): Credit {
  return {
    ...account(read),
    amount: read.whole("amount"),
    currency: read.text("currency"),
    settlementId: read.text("settlement"),
    attempt: read.whole("attempt"),
    digest: read.text("digest"),
  };
}

function settlement(read: JournalFields): OfSettlement {
  return {
    voucherId: read.text("id"),
    settlementId: read.text("settlement"),
    attempt: read.whole("attempt"),
    at: read.whole("at"),
  };
}

function ofParty(read: JournalFields): Omit<PartyEntry, "kind"> {
  return { party: read.text("party"), until: read.whole("until"), write: read.identity("write") };
}

function fence(read: JournalFields): OfFence {
  return { id: read.text("id"), at: read.whole("at") };
}

function claim(read: JournalFields): Omit<MissingEntry, "kind"> {
  return { ...fence(read), by: read.text("by"), version: read.whole("version"), digest: read.text("digest") };
}

function resumed(read: JournalFields): Omit<ResumedEntry, "kind"> {
  const wait = wholeNumber(read.find("wait"));
  const write = read.identityIfAny("write");
  return {
    ...fence(read),
    stored: read.whole("stored"),
    ...(wait !== undefined && { wait }),
    ...(write && { write }),
    ...intent(read),
  };
}

function intent(read: JournalFields): { intent?: string } {
  const id = read.find("intent");
  return id === undefined ? {} : { intent: id };
}
