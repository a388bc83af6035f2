/** Brings the archive's row of an account to what an entry of the journal says, and makes the line of its statement. */
import type {
  AccountAdjustedEntry,
  AccountCreditedEntry,
  AccountPutEntry,
  AccountRepaidEntry,
  AccountStatusEntry,
  JournalEntry,
} from "../ledger/journal-entry.ts";
import type { Moved } from "./fold-voucher.ts";
import type { AccountTable, StatementTable } from "./schema.ts";

/** What changed an account: how it stands after it, and what its statement says of it. */
export interface AccountChange {
  account: AccountTable;
  line: Pick<StatementTable, "type" | "amount" | "cause">;
}

/** An entry that changes an account by itself. */
export type AccountEntry =
  | AccountPutEntry
  | AccountStatusEntry
  | AccountAdjustedEntry
  | AccountRepaidEntry
  | AccountCreditedEntry;

export function isAccountEntry(said: JournalEntry): said is AccountEntry {
  return said.kind.startsWith("account.") && said.kind !== "account.shown";
}

/**
 * The account after an entry of its own; undefined where there is no such account.
 *
 * @param before undefined when it is made.
 */
export function changeAccount(
  before: AccountTable | undefined,
  partition: number,
  said: AccountEntry,
): AccountChange | undefined {
  if (said.kind === "account.put") {
    const { party, number, holder, accountKind: kind, currency, status, total } = said;
    const { used = 0, frozen = 0 } = before ?? {};
    const account = { party, number, partition, holder, kind, currency, status, total, used, frozen };
    return { account, line: { type: said.kind, amount: total - (before?.total ?? 0), cause: "" } };
  }
  if (!before) return undefined;
  switch (said.kind) {
    case "account.blocked":
    case "account.unblocked": {
      const status = said.kind === "account.blocked" ? "blocked" : "active";
      return { account: { ...before, status }, line: { type: said.kind, amount: 0, cause: "" } };
    }
    case "account.adjusted": {
      const { amount, reference: cause, total } = said;
      return { account: { ...before, total }, line: { type: said.kind, amount, cause } };
    }
    case "account.repaid": {
      const { amount, reference: cause, used } = said;
      return { account: { ...before, used }, line: { type: said.kind, amount, cause } };
    }
    case "account.credited": {
      const { amount, settlementId: cause, total } = said;
      return { account: { ...before, total }, line: { type: said.kind, amount, cause } };
    }
  }
}

/** The account after an event of a voucher that was issued from it; undefined when that moved nothing. */
export function moveMoney(
  before: AccountTable,
  { event, terms, frozen, drawn }: Moved,
): AccountChange | undefined {
  if (frozen === 0 && drawn === 0) return undefined;
  const isCredit = terms.kind === "credit";
  return {
    account: {
      ...before,
      frozen: before.frozen + frozen,
      used: before.used + (isCredit ? drawn : 0),
      total: before.total - (isCredit ? 0 : drawn),
    },
    line: { type: event.type, amount: drawn === 0 ? Math.abs(frozen) : drawn, cause: event.voucherId },
  };
}
