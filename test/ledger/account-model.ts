/** A small pure model of the account book: what each write should come to, and what it moves in or out of the book. */
import { type ErrorCode, MAX_AMOUNT } from "@tallystick/protocol";

export interface ModelAccount {
  kind: "funds" | "credit";
  currency: string;
  total: number;
  used: number;
  frozen: number;
  /** The amounts that were adjusted by, and repaid, by reference. */
  adjustments: Map<string, number>;
  repayments: Map<string, number>;
}

/** What PUT is given. */
export type ModelBody = Pick<ModelAccount, "kind" | "currency" | "total">;
/** What became of a write. */
export type Answer = "done" | ErrorCode;

/** Sums of money by any name, minor units: they can be more than a number holds exactly. */
export class Sums {
  readonly #sums = new Map<string, bigint>();

  add(name: string, amount: number | bigint): void {
    this.#sums.set(name, this.get(name) + BigInt(amount));
  }

  get(name: string): bigint {
    return this.#sums.get(name) ?? 0n;
  }
}

export class AccountModel {
  readonly accounts = new Map<string, ModelAccount>();
  /** `in:` and `clearing:` of each partition, as in `3 in:CNY`. */
  readonly sums = new Sums();
  readonly #partitionOf: (account: string) => number;

  constructor(partitionOf: (account: string) => number) {
    this.#partitionOf = partitionOf;
  }

  put(name: string, body: ModelBody): Answer {
    const before = this.accounts.get(name);
    const held = before ? before.frozen + before.used : 0;
    if (before && held > 0 && (before.kind !== body.kind || before.currency !== body.currency))
      return "conflict";
    if (body.total < held) return "insufficient_funds";
    const kept = before ?? { used: 0, frozen: 0, adjustments: new Map(), repayments: new Map() };
    if (before) this.#comeIn(name, before, -before.total);
    this.accounts.set(name, { ...kept, ...body });
    this.#comeIn(name, body, body.total);
    return "done";
  }

  adjust(name: string, amount: number, reference: string): Answer {
    const account = this.accounts.get(name);
    if (!account) return "not_found";
    const before = account.adjustments.get(reference);
    if (before !== undefined) return before === amount ? "done" : "conflict";
    if (account.total + amount < account.frozen + account.used) return "insufficient_funds";
    if (account.total + amount > MAX_AMOUNT) return "invalid_request";
    account.total += amount;
    account.adjustments.set(reference, amount);
    this.#comeIn(name, account, amount);
    return "done";
  }

  repay(name: string, amount: number, reference: string): Answer {
    const account = this.accounts.get(name);
    if (!account) return "not_found";
    const before = account.repayments.get(reference);
    if (before !== undefined) return before === amount ? "done" : "conflict";
    if (account.kind !== "credit") return "invalid_request";
    if (account.used < amount) return "exceeds_remaining";
    account.used -= amount;
    account.repayments.set(reference, amount);
    this.sums.add(`${this.#partitionOf(name)} in:${account.currency}`, amount);
    return "done";
  }

  /** A voucher is issued from an account, and a part of it is drawn. */
  draw(name: string, { amount, drawn }: { amount: number; drawn: number }): void {
    const account = this.accounts.get(name) as ModelAccount;
    account.frozen += amount - drawn;
    if (account.kind === "funds") account.total -= drawn;
    else account.used += drawn;
    this.sums.add(`${this.#partitionOf(name)} clearing:${account.currency}`, drawn);
  }

  /** A drawing has been paid into the book's account `to`, or its settlement is closed as well. */
  credit(to: string, amount: number): void {
    (this.accounts.get(to) as ModelAccount).total += amount;
  }

  close(from: string, { amount, currency }: { amount: number; currency: string }): void {
    this.sums.add(`${this.#partitionOf(from)} clearing:${currency}`, -amount);
  }

  /** Limits are not money. */
  #comeIn(name: string, { kind, currency }: Pick<ModelAccount, "kind" | "currency">, amount: number): void {
    if (kind === "funds") this.sums.add(`${this.#partitionOf(name)} in:${currency}`, amount);
  }
}
