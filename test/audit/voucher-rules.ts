/** The rules that only a book with drawings and settlements can break; voucher-tampering.test.ts breaks each. */
import type { AuditRule } from "../../server/audit/findings.ts";

export const VOUCHER_RULES: readonly AuditRule[] = [
  "freeze_unlike_voucher",
  "voucher_malformed",
  "voucher_approval",
  "voucher_salt",
  "waiting_unlike_log",
  "settlement_malformed",
  "settlement_missing",
  "settlement_unlike_log",
  "settlement_unlike_journal",
  "settlement_unlisted",
  "undone_missing",
  "undone_of_nothing",
  "credit_missing",
  "credit_orphaned",
  "credit_unlike_settlement",
  "mark_malformed",
  "mark_missing",
  "mark_unlike_journal",
  "sums_malformed",
  "clearing_unlike_journal",
  "silence_malformed",
  "silence_unlike_journal",
];
