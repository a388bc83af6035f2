/** What operators can ask of a hub, a method each. */
import type { WaitOptions } from "./abortable.ts";
import {
  type Call,
  Calls,
  type ListOptions,
  type OperatorOptions,
  type WriteOptions,
} from "./operator-calls.ts";
import { type ImportOptions, type ImportOutcome, importFile } from "./operator-import.ts";
import { type LiveOptions, listenLive } from "./operator-live.ts";
import { OperatorWebhooks } from "./operator-webhooks.ts";
import type {
  AccountAdjust,
  AccountPut,
  AccountRepay,
  AuditReport,
  BookAccount,
  BookVoucher,
  FeedPage,
  Fence,
  HistoryQueryPayloads,
  IssuanceEvent,
  KeySet,
  LiveSummary,
  MissingClosed,
  Ready,
  Revoked,
  Settlement,
  Snapshot,
  StatementEntry,
  VoucherEvent,
  VoucherSnapshot,
  VoucherVoid,
} from "./wire.ts";

/** An account, and the tag that it has as long as nothing of it changes: for `ifMatch`. */
export type TaggedAccount = BookAccount & { readonly etag: string };

type Search<N extends keyof HistoryQueryPayloads> = Omit<HistoryQueryPayloads[N], "after" | "limit"> & {
  /** Only what this party takes part in; `role` is the one that it has. */
  party?: string | undefined;
};
/** Which issuances to list: all that is given has to hold. Times are milliseconds. */
export type IssuanceListOptions = ListOptions & Search<"issuance:find">;
/** Which vouchers to list. */
export type VoucherListOptions = ListOptions & Search<"voucher:find">;

/** Where to go on in the feed of all events, and what of it to read. */
export interface FeedOptions extends WaitOptions {
  /** The `next` of the page before; the first event of all unless given. */
  after?: string | undefined;
  types?: readonly FeedPage["events"][number]["type"][] | undefined;
  /** Only this party's, in its view. */
  party?: string | undefined;
  /** Events of one page, 1 to 1000; 100 unless given. */
  limit?: number | undefined;
}

/**
 * A hub as its operator uses it. Every call is repeated until it is answered, a write under one `Idempotency-Key`, so
 * that it is done once.
 *
 * @example
 * const operator = new Operator("https://hub.example", { token });
 * await operator.putAccount("acme", "6222020200112233", {
 *   holder: "Acme Ltd", kind: "funds", currency: "CNY", balance: 12_500_000,
 * });
 */
export class Operator {
  readonly #calls: Calls;
  /** The endpoints that the hub sends events to. */
  readonly webhooks: OperatorWebhooks;

  /** @param url where the hub is. */
  constructor(url: string, options: OperatorOptions) {
    this.#calls = new Calls(url, options);
    this.webhooks = new OperatorWebhooks(this.#calls);
  }

  /** An account of a party. @throws TallystickError `not_found`. */
  async account(party: string, number: string, options?: WaitOptions): Promise<TaggedAccount> {
    return this.#tagged({ method: "GET", path: accountPath(party, number) }, options);
  }

  /** The party's accounts, by number. */
  accounts(party: string, options: ListOptions = {}): AsyncGenerator<BookAccount, void> {
    return this.#calls.list(`/v1/parties/${encodeURIComponent(party)}/accounts`, "accounts", {}, options);
  }

  /**
   * An account, to show its whole number to a person: the hub's journal says who has asked for it, and when.
   *
   * @throws TallystickError `not_found`.
   */
  showAccount(party: string, number: string, options?: WriteOptions): Promise<TaggedAccount> {
    return this.#tagged({ method: "POST", path: `${accountPath(party, number)}/show` }, options);
  }

  /** Makes an account, or sets it anew. @throws TallystickError `conflict`, `insufficient_funds`. */
  putAccount(
    party: string,
    number: string,
    account: AccountPut,
    options?: WriteOptions,
  ): Promise<TaggedAccount> {
    return this.#tagged({ method: "PUT", path: accountPath(party, number), body: account }, options);
  }

  /** Adds a signed amount, minor units, once for each reference. @throws TallystickError `insufficient_funds`. */
  adjust(
    party: string,
    number: string,
    change: AccountAdjust,
    options?: WriteOptions,
  ): Promise<TaggedAccount> {
    return this.#tagged(
      { method: "POST", path: `${accountPath(party, number)}/adjust`, body: change },
      options,
    );
  }

  /** Pays back what was drawn of a line of credit, once for each reference. @throws TallystickError `exceeds_remaining`. */
  repay(
    party: string,
    number: string,
    repayment: AccountRepay,
    options?: WriteOptions,
  ): Promise<TaggedAccount> {
    return this.#tagged(
      { method: "POST", path: `${accountPath(party, number)}/repay`, body: repayment },
      options,
    );
  }

  /** An issuance. @throws TallystickError `not_found`. */
  issuance(issuanceId: string, options?: WaitOptions): Promise<Snapshot> {
    return this.#calls.json(
      { method: "GET", path: `/v1/issuances/${encodeURIComponent(issuanceId)}` },
      options,
    );
  }

  /** A voucher. @throws TallystickError `not_found`. */
  voucher(voucherId: string, options?: WaitOptions): Promise<BookVoucher> {
    return this.#calls.json({ method: "GET", path: voucherPath(voucherId) }, options);
  }

  /**
   * Issuances as the hub's archive has them, also those that have ended, the newest first. What happened within the last
   * second may be missing.
   *
   * @throws TallystickError `timeout` when the archive is away, or there is none.
   * @example for await (const { issuanceId } of operator.issuances({ party: "acme", state: "declined" })) console.log(issuanceId);
   */
  issuances({
    pageSize,
    signal,
    timeoutMs,
    ...search
  }: IssuanceListOptions = {}): AsyncGenerator<Snapshot, void> {
    return this.#calls.list("/v1/issuances", "issuances", search, { pageSize, signal, timeoutMs });
  }

  /** Vouchers likewise. @throws TallystickError `timeout` */
  vouchers({
    pageSize,
    signal,
    timeoutMs,
    ...search
  }: VoucherListOptions = {}): AsyncGenerator<BookVoucher, void> {
    return this.#calls.list("/v1/vouchers", "vouchers", search, { pageSize, signal, timeoutMs });
  }

  /** All events of an issuance, the oldest first. @throws TallystickError `not_found`. */
  async issuanceEvents(issuanceId: string, options?: WaitOptions): Promise<IssuanceEvent[]> {
    const path = `/v1/issuances/${encodeURIComponent(issuanceId)}/events`;
    return (await this.#calls.json<{ events: IssuanceEvent[] }>({ method: "GET", path }, options)).events;
  }

  /** All events of a voucher, the oldest first. @throws TallystickError `not_found`. */
  async voucherEvents(voucherId: string, options?: WaitOptions): Promise<VoucherEvent[]> {
    const path = `${voucherPath(voucherId)}/events`;
    return (await this.#calls.json<{ events: VoucherEvent[] }>({ method: "GET", path }, options)).events;
  }

  /**
   * A page of the feed of all events, as CloudEvents, the oldest first. `next` is kept, and given as `after` now where there
   * is `more`, or whenever the reader comes again: nothing is missed.
   *
   * @example
   * const { events, next } = await operator.events({ after: kept, types: ["voucher.issued"] });
   */
  events({ after, types, party, limit, ...options }: FeedOptions = {}): Promise<FeedPage> {
    const query = { after, types: types?.join(","), party, limit };
    return this.#calls.json({ method: "GET", path: "/v1/events", query }, options);
  }

  /** What changed an account, freezes too, the oldest first, with what stood after each. @throws TallystickError `not_found`. */
  statement(party: string, number: string, options: ListOptions = {}): AsyncGenerator<StatementEntry, void> {
    return this.#calls.list(`${accountPath(party, number)}/entries`, "entries", {}, options);
  }

  /**
   * The same as CSV, to be exported: texts of many lines, the names of the columns in the first alone. Times are ISO 8601,
   * amounts minor units.
   *
   * @throws TallystickError `not_found`.
   * @example for await (const lines of operator.statementCsv("acme", "6222020200112233")) file.write(lines);
   */
  async *statementCsv(
    party: string,
    number: string,
    { pageSize, ...options }: ListOptions = {},
  ): AsyncGenerator<string, void> {
    const path = `${accountPath(party, number)}/entries`;
    for (let after: string | undefined; ; ) {
      const query = { after, limit: pageSize };
      const { text, next } = await this.#calls.send(
        { method: "GET", path, query, accept: "text/csv" },
        options,
      );
      yield after === undefined ? text : text.slice(text.indexOf("\n") + 1);
      if (next === undefined) return;
      after = next;
    }
  }

  /** A voucher's signed document, a compact JWS. @throws TallystickError `wrong_state` when it has ended. */
  async document(voucherId: string, options?: WaitOptions): Promise<string> {
    const { text } = await this.#calls.send(
      { method: "GET", path: `${voucherPath(voucherId)}/document` },
      options,
    );
    return text;
  }

  /** The public keys that verify documents. */
  keys(options?: WaitOptions): Promise<KeySet> {
    return this.#calls.json({ method: "GET", path: "/.well-known/jwks.json" }, options);
  }

  /** Ends a voucher, once for each reference. @throws TallystickError `wrong_state`, `rolled_back`. */
  voidVoucher(voucherId: string, why: VoucherVoid, options?: WriteOptions): Promise<BookVoucher> {
    return this.#calls.json({ method: "POST", path: `${voucherPath(voucherId)}/void`, body: why }, options);
  }

  /** A settlement. @throws TallystickError `not_found`. */
  settlement(settlementId: string, options?: WaitOptions): Promise<Settlement> {
    return this.#calls.json({ method: "GET", path: settlementPath(settlementId) }, options);
  }

  /** Settlements that could not be paid, or with `state: "open"` those that wait to be paid; the oldest first. */
  settlements(
    options: ListOptions & { state?: "open" | "failed" | undefined } = {},
  ): AsyncGenerator<Settlement, void> {
    return this.#calls.list("/v1/settlements", "settlements", { state: options.state }, options);
  }

  /** Pays one that failed into another account. @throws TallystickError `wrong_state`. */
  redirect(
    settlementId: string,
    to: { party: string; number: string },
    options?: WriteOptions,
  ): Promise<Settlement> {
    const body = { redirect: to };
    return this.#calls.json({ method: "POST", path: settlementPath(settlementId), body }, options);
  }

  /** Says what came of a payment outside. @throws TallystickError `wrong_state`. */
  report(
    settlementId: string,
    outcome: { state: "settled" | "failed"; reference: string },
    options?: WriteOptions,
  ): Promise<Settlement> {
    return this.#calls.json({ method: "POST", path: settlementPath(settlementId), body: outcome }, options);
  }

  /** What is fenced, or missing, and waits for a decision; the oldest first. */
  fences(options: ListOptions & { party?: string | undefined } = {}): AsyncGenerator<Fence, void> {
    return this.#calls.list("/v1/fences", "fences", { party: options.party }, options);
  }

  /** The fence of an issuance or a voucher, listed or not. @throws TallystickError `not_found`. */
  fence(id: string, options?: WaitOptions): Promise<Fence> {
    return this.#calls.json({ method: "GET", path: fencePath(id) }, options);
  }

  /** Lets what is fenced go on from what the store has; closes the case of what is missing. */
  resume(id: string, options?: WriteOptions): Promise<Snapshot | VoucherSnapshot | MissingClosed> {
    return this.#calls.json({ method: "POST", path: fencePath(id), body: { decision: "resume" } }, options);
  }

  /** Ends a fenced issuance without a voucher. @throws TallystickError `wrong_state`. */
  cancel(issuanceId: string, reason?: string, options?: WriteOptions): Promise<Snapshot | MissingClosed> {
    const body = { decision: "cancel", reason };
    return this.#calls.json({ method: "POST", path: fencePath(issuanceId), body }, options);
  }

  /** Revokes the tokens that a party has now: its sessions end at once, and what was made until then is refused. */
  revoke(party: string, options?: WriteOptions): Promise<Revoked> {
    return this.#calls.json(
      { method: "POST", path: `/v1/parties/${encodeURIComponent(party)}/revoke` },
      options,
    );
  }

  /** Accounts of all parties, by party and number, as the hub's archive has them. @throws TallystickError `timeout` */
  findAccounts(
    { q }: { q?: string | undefined } = {},
    options: ListOptions = {},
  ): AsyncGenerator<BookAccount, void> {
    return this.#calls.list("/v1/accounts", "accounts", { q }, options);
  }

  /**
   * Loads accounts from a CSV. It is sent once and never by itself again, since rows set what others may have changed
   * meanwhile.
   *
   * @throws TallystickError `disconnected` when nobody knows how far it came: read the accounts, then send it again.
   */
  importAccounts(file: string | Blob, options?: ImportOptions): Promise<ImportOutcome> {
    return importFile(this.#calls, file, options);
  }

  /** The audit that the hub makes, or made last; undefined before the first. */
  async audit(options?: WaitOptions): Promise<AuditReport | undefined> {
    return (await this.#calls.json<{ audit?: AuditReport }>({ method: "GET", path: "/v1/audit" }, options))
      .audit;
  }

  /** Begins an audit, unless the hub makes one already; `audit()` tells how far it is. */
  beginAudit(options?: WriteOptions): Promise<AuditReport> {
    return this.#calls.json({ method: "POST", path: "/v1/audit" }, options);
  }

  /**
   * What is known of the book and its hubs, now and anew each two seconds; after the line was lost it goes on.
   *
   * @example
   * for await (const { hubs, slices } of operator.live()) console.log(hubs.length, slices.at(-1)?.answered);
   */
  live(options: LiveOptions = {}): AsyncGenerator<LiveSummary, void> {
    return listenLive(this.#calls, options);
  }

  /** Whether the store serves the book, and what an issue survives; waits until it does. @throws TallystickError `timeout`. */
  ready(options?: WaitOptions): Promise<Ready> {
    return this.#calls.json({ method: "GET", path: "/readyz" }, options);
  }

  async #tagged(call: Call, options?: WriteOptions): Promise<TaggedAccount> {
    const { text, etag } = await this.#calls.send(call, options);
    return { ...(JSON.parse(text) as BookAccount), etag };
  }
}

const accountPath = (party: string, number: string) =>
  `/v1/parties/${encodeURIComponent(party)}/accounts/${encodeURIComponent(number)}`;
const voucherPath = (id: string) => `/v1/vouchers/${encodeURIComponent(id)}`;
const settlementPath = (id: string) => `/v1/settlements/${encodeURIComponent(id)}`;
const fencePath = (id: string) => `/v1/fences/${encodeURIComponent(id)}`;
