/** The accounts of a partition, and the sums of its money, as its journal makes them. */
import type {
  AccountAdjustedEntry,
  AccountCreditedEntry,
  AccountPutEntry,
  AccountRepaidEntry,
  AccountShownEntry,
  AccountStatusEntry,
  CreditRefusedEntry,
} from "../ledger/journal-entry.ts";
import { pack } from "../ledger/packing.ts";

export interface RestoredAccount {
  holder: string;
  kind: string;
  currency: string;
  /** Balance or limit, minor units. */
  total: number;
  frozen: number;
  used: number;
  status: string;
  /** Something was drawn, unfrozen or paid in since it was made. */
  isMoved: boolean;
  /** Minor units, by issuance. */
  freezes: Map<string, number>;
  /** `amount total frozen used`, by reference. */
  adjustments: Map<string, string>;
  repayments: Map<string, string>;
}

/** What an event of a voucher does to the payer's account, minor units. */
export interface AccountMove {
  party: string;
  number: string;
  issuanceId: string;
  /** What is frozen grows by so much. */
  frozen: number;
  /** So much leaves the account. */
  drawn: number;
  /** What is frozen for it after the event. */
  left: number;
  isCredit: boolean;
}

export class AccountFold {
  /** By `party/number`. */
  readonly accounts = new Map<string, RestoredAccount>();
  /** What came in and what is in clearing, by the field of the sums. */
  readonly sums = new Map<string, bigint>();
  /** What was paid into accounts, or refused, by settlement and attempt. */
  readonly marks = new Map<string, Map<string, string>>();

  /** @param id of the entry. @returns the answer of the write. */
  put(id: string, entry: AccountPutEntry): string {
    const { holder, accountKind: kind, currency, total, status } = entry;
    const before = this.accounts.get(nameOf(entry));
    const leaves = before?.kind === "funds" ? before.total : 0;
    const comes = kind === "funds" ? total : 0;
    if (before && before.currency !== currency) {
      this.#comesIn(before.currency, -leaves);
      this.#comesIn(currency, comes);
    } else {
      this.#comesIn(currency, comes - leaves);
    }
    const account = before ?? {
      ...{ frozen: 0, used: 0, isMoved: false },
      ...{ freezes: new Map(), adjustments: new Map(), repayments: new Map() },
    };
    const mark = before ? markOf(id, before) : "";
    const made = Object.assign(account, { holder, kind, currency, total, status });
    this.accounts.set(nameOf(entry), made);
    return answerOf(made, before ? "" : "new", mark);
  }

  setStatus(entry: AccountStatusEntry): string | undefined {
    const account = this.accounts.get(nameOf(entry));
    if (!account) return undefined;
    account.status = entry.kind === "account.blocked" ? "blocked" : "active";
    return answerOf(account);
  }

  /** @param id of the entry, up to which the journal goes that was told with the number. */
  show(id: string, entry: AccountShownEntry): string | undefined {
    const account = this.accounts.get(nameOf(entry));
    return account && answerOf(account, "", id);
  }

  adjust(id: string, entry: AccountAdjustedEntry): string | undefined {
    const account = this.accounts.get(nameOf(entry));
    if (!account) return undefined;
    account.total = entry.total;
    account.adjustments.set(entry.reference, rememberedOf(entry.amount, account));
    if (account.kind === "funds") this.#comesIn(account.currency, entry.amount);
    return answerOf(account, "", markOf(id, account));
  }

  repay(id: string, entry: AccountRepaidEntry): string | undefined {
    const account = this.accounts.get(nameOf(entry));
    if (!account) return undefined;
    account.used = entry.used;
    account.repayments.set(entry.reference, rememberedOf(entry.amount, account));
    this.#comesIn(account.currency, entry.amount);
    return answerOf(account, "", markOf(id, account));
  }

  /** A drawing was paid into an account of the partition, or could not be. */
  credit(entry: AccountCreditedEntry | CreditRefusedEntry): void {
    const { settlementId, attempt, digest, amount, party, number } = entry;
    const isPaid = entry.kind === "account.credited";
    const marks = this.marks.get(settlementId) ?? new Map<string, string>();
    const code = isPaid ? "done" : entry.reason;
    marks.set(String(attempt), [digest, code, amount, party, number].join("|"));
    this.marks.set(settlementId, marks);
    const account = this.accounts.get(nameOf(entry));
    if (!isPaid || !account) return;
    account.total = entry.total;
    account.isMoved = true;
  }

  /** A voucher was issued. */
  freeze(name: { party: string; number: string }, issuanceId: string, amount: number): void {
    const account = this.accounts.get(nameOf(name));
    if (!account) return;
    account.frozen += amount;
    account.freezes.set(issuanceId, amount);
  }

  /** What was frozen is drawn or unfrozen. */
  move({ frozen, drawn, left, isCredit, issuanceId, ...name }: AccountMove): void {
    const account = this.accounts.get(nameOf(name));
    if (!account) return;
    account.frozen += frozen;
    if (isCredit) account.used += drawn;
    else account.total -= drawn;
    account.isMoved = true;
    if (left > 0) account.freezes.set(issuanceId, left);
    else account.freezes.delete(issuanceId);
  }

  /** What is in clearing grows by an amount. */
  clear(currency: string, amount: number): void {
    this.#add(`clearing:${currency}`, amount);
  }

  /** An operator has paid it outside. */
  leave(currency: string, amount: number): void {
    this.#comesIn(currency, -amount);
  }

  #comesIn(currency: string, amount: number): void {
    if (amount !== 0) this.#add(`in:${currency}`, amount);
  }

  #add(field: string, amount: number): void {
    this.sums.set(field, (this.sums.get(field) ?? 0n) + BigInt(amount));
  }
}

function nameOf({ party, number }: { party: string; number: string }): string {
  return `${party}/${number}`;
}

function rememberedOf(amount: number, { total, frozen, used }: RestoredAccount): string {
  return [amount, total, frozen, used].join(" ");
}

/** How far the journal went when the answer was given, where it shows what vouchers have done. */
function markOf(id: string, { frozen, isMoved }: RestoredAccount): string {
  return frozen !== 0 || isMoved ? id : "";
}

/** The answer of a write, as `lua/lib/account.lua` gives it. */
function answerOf(
  { holder, kind, currency, total, frozen, status, used }: RestoredAccount,
  ...more: string[]
): string {
  return pack(["done", holder, kind, currency, total, frozen, status, used, ...more]);
}
