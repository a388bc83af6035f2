/** Is the other side here? It is asked for once more over each new connection, since the hub tells it unversioned. */
import { callSafely } from "./call.ts";
import type { Outbox } from "./outbox.ts";

/** The connection, as it is needed here. */
interface Asking {
  readonly outbox: Outbox;
  report(error: unknown): void;
}

/** A listener, and what it was told last. */
interface Watch {
  readonly id: string;
  readonly listener: (here: boolean) => void;
  here?: boolean;
}

export class Presences {
  readonly #session: Asking;
  readonly #watches = new Set<Watch>();

  constructor(session: Asking) {
    this.#session = session;
  }

  add(id: string, listener: (here: boolean) => void): () => void {
    const watch = { id, listener };
    this.#watches.add(watch);
    this.#ask(watch);
    return () => {
      this.#watches.delete(watch);
    };
  }

  askAgain(): void {
    for (const watch of this.#watches) this.#ask(watch);
  }

  tell({ issuanceId, here }: { issuanceId: string; here: boolean }): void {
    for (const watch of this.#watches) {
      if (watch.id !== issuanceId || watch.here === here) continue;
      watch.here = here;
      callSafely(
        () => watch.listener(here),
        (error) => this.#session.report(error),
      );
    }
  }

  #ask({ id: issuanceId }: Watch): void {
    // Of what has ended there is nothing more to tell; what failed otherwise is asked with the next connection.
    this.#session.outbox
      .ask("presence:watch", { issuanceId }, {}, ({ here }) => this.tell({ issuanceId, here }))
      .catch(() => undefined);
  }
}
