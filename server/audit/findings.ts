/** What an audit looks at, and what it can find. */
import type { Ledger } from "../ledger/ledger.ts";
import type { Store } from "../redis/connect.ts";

/** The book that is audited. */
export interface AuditedBook {
  store: Store;
  ledger: Ledger;
}

/** One thing in the book that is not as it must be. */
export interface Finding {
  /** `party/number` of an account, or the id of an issuance or a voucher. */
  subject: string;
  problem: string;
}

export interface AuditResult {
  accounts: number;
  freezes: number;
  issuances: number;
  vouchers: number;
  findings: Finding[];
}
