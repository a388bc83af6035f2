/**
 * The account book of a hub with MIN_REPLICAS: an account that shows what vouchers have frozen in it, or a refusal that
 * shows so, is told when replicas have those vouchers too.
 */
import type { Account, AccountAdjust, AccountPage, AccountPut, AccountRepay } from "@tallystick/protocol";
import type { AccountName, AccountOutcome, Accounts, WriteOptions } from "./accounts.ts";
import type { Barrier, Mark } from "./replication-barrier.ts";

/** What is served of the account book. */
export type AccountBook = Pick<Accounts, "get" | "list" | "show" | "put" | "adjust" | "repay">;

/** Each method is that of {@link Accounts}. @throws UnconfirmedError when replicas do not confirm in time. */
export class ConfirmedAccounts implements AccountBook {
  readonly #accounts: Accounts;
  readonly #barrier: Barrier;

  constructor(accounts: Accounts, barrier: Barrier) {
    this.#accounts = accounts;
    this.#barrier = barrier;
  }

  async get(name: AccountName): Promise<Account | undefined> {
    const reading = await this.#accounts.read(name);
    return reading && (await this.#once(reading)).account;
  }

  async list(party: string, options: { after?: string | undefined; limit: number }): Promise<AccountPage> {
    const { page, marks } = await this.#accounts.readPage(party, options);
    // Each of them: a failover may have come between two.
    await Promise.all(marks.map((mark) => this.#barrier.confirmUpTo(mark)));
    return page;
  }

  async show(name: AccountName, options?: WriteOptions): Promise<AccountOutcome> {
    return this.#once(await this.#accounts.show(name, options));
  }

  async put(name: AccountName, body: AccountPut, options?: WriteOptions): Promise<AccountOutcome> {
    return this.#once(await this.#accounts.put(name, body, options));
  }

  async adjust(name: AccountName, body: AccountAdjust, options?: WriteOptions): Promise<AccountOutcome> {
    return this.#once(await this.#accounts.adjust(name, body, options));
  }

  async repay(name: AccountName, body: AccountRepay, options?: WriteOptions): Promise<AccountOutcome> {
    return this.#once(await this.#accounts.repay(name, body, options));
  }

  /** What was done stays done when this throws; the same write again learns it. */
  async #once<A extends { mark: Mark }>(answer: A): Promise<A> {
    await this.#barrier.confirmUpTo(answer.mark);
    return answer;
  }
}
