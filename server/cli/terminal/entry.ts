/** A line of the terminal's list: an issuance or a voucher, what happened to it, and what a person can do. */
import { isTallystickError } from "@tallystick/client";
import type { CommandName, VoucherCommandName } from "@tallystick/protocol";

/** How a line of the log is shown. */
export type Tone = "own" | "other" | "good" | "bad";

export interface LogLine {
  /** Milliseconds since the epoch. */
  at: number;
  text: string;
  tone: Tone;
}

/** A command on what is there already. */
export type EntryCommand = Exclude<CommandName, "payer:request"> | VoucherCommandName;

export interface Action {
  key: string;
  command: EntryCommand;
  label: string;
  /** The drawing that it decides. */
  drawingId?: string;
}

/** What a person adds to a command. */
export interface CommandInput {
  account?: { number: string; holder: string };
  reason?: string;
  /** Minor units. */
  amount?: number;
  final?: boolean;
  drawingId?: string;
}

/** How a command is sent: again with the same values it is the same intent. */
export interface Intent {
  commandId: string;
  /** What the person saw when the key was pressed; the hub refuses when it has moved on since. */
  ifVersion: number;
}

/** What an entry waits for. */
export interface Waiting {
  forMe: boolean;
  /** Milliseconds since the epoch. */
  until?: number | undefined;
}

/** What all snapshots have. */
interface Facts {
  version: number;
  state: string;
  amount: number;
  currency: string;
}

/** An object of the SDK's, as far as an entry follows it. */
interface Followed<E> {
  readonly id: string;
  on(listener: (event: E) => void): () => void;
  events(options: { from: number }): AsyncIterable<E>;
}

export abstract class Entry<E extends { version: number } = { version: number }> {
  readonly subject: Followed<E>;
  /** What happened, the oldest first. */
  readonly lines: LogLine[];
  /** The command on its way. */
  pending: EntryCommand | undefined;
  #from: number;

  /**
   * @param lines what happened before.
   * @param from the version of the first event that is to be told.
   */
  constructor(subject: Followed<E>, lines: LogLine[] = [], from = 1) {
    this.subject = subject;
    this.lines = lines;
    this.#from = from;
  }

  get id(): string {
    return this.subject.id;
  }

  abstract get snapshot(): Facts;
  abstract get ended(): boolean;
  /** One party may have several. */
  abstract get roles(): readonly string[];
  /** The party on the other side; oneself when one is both. */
  abstract get other(): string;
  abstract get waiting(): Waiting | undefined;
  /** What is left of it, in the list, while it waits for nothing of this person's; empty when that is no question. */
  abstract get rest(): string;
  /** What it is, above its story: the first line is the most important. */
  abstract heads(now: number): string[];
  protected abstract get allowed(): Action[];
  protected abstract hear(event: E): void;
  /** @throws TallystickError as the SDK does. */
  abstract send(command: EntryCommand, input: CommandInput, intent: Intent): Promise<void>;

  get actions(): Action[] {
    return this.pending ? [] : this.allowed;
  }

  /** True while a command can still be sent as it was shown. */
  allows({ command, drawingId }: Action): boolean {
    return this.actions.some((action) => action.command === command && action.drawingId === drawingId);
  }

  /** Follows it to its end: all its events so far, and each that comes. */
  async follow(changed: () => void): Promise<void> {
    for (;;) {
      try {
        for await (const event of this.subject.events({ from: this.#from })) {
          this.#from = event.version + 1;
          this.hear(event);
          changed();
        }
        return;
      } catch (error) {
        if (isTallystickError(error, "disconnected")) return;
        // While the hub is out of reach the SDK asks again for half a minute, and so does this.
        if (isTallystickError(error) && error.retryable) continue;
        this.complain(error instanceof Error ? error.message : String(error));
        changed();
        return;
      }
    }
  }

  /** Shows what went wrong, among what happened. */
  complain(text: string): void {
    this.lines.push({ at: Date.now(), text, tone: "bad" });
  }
}
