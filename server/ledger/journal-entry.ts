/**
 * What a partition's journal says, entry by entry: all that has happened to its accounts, issuances, vouchers,
 * settlements and fences, complete enough to make the partition anew from it. The scripts write it, in the same step as
 * what it tells of. Where an entry has no time of its own, its id in the stream has it.
 */
import type {
  Credit,
  IssuanceEntry,
  JournalEntry,
  JournalEntryKind,
  MissingEntry,
  OfAccount,
  OfFence,
  OfSettlement,
  PartyEntry,
  ResumedEntry,
  VoucherEntry,
  WebhookEntry,
  WrittenToAccount,
} from "./journal-entries.ts";
import { JournalFields } from "./journal-fields.ts";
import { withTimes } from "./offer.ts";
import { wholeNumber } from "./whole-number.ts";

export type * from "./journal-entries.ts";

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
  "webhook.put": (read) => ({ kind: "webhook.put", ...ofWebhook(read) }),
  "webhook.rotated": (read) => ({ kind: "webhook.rotated", ...ofWebhook(read) }),
  "webhook.deleted": (read) => ({ kind: "webhook.deleted", ...ofWebhook(read) }),
  "webhook.resent": (read) => ({ kind: "webhook.resent", ...ofWebhook(read) }),
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

function ofWebhook(read: JournalFields): Omit<WebhookEntry, "kind"> {
  return {
    webhookId: read.text("webhook"),
    deliveryId: read.text("delivery"),
    write: read.identity("write"),
  };
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
