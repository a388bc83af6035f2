/**
 * The issuances and vouchers that a terminal follows until nothing more is to come. Any message can be lost on its
 * way, and the one that comes last leaves no gap behind that would show it; so each is synced now and then.
 */
import { isVoucherId } from "@tallystick/protocol/ids";
import type { WaitOptions } from "./abortable.ts";
import { Ended } from "./ended.ts";
import { TallystickError } from "./errors.ts";
import { type AnyLog, askEvents, EventLog, type LogSession } from "./event-log.ts";
import { type EventOn, idOf, type Kind, type Noun, type SnapshotOn } from "./kind.ts";
import { Turns } from "./turns.ts";

/** The hub gets this long to tell of a passed deadline by itself, milliseconds. */
const DEADLINE_GRACE_MS = 1000;
/** What is calm is synced so many times less often. */
const CALM = 10;
/** So many are kept of the events that may be of what has been asked for and not been answered yet. */
const EARLY = 1000;
/** So many are synced at once: hundreds would be a flood, and the hub cuts off whoever sends one. */
const SYNCED_AT_ONCE = 32;
/** How often those that are due are looked for within one resync interval. */
const CHECKS_PER_INTERVAL = 30;

export class Followed {
  readonly #session: LogSession;
  readonly #resyncIntervalMs: number;
  readonly #logs = new Map<string, AnyLog>();
  readonly #turns = new Turns(SYNCED_AT_ONCE);
  /** Those that a resync has asked for and whose turn has not come. */
  readonly #waiting = new Set<AnyLog>();
  /** How many questions are open whose answers may bring something to follow. */
  #expected = 0;
  /** The last event of each that was told meanwhile and is not followed: it may be one of those. The oldest first. */
  readonly #early = new Map<string, EventOn<Noun>>();
  /** One timer serves all; there is none when nothing is followed. */
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The store's clock when `performance.now` was 0, so that a clock set anew does no harm. */
  epoch = 0;
  readonly ended: Ended;

  constructor(session: LogSession, resyncIntervalMs: number) {
    this.#session = session;
    this.ended = new Ended(session);
    this.#resyncIntervalMs = resyncIntervalMs;
  }

  get(id: string): AnyLog | undefined {
    return this.#logs.get(id);
  }

  /** The log of what has this id, which is followed from now on. */
  follow<N extends Noun>(kind: Kind<N>, id: string): EventLog<N> {
    let log = this.#logs.get(id) as EventLog<N> | undefined;
    if (!log) {
      log = new EventLog(kind, id, this.#session);
      this.#logs.set(id, log);
      this.#startTimer();
    }
    return log;
  }

  /**
   * Asks for what may be followed then. An event of it may come sooner than the answer, told by another hub or in
   * another order than it was sent; until the answer is there, such an event is kept.
   */
  async expect<T>(request: () => Promise<T>): Promise<T> {
    this.#expected += 1;
    try {
      return await request();
    } finally {
      this.#expected -= 1;
      if (this.#expected === 0) this.#early.clear();
    }
  }

  /** An event of what is not followed. */
  onUnfollowedEvent<N extends Noun>(kind: Kind<N>, event: EventOn<N>): void {
    const id = idOf(event);
    if (this.#expected > 0) {
      this.#early.delete(id);
      this.#early.set(id, event);
      if (this.#early.size > EARLY) this.#early.delete(this.#early.keys().next().value as string);
    }
    if (kind.hasEnded(event.state)) this.ended.add(id, event);
  }

  /** The log of what an answer to this terminal tells the events of, with all that was told of it so far. */
  begin<N extends Noun>(kind: Kind<N>, id: string, events: readonly EventOn<N>[]): EventLog<N> {
    const log = this.follow(kind, id);
    log.inRoom = true;
    for (const event of events) log.receive(event);
    const early = this.#early.get(id) as EventOn<N> | undefined;
    // One that is not the next shows a gap, and the log syncs.
    if (early) log.receive(early);
    return log;
  }

  /** The log of what is as wanted. Others are not followed for having been looked at. */
  find<N extends Noun>(
    kind: Kind<N>,
    id: string,
    isWanted: (snapshot: SnapshotOn<N>) => boolean,
    options: WaitOptions,
  ): Promise<EventLog<N> | undefined> {
    return this.expect(() =>
      askEvents(this.#session.outbox, kind, { id, after: 0 }, options, (events, snapshot) =>
        isWanted(snapshot) ? this.begin(kind, id, events) : undefined,
      ),
    );
  }

  /** The log of what only the id is known of, once the hub has told the rest. */
  async load<N extends Noun>(kind: Kind<N>, id: string, options?: WaitOptions): Promise<EventLog<N>> {
    if (isVoucherId(id) !== (kind.noun === "voucher"))
      throw new TallystickError("invalid_request", `${id} is no ${kind.noun}'s id.`);
    // It is followed from the start, so that nothing is missed that comes before the sync's answer.
    const log = this.follow(kind, id);
    if (log.version === 0) await log.sync(options);
    return log;
  }

  /** Everything that is followed is synced, and what has ended is shown: something may have been missed, or lost. */
  resync(): void {
    for (const log of this.#logs.values()) {
      if (this.#waiting.has(log)) continue;
      this.#waiting.add(log);
      const caughtUp = this.#turns.take(() => this.#catchUp(log));
      log.catchingUp = caughtUp;
      void caughtUp.then(() => {
        if (log.catchingUp === caughtUp) log.catchingUp = undefined;
      });
    }
    void this.ended.show(this.now());
  }

  /** The store's clock, milliseconds since the epoch. */
  now(): number {
    return performance.now() + this.epoch;
  }

  /** The hub has let go of it, or may have, if it ended right after it was last heard of. */
  mayBeLetGo(log: AnyLog): boolean {
    return this.now() > log.confirmedAt + 0.9 * this.ended.retentionMs;
  }

  /** The connection is lost, and with it its place in the rooms. */
  disconnected(): void {
    for (const log of this.#logs.values()) log.inRoom = false;
  }

  close(reason: TallystickError): void {
    for (const log of this.#logs.values()) log.fail(reason);
    this.#logs.clear();
    clearInterval(this.#timer);
  }

  /** A log has heard something: it is due again later, or no longer followed. */
  onLogChanged(log: AnyLog): void {
    if (log.over || log.failure || log.version === 0) {
      if (log.over) this.ended.add(log.id, { ...log.snapshot, at: log.lastEventAt });
      if (this.#logs.get(log.id) === log) this.#logs.delete(log.id);
      if (this.#logs.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else {
      const { kind, snapshot } = log;
      const now = performance.now();
      // With chance in it, terminals that began together do not ask together for ever.
      const resyncAt =
        now + this.#resyncIntervalMs * (0.75 + Math.random() / 2) * (kind.isCalm(snapshot) ? CALM : 1);
      const endsAt = (kind.dueAt(snapshot) ?? Number.POSITIVE_INFINITY) - this.epoch + DEADLINE_GRACE_MS;
      // Whatever is still not done once that has passed waits for something else.
      log.resyncAt = endsAt < now ? resyncAt : Math.min(resyncAt, Math.max(now + DEADLINE_GRACE_MS, endsAt));
    }
  }

  #startTimer(): void {
    this.#timer ??= setInterval(() => {
      const now = performance.now();
      for (const log of this.#logs.values()) {
        if (log.resyncAt > now || this.#waiting.has(log)) continue;
        // Once is enough, however long its turn is in coming.
        log.resyncAt = now + this.#resyncIntervalMs;
        void this.#turns.take(() => this.#refresh(log));
      }
    }, this.#resyncIntervalMs / CHECKS_PER_INTERVAL);
    // In Node, a terminal that only watches does not keep the process alive.
    (this.#timer as { unref?(): void }).unref?.();
  }

  #catchUp(log: AnyLog): Promise<void> {
    this.#waiting.delete(log);
    const over = this.#refresh(log);
    log.askPresence();
    return over;
  }

  #refresh(log: AnyLog): Promise<void> {
    // It may have ended while it waited.
    if (this.#logs.get(log.id) !== log) return Promise.resolve();
    log.resyncAt = performance.now() + this.#resyncIntervalMs;
    return log.refresh();
  }
}
