/** The accounts' side of the store: one typed method for each Lua command on an account. */
import type {
  Account,
  AccountAdjust,
  AccountPage,
  AccountPut,
  AccountStatus,
  ErrorCode,
} from "@tallystick/protocol";
import { comparableName } from "@tallystick/protocol";
import { homeOf, type LedgerContext } from "./context.ts";
import { accountKeys, accountsKey, partitionKeys } from "./keys.ts";

/** An account as it stands, and whether the command has made it, or why the command was refused. */
export type AccountOutcome =
  | { kind: "done"; account: Account; isNew: boolean }
  | { kind: "refused"; code: ErrorCode; message: string };

/** An account at one moment, for whoever holds its freezes against it; minor units. */
export interface AccountMoment {
  /** Balance or limit. */
  total: number;
  frozen: number;
  /** How many freezes it had. */
  freezes: number;
  /** The last entry that its partition's journal had: what was frozen later is in the journal after it. */
  journalId: string;
}

/** Which account. */
export interface AccountName {
  party: string;
  number: string;
}

export class Accounts {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /** Makes an account or sets it anew. What is frozen stays frozen, so the total can't go below it. */
  async put(name: AccountName, body: AccountPut): Promise<AccountOutcome> {
    const { partition, keys } = this.#locate(name);
    const total = body.kind === "funds" ? body.balance : body.limit;
    const reply = await this.#context.scripts.run(
      "put-account",
      [keys.account, accountsKey(partition, name.party), partitionKeys.journal(partition)],
      [
        name.party,
        name.number,
        body.holder,
        comparableName(body.holder),
        body.kind,
        body.currency,
        total,
        body.status ?? "",
      ],
    );
    return outcome(name, reply, {
      conflict: (detail) =>
        `The account holds frozen amounts in ${detail}; kind and currency can't change while it does.`,
      insufficient_funds: (frozen) =>
        `${frozen} minor units are frozen; the balance or limit can't be set lower.`,
    });
  }

  /** Blocks an account, or makes it active again. */
  async setStatus(name: AccountName, status: AccountStatus): Promise<AccountOutcome> {
    const { partition, keys } = this.#locate(name);
    const reply = await this.#context.scripts.run(
      "set-account-status",
      [keys.account, partitionKeys.journal(partition)],
      [name.party, name.number, status],
    );
    return outcome(name, reply, {});
  }

  /** Adds a signed amount, once for each reference: the same again is answered the same again. */
  async adjust(name: AccountName, body: AccountAdjust): Promise<AccountOutcome> {
    const { partition, keys } = this.#locate(name);
    const reply = await this.#context.scripts.run(
      "adjust-account",
      [keys.account, keys.adjustments, partitionKeys.journal(partition)],
      [name.party, name.number, body.amount, body.reference],
    );
    return outcome(name, reply, {
      conflict: () => `The reference ${body.reference} was used for another amount; nothing was changed.`,
      insufficient_funds: (frozen) =>
        `${frozen} minor units are frozen, and the rest is less than the amount; nothing was changed.`,
      invalid_request: () => "The sum would be more than can be kept exactly; nothing was changed.",
    });
  }

  /** Reads an account for its audit; undefined when there is no account. */
  async readMoment(name: AccountName): Promise<AccountMoment | undefined> {
    const { partition, keys } = this.#locate(name);
    const reply = await this.#context.scripts.run(
      "audit-account",
      [keys.account, keys.freezes, partitionKeys.journal(partition)],
      [],
    );
    if (reply[0] !== "done") return undefined;
    const [total, frozen, freezes] = [reply[4], reply[5], reply[7]].map(Number);
    return { total, frozen, freezes, journalId: reply[8] } as AccountMoment;
  }

  async get(name: AccountName): Promise<Account | undefined> {
    const { keys } = this.#locate(name);
    return readAccount(name, await this.#context.store.hmget(keys.account, ...FIELDS));
  }

  /** A page of a party's accounts, by number. */
  async list(party: string, options: { after?: string | undefined; limit: number }): Promise<AccountPage> {
    const { store } = this.#context;
    const partition = homeOf(this.#context, party);
    const first = options.after === undefined ? "-" : `(${options.after}`;
    const numbers = await store.zrangebylex(
      accountsKey(partition, party),
      first,
      "+",
      "LIMIT",
      0,
      options.limit + 1,
    );
    const page = numbers.slice(0, options.limit);
    const accounts = await Promise.all(page.map((number) => this.get({ party, number })));
    const last = page.at(-1);
    return {
      accounts: accounts.filter((account) => account !== undefined),
      ...(numbers.length > page.length && last !== undefined && { next: last }),
    };
  }

  #locate(name: AccountName) {
    const partition = homeOf(this.#context, name.party);
    return { partition, keys: accountKeys({ partition, ...name }) };
  }
}

/** In the order of `lua/lib/account.lua`. */
const FIELDS = ["holder", "kind", "currency", "total", "frozen", "status"];

/** Reads the values of `FIELDS`. */
export function readAccount(name: AccountName, values: readonly (string | null)[]): Account | undefined {
  const [holder, kind, currency, total, frozen, status] = values;
  if (!holder || !currency) return undefined;
  const sum = Number(total);
  return {
    ...name,
    holder,
    kind: kind as Account["kind"],
    currency,
    ...(kind === "funds" ? { balance: sum } : { limit: sum }),
    frozen: Number(frozen),
    available: sum - Number(frozen),
    status: status as AccountStatus,
  };
}

function outcome(
  name: AccountName,
  reply: string[],
  messages: { [C in ErrorCode]?: (detail: string) => string },
): AccountOutcome {
  if (reply[0] === "done") {
    const account = readAccount(name, reply.slice(1));
    if (!account) throw new Error(`the store answered for ${name.party}/${name.number} without an account`);
    return { kind: "done", account, isNew: reply[1 + FIELDS.length] === "new" };
  }
  const code = reply[1] as ErrorCode;
  const message = messages[code]?.(reply[2] ?? "") ?? `${name.party} has no account ${name.number}.`;
  return { kind: "refused", code, message };
}
