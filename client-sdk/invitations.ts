/** Invitations to be payer. */
import type { EventLog } from "./event-log.ts";
import { ISSUANCE } from "./issuance-kind.ts";
import type { EventOn, Noun } from "./kind.ts";
import { pagesOf } from "./pages.ts";
import { PayerIssuance } from "./payer-issuance.ts";
import { Watch } from "./watch.ts";
import type { OpenIssuance } from "./wire.ts";

/** Answers an invitation. */
export type RequestHandler = (issuance: PayerIssuance) => void | Promise<void>;

export class Invitations extends Watch<OpenIssuance, PayerIssuance> {
  /** An event that was told: it may be an invitation. */
  onEvent(event: EventOn<Noun>): void {
    const { party, followed } = this.session;
    if (event.type !== "payer.requested" || event.payer !== party || !this.#waits(event)) return;
    const log = followed.follow(ISSUANCE, event.issuanceId);
    log.receive(event);
    this.#hand(log);
  }

  protected override list(): AsyncIterable<OpenIssuance> {
    return pagesOf(this.session.outbox, "issuance:list");
  }

  protected override async look(line: OpenIssuance): Promise<void> {
    if (line.role !== "payer" || !this.#waits(line)) return;
    const log = await this.session.followed.load(ISSUANCE, line.issuanceId);
    if (this.#waits(log.snapshot)) this.#hand(log);
  }

  #waits({ issuanceId, state }: Pick<OpenIssuance, "issuanceId" | "state">): boolean {
    return state === "proposed" && this.isNew(issuanceId);
  }

  #hand(log: EventLog<"issuance">): void {
    this.hand(log.id, log.id, () => new PayerIssuance(log));
  }
}
