/** What waits for this party's word: each such thing reaches the terminal's handlers once, however often it is told. */
import type { SessionReady } from "@tallystick/protocol";
import { callSafely } from "./call.ts";
import type { EventLog } from "./event-log.ts";
import { type EventOn, idOf, type Kind, type Noun, type SnapshotOn } from "./kind.ts";
import { type Line, pagesOf } from "./pages.ts";
import type { Session } from "./session.ts";

/** How many of those that are over are remembered, in case one is told again. */
const REMEMBERED = 1000;
/** So many issuances, or vouchers, are remembered as looked at. */
const LOOKED_AT = 100_000;
/** What can't be looked at for so long is passed over until the next time: it holds up no others. */
const PATIENCE = { timeoutMs: 5000 };

/** What a watch looks for in issuances, or in vouchers. `party` is the terminal's own. */
export interface Wanted<N extends Noun, T> {
  readonly kind: Kind<N>;
  /** The id of the issuance or voucher that an event shows to have something that may wait. */
  told(event: EventOn<Noun>, party: string): string | undefined;
  /** True for a line of the hub's list that may have something that waits. */
  isListed(line: Line<N>): boolean;
  /** The keys of all in it that waits, which nothing else has. */
  waiting(snapshot: SnapshotOn<N>, party: string): string[];
  /** What handlers are called with for a key. */
  make(log: EventLog<N>, key: string, party: string): T;
}

export class Watch<N extends Noun, T> {
  readonly #session: Session;
  readonly #intervalMs: number;
  readonly #wanted: Wanted<N, T>;
  readonly #handlers = new Set<(item: T) => void | Promise<void>>();
  /** What is told once can be lost, and leaves no gap that would show it: so it is asked for as well. */
  #timer: ReturnType<typeof setInterval> | undefined;
  #isAsking = false;
  #isAskedAgain = false;
  /** The versions at which those in the hub's list were looked at, and had nothing that waits. */
  readonly #looked = new Map<string, number>();
  /** Those that the handlers have had, oldest first, and of which issuance or voucher each is. */
  readonly #delivered = new Map<string, string>();

  /** @param intervalMs how long something that was not told may stay unseen. */
  constructor(session: Session, intervalMs: number, wanted: Wanted<N, T>) {
    this.#session = session;
    this.#intervalMs = intervalMs;
    this.#wanted = wanted;
  }

  /** Adds a handler; returns what takes it away again. */
  add(handler: (item: T) => void | Promise<void>): () => void {
    this.#handlers.add(handler);
    if (!this.#session.closed) this.#timer ??= setInterval(() => this.ask(), this.#intervalMs);
    // In Node, a terminal that only watches does not keep the process alive.
    (this.#timer as { unref?(): void } | undefined)?.unref?.();
    this.ask();
    return () => {
      this.#handlers.delete(handler);
      if (this.#handlers.size === 0) this.close();
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** A session has begun, and tells the newest. */
  onReady({ open, more, vouchers, moreVouchers }: SessionReady): void {
    const [lines, areMore] = this.#wanted.kind.noun === "issuance" ? [open, more] : [vouchers, moreVouchers];
    void this.ask(areMore ? undefined : (lines as Line<N>[]));
  }

  /** An event that was told, of whatever it is. What fails is found by the list after the next interval. */
  onEvent(event: EventOn<Noun>): void {
    const { party, followed } = this.#session;
    const { kind, told } = this.#wanted;
    const id = told(event, party);
    if (!id || !this.#isNew(id)) return;
    // The first event tells all there is.
    if (event.version === 1 && id === idOf(event)) followed.follow(kind, id).receive(event as EventOn<N>);
    void this.#take(id, event.version).catch(() => undefined);
  }

  /**
   * Hands out what waits, unless nobody listens. One is asked for after the other, so that a thousand of them do not
   * meet the hub's rate limit. What fails is asked again after the next interval, and holds up no others.
   *
   * @param lines where they are known; unless given, the hub is asked.
   */
  async ask(lines: Iterable<Line<N>> | AsyncIterable<Line<N>> = this.#list()): Promise<void> {
    this.#isAskedAgain = this.#isAsking;
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      for await (const line of lines) {
        if (!this.#isWatched) break;
        await this.#look(line).catch(() => undefined);
      }
    } catch {
      // The list itself could not be had.
    }
    this.#isAsking = false;
    if (this.#isAskedAgain) void this.ask();
  }

  async *#list(): AsyncGenerator<Line<N>> {
    const { outbox, connected } = this.#session;
    if (connected && this.#isWatched) yield* pagesOf(outbox, this.#wanted.kind.noun);
  }

  async #look(line: Line<N>): Promise<void> {
    const id = idOf(line);
    const { version } = line;
    if (!this.#wanted.isListed(line) || this.#looked.get(id) === version) return;
    // What has something that waits is followed from then on, and looking at it again costs nothing.
    if (await this.#take(id, version)) return;
    if (this.#looked.size > LOOKED_AT) this.#looked.clear();
    this.#looked.set(id, version);
  }

  /** Answers whether something of it waits, new or not. */
  async #take(id: string, version: number): Promise<boolean> {
    const { party, followed } = this.#session;
    const { kind, waiting } = this.#wanted;
    const isWanted = (snapshot: SnapshotOn<N>) => waiting(snapshot, party).length > 0;
    let log = followed.get(id) as EventLog<N> | undefined;
    if (!log?.version) log = await followed.find(kind, id, isWanted, PATIENCE);
    else if (log.version < version) await log.sync(PATIENCE);
    const keys = log ? waiting(log.snapshot, party) : [];
    for (const key of keys) this.#hand(key, log as EventLog<N>);
    return keys.length > 0;
  }

  get #isWatched(): boolean {
    return this.#handlers.size > 0;
  }

  /** Somebody waits for it, and has not had it. */
  #isNew(key: string): boolean {
    return this.#isWatched && !this.#delivered.has(key);
  }

  /** Hands something out, unless it has been. */
  #hand(key: string, log: EventLog<N>): void {
    if (!this.#isNew(key)) return;
    this.#delivered.set(key, log.id);
    // Two are looked at for each that is added: so those that are over never grow many, and thousands that live cost nothing.
    let looks = 2;
    for (const [old, of] of this.#delivered) {
      if (this.#delivered.size <= REMEMBERED || looks === 0) break;
      looks -= 1;
      this.#delivered.delete(old);
      if (this.#session.followed.get(of)) this.#delivered.set(old, of);
    }
    for (const handler of this.#handlers) {
      callSafely(
        () => handler(this.#wanted.make(log, key, this.#session.party)),
        (error) => this.#session.report(error),
      );
    }
  }
}
