/**
 * Tallystick's hub as a library: start one in your own process, read settings, audit a book.
 *
 * @packageDocumentation
 */

export { type AuditOptions, audit } from "./audit/audit.ts";
export { AUDIT_RULES, type AuditResult, type AuditRule, type Finding } from "./audit/findings.ts";
export { ConfigurationError, readSettings, type Settings } from "./config.ts";
export { createHub, type HubOptions, type RunningHub } from "./hub/create-hub.ts";
export {
  type BadRow,
  type ImportOptions,
  type ImportResult,
  ImportStopped,
  importAccounts,
  type ReplacingRow,
} from "./import/import-accounts.ts";
export { UnreadableFile } from "./import/unreadable-file.ts";
export { type AccountName, type AccountOutcome, Accounts } from "./ledger/accounts.ts";
export { BookError, NoBookError, type OpenedBook, openBook } from "./ledger/book.ts";
export { type BookState, BookWatch, type BookWatchOptions } from "./ledger/book-watch.ts";
export { Ledger, type LedgerOptions } from "./ledger/ledger.ts";
export { createLog, type Logger } from "./log.ts";
export { type OpenedLedger, type OpenStore, openLedger, openStore } from "./open-ledger.ts";
export { createTokens, type Identity, TokenError, type Tokens } from "./tokens.ts";
