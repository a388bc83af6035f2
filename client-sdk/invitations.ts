/** Invitations to be payer: each reaches the terminal's handlers once, however often it is told. */
import { callSafely } from "./call.ts";
import type { IssuanceLog } from "./issuance-log.ts";
import { PayerIssuance } from "./payer-issuance.ts";
import type { Session } from "./session.ts";
import type { IssuanceEvent, OpenIssuance } from "./wire.ts";

/** Answers an invitation. */
export type RequestHandler = (issuance: PayerIssuance) => void | Promise<void>;

/** How many invitations that are over are remembered, in case one is told again. */
const REMEMBERED = 1000;

/** Asks the hub for the party's open issuances. */
type ListOpen = () => AsyncIterable<OpenIssuance>;

export class Invitations {
  readonly #session: Session;
  readonly #listOpen: ListOpen;
  readonly #intervalMs: number;
  readonly #handlers = new Set<RequestHandler>();
  /** What is told once can be lost, and an invitation leaves no gap that would show it: so it is asked for as well. */
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Those that the handlers have had, oldest first. */
  readonly #delivered = new Set<string>();

  /** @param options.intervalMs how long an invitation that was not told may stay unseen. */
  constructor(session: Session, options: { listOpen: ListOpen; intervalMs: number }) {
    this.#session = session;
    this.#listOpen = options.listOpen;
    this.#intervalMs = options.intervalMs;
  }

  /** Adds a handler; returns what takes it away again. */
  add(handler: RequestHandler): () => void {
    this.#handlers.add(handler);
    this.#timer ??= setInterval(() => this.ask(), this.#intervalMs);
    // In Node, a terminal that only watches does not keep the process alive.
    (this.#timer as { unref?(): void }).unref?.();
    void this.deliverWaiting(this.#listOpen());
    return () => {
      this.#handlers.delete(handler);
      if (this.#handlers.size === 0) this.close();
    };
  }

  /** Asks the hub for invitations that were not told, unless nobody waits for any. */
  ask(): void {
    // What fails now is asked again after the next interval.
    if (this.#session.connected) void this.#deliver(this.#listOpen()).catch(() => undefined);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** An event of an issuance that is not followed: it may be an invitation. */
  onEvent(event: IssuanceEvent): void {
    const { party, followed } = this.#session;
    if (event.type !== "payer.requested" || event.payer !== party || !this.#isNew(event)) return;
    const log = followed.follow(event.issuanceId);
    log.receive(event);
    this.#hand(log);
  }

  /**
   * Issuances that are open, of which some may be invitations that came while nobody listened. One is asked
   * for after the other, so that a thousand of them do not meet the hub's rate limit.
   */
  async deliverWaiting(open: Iterable<OpenIssuance> | AsyncIterable<OpenIssuance>): Promise<void> {
    await this.#deliver(open).catch((error) => this.#session.report(error));
  }

  async #deliver(open: Iterable<OpenIssuance> | AsyncIterable<OpenIssuance>): Promise<void> {
    if (this.#handlers.size === 0) return;
    const { followed } = this.#session;
    for await (const issuance of open) {
      if (issuance.role !== "payer" || !this.#isNew(issuance)) continue;
      const log = await followed.load(issuance.issuanceId);
      if (this.#isNew(log.snapshot)) this.#hand(log);
    }
  }

  #isNew({ issuanceId, state }: Pick<OpenIssuance, "issuanceId" | "state">): boolean {
    return this.#handlers.size > 0 && state === "proposed" && !this.#delivered.has(issuanceId);
  }

  #hand(log: IssuanceLog): void {
    this.#delivered.add(log.id);
    for (const id of this.#delivered) {
      if (this.#delivered.size <= REMEMBERED) break;
      if (!this.#session.followed.get(id)) this.#delivered.delete(id);
    }
    for (const handler of this.#handlers) {
      callSafely(
        () => handler(new PayerIssuance(log)),
        (error) => this.#session.report(error),
      );
    }
  }
}
