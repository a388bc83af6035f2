/**
 * The issuances and vouchers that a terminal follows until nothing more is to come. Any message can be lost on its
 * way, and the one that comes last leaves no gap behind that would show it; so each is synced now and then.
 */
import type { WaitOptions } from "./abortable.ts";
import { Ended } from "./ended.ts";
import type { TallystickError } from "./errors.ts";
import { type AnyLog, EventLog, type LogSession } from "./event-log.ts";
import { ISSUANCE } from "./issuance-kind.ts";
import { type EventOn, idOf, type Kind, type Noun } from "./kind.ts";
import type { IssuanceEvent } from "./wire.ts";

/** The hub gets this long to tell of a passed deadline by itself, milliseconds. */
const DEADLINE_GRACE_MS = 1000;
/** What is calm is synced so many times less often. */
const CALM = 10;
/** How often those that are due are looked for within one resync interval. */
const CHECKS_PER_INTERVAL = 30;

export class Followed {
  readonly #session: LogSession;
  readonly #resyncIntervalMs: number;
  readonly #logs = new Map<string, AnyLog>();
  /** How many requests are open whose issuances are not known yet. */
  #expected = 0;
  /** The last event of each issuance that was told meanwhile and is not followed: it may be one of those. */
  readonly #early = new Map<string, IssuanceEvent>();
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
   * Runs a request for a new issuance. Its id comes with the answer, and an event of it may come sooner, told
   * by another hub or in another order than it was sent; until the request is over, such an event is kept.
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
    if (this.#expected > 0) this.#early.set(id, event as IssuanceEvent);
    if (kind.hasEnded(event.state)) this.ended.add(id, event);
  }

  /** The log of an issuance that this terminal has requested, with all that was told of it so far. */
  followRequested(requested: IssuanceEvent): EventLog<"issuance"> {
    const log = this.follow(ISSUANCE, requested.issuanceId);
    log.inRoom = true;
    log.receive(requested);
    const early = this.#early.get(log.id);
    // One that is not the next shows a gap, and the log syncs.
    if (early) log.receive(early);
    return log;
  }

  /** The log of what only the id is known of, once the hub has told the rest. */
  async load<N extends Noun>(kind: Kind<N>, id: string, options?: WaitOptions): Promise<EventLog<N>> {
    // It is followed from the start, so that nothing is missed that comes before the sync's answer.
    const log = this.follow(kind, id);
    if (log.version === 0) await log.sync(options);
    return log;
  }

  /** Everything that is followed is synced, and what has ended is shown: something may have been missed, or lost. */
  resync(): void {
    for (const log of this.#logs.values()) {
      const caughtUp = this.#sync(log).then(() => {
        if (log.catchingUp === caughtUp) log.catchingUp = undefined;
      });
      log.catchingUp = caughtUp;
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
    log.confirmedAt = this.now();
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
      for (const log of this.#logs.values()) if (log.resyncAt < now) void this.#sync(log);
    }, this.#resyncIntervalMs / CHECKS_PER_INTERVAL);
    // In Node, a terminal that only watches does not keep the process alive.
    (this.#timer as { unref?(): void }).unref?.();
  }

  /** What fails is due again later; a log that is lost for good has told whoever waits. */
  #sync(log: AnyLog): Promise<void> {
    log.resyncAt = performance.now() + this.#resyncIntervalMs;
    return log.sync().catch(() => undefined);
  }
}
