/** What an audit looks at, and what it can find. */
import type { AsksArchive } from "../archive/archive.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Store } from "../redis/connect.ts";

/** The book that is audited. */
export interface AuditedBook {
  store: Store;
  ledger: Ledger;
  /** Where there is one, what has left the store is there. */
  archive?: AsksArchive;
  /** The book has an archive, whether or not it is at hand: nothing leaves its store by itself. Found by the audit. */
  isArchived?: boolean;
}

/** Every rule that the audit holds a book against, and what a finding of it means. The codes stay as they are. */
export const AUDIT_RULES = {
  unknown_key: "a key is no part of a book",
  wrong_type: "a key holds a value of another type than its kind of record",
  wrong_partition: "a record is in another partition than its party's, so that nobody finds it",
  ttl_unexpected: "a record that has to stay has a time to live",
  ttl_missing: "a record that has to leave by itself has no time to live",
  marker_missing: "a partition does not say whose book it is",
  marker_foreign: "a partition is another book's, or of a book that is cut otherwise",
  account_malformed: "an account lacks a field, or a field of it is of another form",
  account_total: "a balance or limit is no whole number of minor units from 0 to 2^53 - 1",
  account_name: "the name that is compared is not that of the holder",
  account_unlisted: "an account is not in its party's list",
  account_unlike_journal: "an account is not as its last change in the journal left it",
  account_missing: "the journal has an account that is gone",
  list_entry_of_nothing: "a party's list names an account that is not there",
  frozen_unlike_freezes: "what is frozen is not the sum of the freezes",
  frozen_above_total: "more is frozen, and used of a line of credit, than the balance or limit",
  frozen_negative: "less than nothing is frozen",
  frozen_unlike_journal:
    "what is frozen is not what was issued from the account and neither drawn nor unfrozen",
  freeze_malformed: "a freeze is of another form",
  freeze_without_account: "there are freezes without their account",
  freeze_without_voucher: "a freeze has no voucher",
  freeze_unlike_voucher:
    "a freeze is of another account than its voucher, or of another amount than waits and remains",
  adjustment_unlike_journal:
    "what an account remembers of an adjustment or a repayment is not in the journal",
  adjustment_missing: "an account does not remember an adjustment or a repayment that the journal has",
  issuance_malformed: "an issuance's record is of another form",
  issuance_missing: "the journal has an issuance that is gone before its time",
  log_incomplete: "the version is not the count of events in the log",
  log_altered: "an event does not follow the one before",
  digest_unlike_log: "the digest is not the last event's",
  state_unlike_log: "the state is not the last event's",
  deadline_unlike_log: "the deadline, or when time next does something, is not what the events say",
  standing_unlike_log: "how an issuance or a voucher stands is not what its events say",
  offer_unlike_journal: "the offer is not the one that was made",
  account_unlike_log: "the account that stands is not the one that was verified",
  answer_malformed: "a stored answer is of another form, or names a version that there is not",
  answer_missing: "an event has no stored answer, so that a repeat of its command would be carried out again",
  journal_lacks_events: "the log has events that the journal has not",
  journal_unlike_log: "journal and log differ",
  journal_gone: "a partition has records and no journal",
  journal_cut: "entries of the journal were taken out",
  journal_malformed: "an entry of the journal is of another form",
  journal_arithmetic: "a change of an account in the journal does not add up",
  archive_unlike_journal: "the archive tells otherwise than the journal",
  deadline_missing: "an issuance or a voucher waits and no deadline is armed",
  deadline_late: "the deadline that is armed is later than the issuance's or voucher's own",
  deadline_after_end: "a deadline is armed for what has ended",
  deadline_of_nothing: "the queue of deadlines has an entry that is no issuance's and no voucher's",
  fence_of_nothing: "the list of fences has an entry that is neither fenced nor missing",
  open_unlisted: "an open issuance is not in the index of a party of it",
  open_of_nothing: "the index of open issuances has an entry that is none",
  counted_missing:
    "a request, or a voucher that is not touched, is not counted, so that its issuer could have too many",
  counted_wrong: "an issuer is said to have another number of requests open than it has",
  counted_of_nothing: "an index by which requests or vouchers are counted has an entry that is none",
  missing_malformed: "what is kept of an issuance that is missing is of another form",
  request_malformed: "what is remembered of a request is of another form",
  request_of_nothing: "what is remembered of a request names nothing",
  revocation_malformed: "a party whose tokens were revoked, or its time, is of another form",
  signing_key_malformed: "a signing key that is published is of another form",
  voucher_missing: "an issuance is issued, or the journal has a voucher, and there is none",
  voucher_unexpected: "an issuance that is not issued has a voucher",
  voucher_malformed: "a voucher's record is of another form",
  voucher_without_freeze: "a voucher waits or remains, and nothing is frozen for it",
  voucher_without_issuance: "a voucher's issuance is gone or not issued",
  voucher_amount:
    "a voucher is of another amount than its issuance, or another is frozen than waits and remains",
  voucher_currency: "a voucher is in another currency than its issuance",
  voucher_party: "a voucher's issuer, payer or beneficiary is not the issuance's",
  voucher_account: "a voucher's account is not the one from which it was issued",
  voucher_time: "a voucher was not issued when its issuance was, or expires at another time",
  voucher_approval: "a voucher's drawings wait for another word than the offer says",
  voucher_salt: "the salt of a voucher's digests is not its issuance's",
  voucher_memo: "a voucher's memo is not its issuance's",
  terms_unlike_journal: "the terms of a voucher are not those that were written",
  waiting_unlike_log: "the drawings that wait are not those that the events say",
  voucher_unlisted: "a voucher is in no index of a party of it",
  voucher_entry_of_nothing: "an index of vouchers has an entry that is none",
  settlement_malformed: "a settlement is of another form",
  settlement_missing: "a drawing was honoured and has no settlement",
  settlement_unlike_log: "a settlement is not that of a drawing that was honoured",
  settlement_unlike_journal: "a settlement is not as its last change in the journal left it",
  settlement_unlisted: "a settlement that is not settled is not in the list of its state",
  undone_missing: "a settlement waits to be paid out, and is not in the queue of things undone",
  undone_of_nothing:
    "a list of settlements, or the queue of things undone, has an entry that does not belong there",
  credit_missing: "a settlement has ended in the book, and no mark says so where it was to be paid",
  credit_orphaned: "an account was paid for a drawing that was never honoured",
  credit_unlike_settlement: "what was paid, or refused, is not what the settlement says",
  mark_malformed: "the mark of a credit is of another form",
  mark_missing: "the journal has a credit, and there is no mark of it",
  mark_unlike_journal: "the mark of a credit is not in the journal",
  sums_malformed: "the sums of a partition are of another form",
  clearing_unlike_journal: "clearing is not what was honoured and not paid out",
  in_unlike_journal: "what came into a partition is not what was put, adjusted, repaid and paid outside",
  silence_malformed: "what is kept of hubs that were away is of another form",
  silence_unlike_journal: "the count of drawings that wait is not that of the journal",
  money_not_conserved: "accounts and clearing in a currency do not hold what the journals have moved there",
} as const;
export type AuditRule = keyof typeof AUDIT_RULES;

/** What no audit can see, in one line. */
export const BLIND_SPOT =
  "It can't see what was altered in records, logs and journal alike, nor what the store as a whole has lost: terminals that know more show that (fences).";

/** One thing in the book that is not as it must be. */
export interface Finding {
  /** `party/number` of an account, the id of an issuance or a voucher, a key, a partition or a currency. */
  subject: string;
  problem: string;
  rule: AuditRule;
}

export interface AuditResult {
  accounts: number;
  freezes: number;
  issuances: number;
  vouchers: number;
  /** Issuances whose texts `tallystick forget` has blanked, each with its voucher's. */
  forgotten: number;
  findings: Finding[];
}

/** One check: whether it failed, of which rule it is, and what is wrong. */
export type Check = readonly [failed: boolean, rule: AuditRule, problem: string];

/** The findings of the checks that failed. */
export function findingsOf(subject: string, checks: readonly Check[]): Finding[] {
  return checks.filter(([failed]) => failed).map(([, rule, problem]) => ({ subject, problem, rule }));
}
