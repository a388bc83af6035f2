/** What waits for this party's word: each such thing reaches the terminal's handlers once, however often it is told. */
import { callSafely } from "./call.ts";
import type { Session } from "./session.ts";

/** How many of those that are over are remembered, in case one is told again. */
const REMEMBERED = 1000;

/**
 * @typeParam L a line of the hub's list in which they are found.
 * @typeParam T what the handlers are called with.
 */
export abstract class Watch<L, T> {
  protected readonly session: Session;
  readonly #intervalMs: number;
  readonly #handlers = new Set<(item: T) => void | Promise<void>>();
  /** What is told once can be lost, and leaves no gap that would show it: so it is asked for as well. */
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Those that the handlers have had, oldest first, and of which issuance or voucher each is. */
  readonly #delivered = new Map<string, string>();

  /** @param intervalMs how long something that was not told may stay unseen. */
  constructor(session: Session, intervalMs: number) {
    this.session = session;
    this.#intervalMs = intervalMs;
  }

  /** Asks the hub for all that there may be. */
  protected abstract list(): AsyncIterable<L>;

  /** Hands out what a line of the list shows to wait. */
  protected abstract look(line: L): Promise<void>;

  /** Adds a handler; returns what takes it away again. */
  add(handler: (item: T) => void | Promise<void>): () => void {
    this.#handlers.add(handler);
    this.#timer ??= setInterval(() => this.ask(), this.#intervalMs);
    // In Node, a terminal that only watches does not keep the process alive.
    (this.#timer as { unref?(): void }).unref?.();
    void this.deliverWaiting();
    return () => {
      this.#handlers.delete(handler);
      if (this.#handlers.size === 0) this.close();
    };
  }

  /** Asks the hub for what was not told, unless nobody waits for any. */
  ask(): void {
    // What fails now is asked again after the next interval.
    if (this.session.connected) void this.#deliver(this.list()).catch(() => undefined);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /**
   * What came while nobody listened is handed out. One is asked for after the other, so that a thousand of them do
   * not meet the hub's rate limit.
   *
   * @param lines where they are known; unless given, the hub is asked.
   */
  async deliverWaiting(lines: Iterable<L> | AsyncIterable<L> = this.list()): Promise<void> {
    await this.#deliver(lines).catch((error) => this.session.report(error));
  }

  async #deliver(lines: Iterable<L> | AsyncIterable<L>): Promise<void> {
    if (!this.watched) return;
    for await (const line of lines) await this.look(line);
  }

  /** Somebody waits for what is found. */
  protected get watched(): boolean {
    return this.#handlers.size > 0;
  }

  /** Somebody waits for it, and has not had it. */
  protected isNew(key: string): boolean {
    return this.watched && !this.#delivered.has(key);
  }

  /** Hands something out, unless it has been. `of` is the issuance or voucher that it is of. */
  protected hand(key: string, of: string, make: () => T): void {
    if (!this.isNew(key)) return;
    this.#delivered.set(key, of);
    for (const [old, oldOf] of this.#delivered) {
      if (this.#delivered.size <= REMEMBERED) break;
      if (!this.session.followed.get(oldOf)) this.#delivered.delete(old);
    }
    for (const handler of this.#handlers) {
      callSafely(
        () => handler(make()),
        (error) => this.session.report(error),
      );
    }
  }
}
