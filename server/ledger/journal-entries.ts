/** What an entry of a journal says, by its kind. `journal-entry.ts` reads it. */
import type { AccountStatus } from "@tallystick/protocol";

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

export interface OfAccount {
  party: string;
  number: string;
}

export interface WrittenToAccount extends OfAccount {
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
export interface Credit extends OfAccount {
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

export interface OfSettlement {
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

export interface OfFence {
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

/** An operator was about to do something to an endpoint of webhooks. */
export interface WebhookEntry {
  kind: "webhook.put" | "webhook.rotated" | "webhook.deleted" | "webhook.resent";
  webhookId: string;
  /** What was sent again; empty of all else. */
  deliveryId: string;
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
  | WebhookEntry
  | OutageNotedEntry;

export type JournalEntryKind = JournalEntry["kind"];
