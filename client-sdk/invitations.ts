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

export class Invitations {
  readonly #session: Session;
  readonly handlers = new Set<RequestHandler>();
  /** Those that the handlers have had, oldest first. */
  readonly #delivered = new Set<string>();

  constructor(session: Session) {
    this.#session = session;
  }

  /** An event of an issuance that is not followed: it may be an invitation. */
  onEvent(event: IssuanceEvent): void {
    const { party, followed } = this.#session;
    if (event.type !== "payer.requested" || event.payer !== party || !this.#isNew(event)) return;
    const log = followed.follow(event.issuanceId);
    log.receive(event);
    this.#deliver(log);
  }

  /**
   * Issuances that are open, of which some may be invitations that came while nobody listened. One is asked
   * for after the other, so that a thousand of them do not meet the hub's rate limit.
   */
  async deliverWaiting(open: Iterable<OpenIssuance> | AsyncIterable<OpenIssuance>): Promise<void> {
    const { followed } = this.#session;
    try {
      for await (const issuance of open) {
        if (issuance.role !== "payer" || !this.#isNew(issuance)) continue;
        const log = await followed.load(issuance.issuanceId);
        if (this.#isNew(log.snapshot)) this.#deliver(log);
      }
    } catch (error) {
      this.#session.report(error);
    }
  }

  #isNew({ issuanceId, state }: Pick<OpenIssuance, "issuanceId" | "state">): boolean {
    return this.handlers.size > 0 && state === "proposed" && !this.#delivered.has(issuanceId);
  }

  #deliver(log: IssuanceLog): void {
    this.#delivered.add(log.id);
    for (const id of this.#delivered) {
      if (this.#delivered.size <= REMEMBERED) break;
      if (!this.#session.followed.get(id)) this.#delivered.delete(id);
    }
    for (const handler of this.handlers) {
      callSafely(
        () => handler(new PayerIssuance(log)),
        (error) => this.#session.report(error),
      );
    }
  }
}
