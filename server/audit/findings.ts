/** What an audit can find. */

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
