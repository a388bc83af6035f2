/** What operators do to endpoints of webhooks. These are in the archive, and the journal has who did what to them. */
import type { LedgerContext } from "./context.ts";
import type { WebhookEntry } from "./journal-entry.ts";
import { bookKey, partitionKeys, writeKey } from "./keys.ts";
import { runInBook } from "./run-in-book.ts";
import { freshWriteId, writeDigest } from "./write-ids.ts";

/** One act, as it is asked for. */
export interface WebhookAct {
  kind: WebhookEntry["kind"];
  webhookId: string;
  /** Of what is sent again. */
  deliveryId?: string;
  /** All else that is asked, of which the journal has the digest alone: an address may have a secret in it. */
  asked?: object;
}

/** The partition whose journal has what concerns none. */
const PARTITION = 0;

export class WebhookActs {
  readonly #context: LedgerContext;

  constructor(context: LedgerContext) {
    this.#context = context;
  }

  /** The id of an act that nobody repeats, which says who does it. */
  freshId(): string {
    return freshWriteId(this.#context.author);
  }

  /**
   * Writes it into the journal before it is done, once for each id, and waits for replicas where they have to have it. It is
   * all the same whether it comes to be done: what was not answered comes again under its id.
   *
   * @throws NotServedError, UnconfirmedError, or what says that the store is away: then it is not to be done.
   */
  async note({ kind, webhookId, deliveryId = "", asked = {} }: WebhookAct, writeId: string): Promise<void> {
    const keys = [bookKey(PARTITION), writeKey(PARTITION, writeId), partitionKeys.journal(PARTITION)];
    const digest = writeDigest(kind, webhookId, deliveryId, asked);
    await runInBook(this.#context, "note-webhook", keys, [
      this.#context.book.id,
      kind,
      webhookId,
      deliveryId,
      digest,
    ]);
    // Not up to its entry: a repeat may find that one trimmed.
    await this.#context.barrier?.confirmAll([PARTITION]);
  }
}
