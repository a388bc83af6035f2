/** What an issuance and a voucher have in common on the page: what is known, what was asked, and what came of it. */

import { type ReadonlySignal, signal } from "@preact/signals";
import { isTallystickError, newCommandId, type TallystickError } from "@tallystick/client";

/** A command that is on its way, and whether nobody knows yet what became of it. */
export interface Pending {
  command: string;
  since: number;
  /** How often it was given up for lost and sent again. */
  tries: number;
}

/** A command that was refused, with what it was about. */
export interface Refused {
  command: string;
  error: TallystickError;
  /** What was asked with it, to be filled in again. */
  input: Input;
}

/** What a command takes besides what it is about. */
export interface Input {
  account?: { number: string; holder: string };
  /** What the account is, where it was chosen among the party's own. */
  label?: string;
  amount?: number;
  final?: boolean;
  reason?: string;
  drawingId?: string;
}

/** The same intent has one id however often it is sent, and names the version that it was decided on. */
export interface Intent {
  commandId: string;
  ifVersion: number;
}

/** Whose step it is. */
export type Turn = "mine" | "theirs" | "nobody";

/** A step of what has happened, as an event tells it. */
interface Told {
  readonly version: number;
  readonly at: number;
}

export abstract class Item<E extends Told> {
  abstract readonly kind: "issuance" | "voucher";
  readonly id: string;
  /** It had ended before it was looked at, or has been cleared away: it is looked for in the history. */
  readonly isHistory = signal(false);
  /** All events, in order. */
  readonly events = signal<readonly E[]>([]);
  /** The versions that came while nobody looked. */
  readonly unseen = signal<ReadonlySet<number>>(new Set());
  readonly pending = signal<Pending | undefined>(undefined);
  readonly refused = signal<Refused | undefined>(undefined);
  /** Somebody has shown that the store went back behind this: nothing goes forward until an operator has decided. */
  readonly fenced = signal(false);
  /** Why no more can be known of it: the store has gone back behind it. */
  readonly lost = signal<TallystickError | undefined>(undefined);
  readonly #isSeen: (at: number) => boolean;
  #known: number;

  /**
   * @param known the version that there was when it was taken up: what came before is no news.
   * @param isSeen true when somebody saw it happen, at this time on the hub's clock.
   */
  constructor(id: string, known: number, isSeen: (at: number) => boolean) {
    this.id = id;
    this.#known = known;
    this.#isSeen = isSeen;
  }

  abstract readonly turn: ReadonlySignal<Turn>;
  /** When the wait that it is in ends, milliseconds since the epoch. */
  abstract readonly until: ReadonlySignal<number | undefined>;
  abstract readonly ended: ReadonlySignal<boolean>;
  protected abstract dispatch(command: string, input: Input, intent: Intent): Promise<unknown>;
  protected abstract get version(): number;

  /** Hears all that happens, from its beginning to its end. */
  protected async hearAll(events: AsyncIterable<E>): Promise<void> {
    try {
      for await (const event of events) this.#hear(event);
    } catch (error) {
      if (isTallystickError(error) && error.code !== "disconnected" && error.code !== "aborted")
        this.lost.value = error;
    }
  }

  #hear(event: E): void {
    // It has gone on, so that it is free again.
    if (event.version > this.#known) this.fenced.value = false;
    if (event.version > this.#known && !this.#isSeen(event.at))
      this.unseen.value = new Set([...this.unseen.value, event.version]);
    this.#known = Math.max(this.#known, event.version);
    this.events.value = [...this.events.value, event];
  }

  /** The person has seen what there is. */
  see(): void {
    if (this.unseen.value.size > 0) this.unseen.value = new Set();
  }

  /**
   * Sends a command until it is answered, over lost connections and for as long as it takes: the hub does it once. A refusal
   * is kept for the person to read.
   *
   * @returns true when it was done.
   */
  async send(command: string, input: Input = {}): Promise<boolean> {
    if (this.pending.value) return false;
    const intent: Intent = { commandId: newCommandId(), ifVersion: this.version };
    this.refused.value = undefined;
    const since = Date.now();
    for (let tries = 0; ; tries += 1) {
      this.pending.value = { command, since, tries };
      try {
        await this.dispatch(command, input, intent);
        this.pending.value = undefined;
        return true;
      } catch (error) {
        if (!isTallystickError(error)) throw error;
        if (error.retryable && error.code !== "disconnected") continue;
        this.pending.value = undefined;
        if (error.code === "rolled_back") this.fenced.value = true;
        else this.refused.value = { command, error, input };
        return false;
      }
    }
  }
}
