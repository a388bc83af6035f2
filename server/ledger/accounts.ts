/** The accounts' side of the store: one typed method for each Lua command on an account. */
import type {
  Account,
  AccountAdjust,
  AccountPage,
  AccountPut,
  AccountRepay,
  AccountStatus,
  ErrorCode,
} from "@tallystick/protocol";
import { comparableName } from "@tallystick/protocol";
import { accountTag, packTags, type Tags } from "./account-tag.ts";
import { homeOf, type LedgerContext } from "./context.ts";
import { accountKeys, accountsKey, bookKey, partitionKeys, writeKey } from "./keys.ts";
import type { Mark } from "./replication-barrier.ts";
import { freshWriteId, writeDigest } from "./write-ids.ts";

export { accountTag, type Tags };

/** An account as it stands, and whether the command has made it, or why the command was refused. */
export type AccountOutcome = { kind: "done"; account: Account; isNew: boolean; mark: Mark } | RefusedAccount;

/** Why a command on an account was refused: in a sentence, and what the script says beside its code. */
export interface RefusedAccount {
  kind: "refused";
  code: ErrorCode;
  message: string;
  /** As the amount that is held; empty where there is nothing to say. */
  detail: string;
  isConditionUnmet: boolean;
  mark: Mark;
}

/** An account as it stood when its partition's journal went so far. */
export interface AccountReading {
  account: Account;
  /** Without an entry where nothing is shown of vouchers. */
  mark: Mark;
}

/** What a caller may say of a write, besides what is to be written. */
export interface WriteOptions {
  /**
   * The intent's id: what was done under it is answered the same for 24 hours, and not done again; what was refused left
   * nothing, and may pass later. A fresh one when absent.
   */
  writeId?: string | undefined;
  /** Write only when the account has one of these tags. */
  ifMatch?: Tags | undefined;
  /** Write only when the account has none of these tags. */
  ifNoneMatch?: Tags | undefined;
}

/** An account at one moment, for whoever holds its freezes against it; minor units. */
export interface AccountMoment {
  /** Balance or limit. */
  total: number;
  frozen: number;
  /** What was drawn of a line of credit. */
  used: number;
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

  /** Makes an account or sets it anew. What is frozen or used stays so, and the total can't go below it. */
  async put(name: AccountName, body: AccountPut, options: WriteOptions = {}): Promise<AccountOutcome> {
    const { partition, keys } = this.#locate(name);
    const total = body.kind === "funds" ? body.balance : body.limit;
    const reply = await this.#context.scripts.run(
      "put-account",
      [
        keys.account,
        accountsKey(partition, name.party),
        partitionKeys.journal(partition),
        bookKey(partition),
        this.#writeOf(partition, options),
        partitionKeys.sums(partition),
      ],
      [
        name.party,
        name.number,
        body.holder,
        comparableName(body.holder),
        body.kind,
        body.currency,
        total,
        body.status ?? "",
        this.#context.book.id,
        writeDigest("put", name, body),
        packTags(options.ifMatch),
        packTags(options.ifNoneMatch),
      ],
    );
    return outcome(
      name,
      { partition, reply },
      {
        unavailable: () => NOT_HERE,
        conflict: (detail) =>
          `The account has frozen or used amounts in ${detail}; kind and currency can't change while it does.`,
        insufficient_funds: (held) =>
          `${held} minor units are frozen or used; the balance or limit can't be set lower.`,
        invalid_request: () => TOO_MUCH,
      },
    );
  }

  /** Blocks an account, or makes it active again. */
  async setStatus(
    name: AccountName,
    status: AccountStatus,
    options: Pick<WriteOptions, "writeId"> = {},
  ): Promise<AccountOutcome> {
    const { partition, keys } = this.#locate(name);
    const reply = await this.#context.scripts.run(
      "set-account-status",
      [keys.account, partitionKeys.journal(partition), this.#writeOf(partition, options)],
      [name.party, name.number, status, writeDigest("status", name, status)],
    );
    return outcome(name, { partition, reply }, {});
  }

  /** An account with its whole number, of which the journal says who has asked for it. */
  async show(name: AccountName, options: Pick<WriteOptions, "writeId"> = {}): Promise<AccountOutcome> {
    const { partition, keys } = this.#locate(name);
    const reply = await this.#context.scripts.run(
      "show-account",
      [keys.account, partitionKeys.journal(partition), this.#writeOf(partition, options)],
      [name.party, name.number, writeDigest("show", name)],
    );
    return outcome(name, { partition, reply }, {});
  }

  /** Adds a signed amount, once for each reference: what was done is answered the same again, what was refused is tried again. */
  async adjust(name: AccountName, body: AccountAdjust, options: WriteOptions = {}): Promise<AccountOutcome> {
    const { partition, keys } = this.#locate(name);
    const reply = await this.#context.scripts.run(
      "adjust-account",
      this.#moneyKeys(name, keys.adjustments, options),
      moneyArguments("adjust", name, body, options),
    );
    return outcome(
      name,
      { partition, reply },
      {
        conflict: () => usedBefore(body.reference),
        insufficient_funds: (held) =>
          `${held} minor units are frozen or used, and the rest is less than the amount; nothing was changed.`,
        invalid_request: () => TOO_MUCH,
      },
    );
  }

  /** Takes an amount off what was drawn of a line of credit, once for each reference. */
  async repay(name: AccountName, body: AccountRepay, options: WriteOptions = {}): Promise<AccountOutcome> {
    const { partition, keys } = this.#locate(name);
    const reply = await this.#context.scripts.run(
      "repay-account",
      this.#moneyKeys(name, keys.repayments, options),
      moneyArguments("repay", name, body, options),
    );
    return outcome(
      name,
      { partition, reply },
      {
        conflict: () => usedBefore(body.reference),
        invalid_request: (detail) =>
          detail === "sum" ? TOO_MUCH : "Only a line of credit can be repaid; nothing was changed.",
        exceeds_remaining: (used) =>
          `${used} minor units are used, less than the amount; nothing was changed.`,
      },
    );
  }

  /** The keys of a change of the money in an account; `references` is what is remembered of such changes. */
  #moneyKeys(name: AccountName, references: string, options: WriteOptions): string[] {
    const { partition, keys } = this.#locate(name);
    const { journal, sums } = partitionKeys;
    return [keys.account, references, journal(partition), this.#writeOf(partition, options), sums(partition)];
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
    const [total, frozen, used, freezes] = [reply[4], reply[5], reply[7], reply[8]].map(Number);
    return { total, frozen, used, freezes, journalId: reply[9] || "0" } as AccountMoment;
  }

  async get(name: AccountName): Promise<Account | undefined> {
    return (await this.read(name))?.account;
  }

  /** Reads an account, and how far the journal goes; undefined when there is no account. */
  async read(name: AccountName): Promise<AccountReading | undefined> {
    const { partition, keys } = this.#locate(name);
    const journal = partitionKeys.journal(partition);
    const reply = await this.#context.scripts.run("read-account", [keys.account, journal], []);
    const account = reply[0] === "done" ? readAccount(name, reply.slice(1)) : undefined;
    return account && { account, mark: { partition, entry: reply[ENTRY] ?? "" } };
  }

  /** A page of a party's accounts, by number. */
  async list(party: string, options: { after?: string | undefined; limit: number }): Promise<AccountPage> {
    return (await this.readPage(party, options)).page;
  }

  /** A page of a party's accounts, and how far the journal went as each was read. */
  async readPage(
    party: string,
    options: { after?: string | undefined; limit: number },
  ): Promise<{ page: AccountPage; marks: Mark[] }> {
    const { store, book } = this.#context;
    const partition = homeOf(this.#context, party);
    book.check(accountsKey(partition, party));
    const first = options.after === undefined ? "-" : `(${options.after}`;
    const numbers = await store.zrangebylex(
      accountsKey(partition, party),
      first,
      "+",
      "LIMIT",
      0,
      options.limit + 1,
    );
    const shown = numbers.slice(0, options.limit);
    const readings = (await Promise.all(shown.map((number) => this.read({ party, number })))).filter(
      (reading) => reading !== undefined,
    );
    const last = shown.at(-1);
    const page = {
      accounts: readings.map(({ account }) => account),
      ...(numbers.length > shown.length && last !== undefined && { next: last }),
    };
    return { page, marks: readings.map(({ mark }) => mark) };
  }

  /** Where the write's answer is kept. */
  #writeOf(partition: number, { writeId = freshWriteId(this.#context.author) }: WriteOptions): string {
    return writeKey(partition, writeId);
  }

  #locate(name: AccountName) {
    const partition = homeOf(this.#context, name.party);
    return { partition, keys: accountKeys({ partition, ...name }) };
  }
}

/** Why an account was not made in a partition that has lost its marker. */
const NOT_HERE = "The store does not hold this book here; nothing was done.";

/** An account's own sum, or that of all that came into its partition in its currency. */
export const TOO_MUCH = "The sum would be more than can be kept exactly; nothing was changed.";

function usedBefore(reference: string): string {
  return `The reference ${reference} was used for another amount; nothing was changed.`;
}

function moneyArguments(
  what: "adjust" | "repay",
  name: AccountName,
  body: AccountAdjust,
  { ifMatch, ifNoneMatch }: WriteOptions,
): (string | number)[] {
  const digest = writeDigest(what, name, body);
  const { amount, reference } = body;
  return [name.party, name.number, amount, reference, digest, packTags(ifMatch), packTags(ifNoneMatch)];
}

/** In the order of `lua/lib/account.lua`. */
const FIELDS = ["holder", "kind", "currency", "total", "frozen", "status", "used"];
/** Where replies have, after the account, whether it was made just now, and how far the journal goes. */
const NEW = 1 + FIELDS.length;
const ENTRY = NEW + 1;

/** Reads the values of `FIELDS`. */
export function readAccount(name: AccountName, values: readonly (string | null)[]): Account | undefined {
  const [holder, kind, currency, total, frozen, status, used] = values;
  if (!holder || !currency) return undefined;
  const sum = Number(total);
  return {
    ...name,
    holder,
    kind: kind as Account["kind"],
    currency,
    ...(kind === "funds" ? { balance: sum } : { limit: sum, used: Number(used) }),
    frozen: Number(frozen),
    available: sum - Number(frozen) - Number(used),
    status: status as AccountStatus,
  };
}

/** The detail of a conflict when the account is not as the write asks. */
const UNMET = "condition";
/** What every write can be refused for. */
const CONFLICTS: ReadonlyMap<string, string> = new Map([
  [UNMET, "The account is not as the write asks; read it again. Nothing was changed."],
  ["id", "This write's id was used for another; nothing was changed."],
]);

function outcome(
  name: AccountName,
  { partition, reply }: { partition: number; reply: string[] },
  messages: { [C in ErrorCode]?: (detail: string) => string },
): AccountOutcome {
  if (reply[0] === "done" || reply[0] === "again") {
    const account = readAccount(name, reply.slice(1));
    if (!account) throw new Error(`the store answered for ${name.party}/${name.number} without an account`);
    const mark = { partition, entry: reply[ENTRY] ?? "" };
    return { kind: "done", account, isNew: reply[NEW] === "new", mark };
  }
  const [, code, detail = "", entry = ""] = reply as [string, ErrorCode, string?, string?];
  const message =
    CONFLICTS.get(detail) ?? messages[code]?.(detail) ?? `${name.party} has no account ${name.number}.`;
  return {
    kind: "refused",
    code,
    message,
    detail,
    isConditionUnmet: detail === UNMET,
    mark: { partition, entry },
  };
}
