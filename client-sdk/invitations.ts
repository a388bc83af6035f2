/** Invitations to be payer: each reaches the terminal's handlers once, however often it is told. */
import type { Log } from "./log.ts";
import { PayerIssuance } from "./payer-issuance.ts";
import type { Session } from "./session.ts";
import type { IssuanceEvent, OpenIssuance } from "./wire.ts";

/** Answers an invitation. */
export type RequestHandler = (issuance: PayerIssuance) => void | Promise<void>;

/** How many invitations that are over are remembered, in case one is told again. */
const REMEMBERED = 1000;

export class Invitations {
  readonly #session: Session;
  readonly #handlers = new Set<RequestHandler>();
  /** Those that wait for a handler. */
  readonly #waiting = new Set<string>();
  /** Those that were delivered, oldest first. */
  readonly #delivered = new Set<string>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** True when somebody wants to have them. */
  get wanted(): boolean {
    return this.#handlers.size > 0;
  }

  add(handler: RequestHandler): () => void {
    this.#handlers.add(handler);
    void this.#deliverWaiting();
    return () => {
      this.#handlers.delete(handler);
    };
  }

  /** An event of an issuance that is not followed: an invitation, or what became of one. */
  hear(event: IssuanceEvent): void {
    const { issuanceId, type } = event;
    if (type !== "payer.requested") this.#waiting.delete(issuanceId);
    else if (event.payer === this.#session.party && event.state === "proposed") {
      if (this.#delivered.has(issuanceId)) return;
      if (!this.wanted) return void this.#waiting.add(issuanceId);
      const log = this.#session.following.follow(issuanceId);
      log.receive(event);
      this.#deliver(log);
    }
  }

  /** Issuances that are open, of which some may be invitations that nobody has seen. */
  async notice(open: Iterable<OpenIssuance> | AsyncIterable<OpenIssuance>): Promise<void> {
    for await (const { issuanceId, state, role } of open) {
      const isNew = !this.#delivered.has(issuanceId);
      if (isNew && state === "proposed" && role === "payer") this.#waiting.add(issuanceId);
    }
    await this.#deliverWaiting();
  }

  /** One after the other, so that a thousand that waited do not meet the hub's rate limit. */
  async #deliverWaiting(): Promise<void> {
    for (const id of this.#waiting) {
      if (!this.wanted) return;
      this.#waiting.delete(id);
      // What can't be had now is noticed again with the next session.
      const log = await this.#session.following.load(id).catch((error) => this.#session.report(error));
      if (log?.snapshot.state === "proposed") this.#deliver(log);
    }
  }

  #deliver(log: Log): void {
    if (this.#delivered.has(log.id)) return;
    this.#delivered.add(log.id);
    this.#forgetOldest();
    for (const handler of this.#handlers) void this.#call(handler, new PayerIssuance(log));
  }

  async #call(handler: RequestHandler, issuance: PayerIssuance): Promise<void> {
    try {
      await handler(issuance);
    } catch (error) {
      this.#session.report(error);
    }
  }

  #forgetOldest(): void {
    for (const id of this.#delivered) {
      if (this.#delivered.size <= REMEMBERED) return;
      if (!this.#session.following.get(id)) this.#delivered.delete(id);
    }
  }
}
