/** A terminal: one connection of a party, and what the party does over it. */
/// <reference lib="esnext.disposable" preserve="true" />

import type { WaitOptions } from "./abortable.ts";
import type { IssuerVoucher, PayerVoucher } from "./approver-voucher.ts";
import type { BeneficiaryVoucher } from "./beneficiary-voucher.ts";
import { callSafely } from "./call.ts";
import type { ApproverDrawing } from "./drawing.ts";
import { find, type IssuanceSearch, type VoucherSearch } from "./history.ts";
import { INSPECT, type Inspect } from "./inspect.ts";
import { INVITATIONS, type RequestHandler } from "./invitations.ts";
import { ISSUANCE } from "./issuance-kind.ts";
import { IssuerIssuance } from "./issuer-issuance.ts";
import { type CommandOptions, catchUp, payloadOf } from "./live-object.ts";
import { pagesOf, type VoucherFilter } from "./pages.ts";
import { PayerIssuance } from "./payer-issuance.ts";
import { Session, type SessionOptions, type TerminalEvents } from "./session.ts";
import { VOUCHER } from "./voucher-kind.ts";
import {
  type DrawingHandler,
  NEW_VOUCHERS,
  sideOf,
  type VoucherHandler,
  WAITING_DRAWINGS,
} from "./voucher-watches.ts";
import { Watch } from "./watch.ts";
import type { CommandPayloads, ListedVoucher, OpenIssuance, Snapshot, VoucherSnapshot } from "./wire.ts";

/** What an issuer asks of a payer. `amount` counts minor units: 12,500,000 CNY is 125,000.00 yuan. */
export type Offer = Omit<CommandPayloads["payer:request"], "commandId">;

/** One connection of a party, made by {@link connect}. It comes back by itself when it is lost. */
export class Terminal {
  readonly #session: Session;
  readonly #invitations: Watch<"issuance", PayerIssuance>;
  readonly #vouchers: Watch<"voucher", BeneficiaryVoucher>;
  readonly #drawings: Watch<"voucher", ApproverDrawing>;
  readonly #listeners = new Map<keyof TerminalEvents, Set<unknown>>();

  /** @internal */
  constructor(url: string, options: SessionOptions) {
    this.#session = new Session(url, options, {
      onReady: (session) => {
        for (const watch of this.#watches) watch.onReady(session);
      },
      onResync: () => {
        for (const watch of this.#watches) void watch.ask();
      },
      onEvent: (event) => {
        for (const watch of this.#watches) watch.onEvent(event);
      },
      emit: (event, argument) => {
        if (event === "closed") for (const watch of this.#watches) watch.close();
        this.#emit(event, argument);
      },
    });
    const { resyncIntervalMs } = options;
    this.#invitations = new Watch(this.#session, resyncIntervalMs, INVITATIONS);
    this.#vouchers = new Watch(this.#session, resyncIntervalMs, NEW_VOUCHERS);
    this.#drawings = new Watch(this.#session, resyncIntervalMs, WAITING_DRAWINGS);
  }

  /** The party, as the token names it. */
  get party(): string {
    return this.#session.party;
  }

  /** True while the hub can be reached. */
  get connected(): boolean {
    return this.#session.connected;
  }

  /** The hub's clock, milliseconds since the epoch: deadlines are on it, and this machine's may be wrong. */
  get now(): number {
    return this.#session.followed.now();
  }

  /**
   * Asks a party to be payer of a voucher (`payer:request`). One may ask oneself (claims 2 and 7): then the
   * issuance starts in `agreed`, and `issuance.asPayer()` is the payer's side of it.
   *
   * @throws TallystickError `invalid_request`; `timeout`, `aborted`, `disconnected`.
   * @example
   * const issuance = await issuer.requestPayer({ payer: "acme", amount: 125_000_00, currency: "CNY" });
   */
  async requestPayer(offer: Offer, options: Omit<CommandOptions, "ifVersion"> = {}): Promise<IssuerIssuance> {
    const { followed, outbox } = this.#session;
    const payload = payloadOf(offer, options);
    let isRepeat = false;
    const log = await followed.expect(() =>
      outbox.ask("payer:request", payload, options, ({ event }, sends) => {
        isRepeat = sends > 1;
        return followed.begin(ISSUANCE, event.issuanceId, [event]);
      }),
    );
    // What was answered again may have been done some time ago, and gone on since.
    if (isRepeat) await catchUp(log, options);
    return new IssuerIssuance(log);
  }

  /**
   * Calls a handler with each invitation to be payer, those that wait already among them, each once for this
   * terminal. What a handler throws is told to the `error` listeners.
   *
   * @returns what takes the handler away again.
   * @example
   * payer.onRequest(async (issuance) => {
   *   if (issuance.snapshot.amount > 1_000_000_00) await issuance.decline("too much");
   *   else await issuance.agree();
   * });
   */
  onRequest(handler: RequestHandler): () => void {
    return this.#invitations.add(handler);
  }

  /**
   * Calls a handler with each voucher that is made out to this party and waits for it to accept, reject or draw, those
   * that wait already among them, each once for this terminal. What a handler throws is told to the `error` listeners.
   *
   * @returns what takes the handler away again.
   * @example
   * beneficiary.onVoucher(async (voucher) => {
   *   await voucher.accept();
   *   const drawing = await voucher.draw({ amount: 40_000_00, to: { number: "DE-1001", holder: "Nordlicht Handel" } });
   *   await drawing.settled();
   * });
   */
  onVoucher(handler: VoucherHandler): () => void {
    return this.#vouchers.add(handler);
  }

  /**
   * Calls a handler with each drawing that waits for this party's word, those that wait already among them, each once
   * for this terminal. What a handler throws is told to the `error` listeners.
   *
   * @returns what takes the handler away again.
   * @example payer.onDrawing((drawing) => drawing.approve());
   */
  onDrawing(handler: DrawingHandler): () => void {
    return this.#drawings.add(handler);
  }

  /**
   * Calls a listener when the connection is lost or comes back, when the terminal is closed, or with an error
   * that no caller waits for. An error that nobody listens for is thrown, for whoever runs the program.
   *
   * @returns what takes the listener away again.
   * @example terminal.on("error", (error) => console.error(error));
   */
  on<E extends keyof TerminalEvents>(event: E, listener: TerminalEvents[E]): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }

  /**
   * An issuance of this party by its id, to go on with it. Where the party is issuer and payer, it is the
   * issuer's side.
   *
   * @throws TallystickError `not_found` when there is none, or it is not this party's.
   * @example
   * const issuance = await terminal.issuance(id);
   * if (issuance.role === "payer") await issuance.keepAccount();
   */
  async issuance(id: string, options: WaitOptions = {}): Promise<IssuerIssuance | PayerIssuance> {
    const log = await this.#session.followed.load(ISSUANCE, id, options);
    return log.snapshot.issuer === this.party ? new IssuerIssuance(log) : new PayerIssuance(log);
  }

  /**
   * This party's issuances that have not ended, newest first, asked for a page at a time.
   *
   * @example for await (const { issuanceId, state, role } of terminal.openIssuances()) console.log(issuanceId, state, role);
   */
  openIssuances(options?: WaitOptions): AsyncGenerator<OpenIssuance, void, undefined> {
    return pagesOf(this.#session.outbox, "issuance", options);
  }

  /**
   * A voucher of this party by its id, to go on with it, as after a restart. Where the party has several roles, it is
   * the side that can do all that the party may.
   *
   * @throws TallystickError `not_found` when there is none, or it is not this party's.
   * @example
   * const voucher = await terminal.voucher(id);
   * if (voucher.role === "beneficiary") await voucher.release();
   */
  async voucher(
    id: string,
    options: WaitOptions = {},
  ): Promise<BeneficiaryVoucher | IssuerVoucher | PayerVoucher> {
    return sideOf(await this.#session.followed.load(VOUCHER, id, options), this.party);
  }

  /**
   * This party's vouchers, newest first, asked for a page at a time: those that live, unless a state is given.
   *
   * @example for await (const { voucherId } of terminal.vouchers({ role: "beneficiary" })) console.log(voucherId);
   */
  vouchers(filter?: VoucherFilter, options?: WaitOptions): AsyncGenerator<ListedVoucher, void, undefined> {
    return pagesOf(this.#session.outbox, "voucher", options, filter);
  }

  /**
   * This party's issuances as the hub's archive has them, also those that have ended, newest first. What happened within the
   * last second may be missing.
   *
   * @throws TallystickError `unavailable` when the hub's archive is away, or it has none.
   * @example for await (const { issuanceId } of terminal.findIssuances({ q: "invoice 42" })) console.log(issuanceId);
   */
  findIssuances(search?: IssuanceSearch, options?: WaitOptions): AsyncGenerator<Snapshot, void, undefined> {
    return find(this.#session.outbox, "issuance:find", search, options);
  }

  /**
   * This party's vouchers likewise.
   *
   * @throws TallystickError `unavailable`
   * @example for await (const { honoured } of terminal.findVouchers({ state: "honoured" })) sum += honoured;
   */
  findVouchers(
    search?: VoucherSearch,
    options?: WaitOptions,
  ): AsyncGenerator<VoucherSnapshot, void, undefined> {
    return find(this.#session.outbox, "voucher:find", search, options);
  }

  /**
   * Tries to come back now, where the terminal waits for its next try. While it is connected this does nothing.
   *
   * @example window.addEventListener("online", () => terminal.reconnect());
   */
  reconnect(): void {
    this.#session.reconnect();
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const { party, connected } = this;
    return `Terminal ${inspect({ party, connected }, options)}`;
  }

  /** Leaves the hub. Whoever waits is told `disconnected`; what was sent may still have its effect. */
  async close(): Promise<void> {
    this.#session.close();
  }

  /** The same as {@link close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #watches() {
    return [this.#invitations, this.#vouchers, this.#drawings];
  }

  #emit(event: keyof TerminalEvents, argument?: unknown): void {
    const listeners = this.#listeners.get(event);
    // An error that nobody listens for is for whoever runs the program.
    if (event === "error" && !listeners?.size) throw argument;
    for (const listener of [...(listeners ?? [])]) {
      callSafely(
        () => (listener as (argument: unknown) => unknown)(argument),
        (error) => {
          if (event !== "error") this.#session.report(error);
          // There is nobody left to be told but whoever runs the program.
          else
            queueMicrotask(() => {
              throw error;
            });
        },
      );
    }
  }
}
