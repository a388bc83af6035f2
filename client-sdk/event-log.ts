/** What a terminal knows of one issuance or voucher: a snapshot that grows by events, each once and in order. */
import { abandonError, abortable, type WaitOptions } from "./abortable.ts";
import { callSafely } from "./call.ts";
import { TallystickError } from "./errors.ts";
import type { EventOn, Kind, Noun, SnapshotOn } from "./kind.ts";
import type { Outbox } from "./outbox.ts";
import type { QueryPayloads, VoucherQueryPayloads } from "./wire.ts";

/** What a log needs of its terminal. */
export interface LogSession {
  readonly outbox: Outbox;
  /** An error that no caller waits for. */
  report(error: unknown): void;
  /** Is told when a log has heard something, or has ended. */
  readonly followed: {
    onLogChanged(log: AnyLog): void;
    /** The store's clock, milliseconds since the epoch. */
    now(): number;
    mayBeLetGo(log: AnyLog): boolean;
    load<N extends Noun>(kind: Kind<N>, id: string, options?: WaitOptions): Promise<EventLog<N>>;
  };
}

/** The codes that answer a terminal which knows more than the store does. */
const STORE_BEHIND = /not_found|rolled_back/;

type SyncPayload = QueryPayloads["issuance:sync"] & VoucherQueryPayloads["voucher:sync"];
type SyncAnswer<N extends Noun> = { events: EventOn<N>[] } & Record<N, SnapshotOn<N>>;

/** Asks the hub for the events after a version, and for the snapshot; see `Outbox.ask`. */
export function askEvents<N extends Noun, T>(
  outbox: Outbox,
  { noun }: Kind<N>,
  { id, ...known }: { id: string; after: number; digest?: string | undefined },
  options: WaitOptions | undefined,
  onAnswer: (events: EventOn<N>[], snapshot: SnapshotOn<N>) => T,
): Promise<T> {
  const question = { [`${noun}Id`]: id, ...known } as unknown as SyncPayload;
  return outbox.ask(`${noun}:sync`, question, options, (synced) => {
    const { events, [noun]: snapshot } = synced as unknown as SyncAnswer<N>;
    return onAnswer(events, snapshot);
  });
}

/** Is called with what it has a method for, until the end. */
export interface Watcher<N extends Noun> {
  event?(event: EventOn<N>, snapshot: SnapshotOn<N>): void;
  /** Whether the other side is here. */
  presence?(here: boolean): void;
  /** There will be no more before the end, for this reason. */
  failed?(error: TallystickError): void;
}

/** A log of either kind. */
export type AnyLog = EventLog<Noun>;

export class EventLog<N extends Noun> {
  readonly kind: Kind<N>;
  readonly id: string;
  readonly session: LogSession;
  /** When it is synced in any case, on the clock of `performance.now`; the resync timer looks at it. */
  resyncAt = 0;
  /** True when this connection is in its room, so that its events come live. */
  inRoom = false;
  /** While it is brought up to date over a new connection: what was asked on an older view waits for that. */
  catchingUp: Promise<void> | undefined;
  /** When the newest event happened, and when the hub was last heard to have it, milliseconds since the epoch. */
  lastEventAt = 0;
  confirmedAt = 0;
  /** Why this log is no longer kept, when that is not its end. */
  failure: TallystickError | undefined;
  #snapshot: SnapshotOn<N> | undefined;
  #watchers: Set<Watcher<N>> | undefined;
  #syncing: Promise<void> | undefined;
  #syncAgain = false;
  /** How many wait for a sync. */
  #callers = 0;

  constructor(kind: Kind<N>, id: string, session: LogSession) {
    this.kind = kind;
    this.id = id;
    this.session = session;
  }

  /** The version that is known; 0 before the first event. */
  get version(): number {
    return this.#snapshot?.version ?? 0;
  }

  /** No event will come any more. */
  get over(): boolean {
    return this.#snapshot !== undefined && this.kind.isOver(this.#snapshot);
  }

  /** There is one as soon as anybody outside the SDK can see the log. */
  get snapshot(): SnapshotOn<N> {
    return this.#snapshot as SnapshotOn<N>;
  }

  /**
   * The one way in for every event, live or from an acknowledgement. The next one is applied, an older one
   * is known already, and a later one shows a gap, which a sync fills. Another one under the version that is
   * known, or a next one that does not follow it, shows that the store went back in time, of which a sync
   * tells the hub.
   */
  receive(event: EventOn<N>): void {
    const { version, digest } = event;
    const known = this.version;
    if (version < known) return;
    this.#apply(event);
    // What comes next is told in the room alone; who is not in it has to sync to join it.
    const mustJoin = version > known && !this.inRoom && !this.over && this.kind.isToldInRoom(event.state);
    if (mustJoin || digest !== this.#snapshot?.digest) {
      void this.refresh();
    }
  }

  /**
   * Brings the log up to date, one sync at a time. Asked for while one is on its way, another follows. It
   * goes on when its caller stops waiting, since others may wait for the same.
   */
  sync(options: WaitOptions = {}): Promise<void> {
    return abortable(options, abandonError(`The sync of ${this.id}`), (resolve, reject) => {
      this.#callers += 1;
      this.#start().then(resolve, reject);
      return () => {
        this.#callers -= 1;
      };
    });
  }

  /** The same, where nobody waits for it. If it fails, the next one asks again. */
  refresh(): Promise<void> {
    return this.#start().catch(() => undefined);
  }

  #start(): Promise<void> {
    this.#syncAgain = this.#syncing !== undefined;
    this.#syncing ??= this.#sync().finally(() => {
      this.#syncing = undefined;
      this.session.followed.onLogChanged(this);
    });
    return this.#syncing;
  }

  /** The events after a version, from the hub. What is new among them is applied as well. */
  fetch(after: number, options?: WaitOptions): Promise<EventOn<N>[]> {
    // The digest shows a store that went back in time and has gone on since.
    const isNewest = after === this.version && !this.session.followed.mayBeLetGo(this);
    const digest = isNewest ? this.#snapshot?.digest : undefined;
    const { id, kind } = this;
    return askEvents(this.session.outbox, kind, { id, after, digest }, options, (events, { forgotten }) => {
      this.inRoom = true;
      this.#hear();
      for (const event of events) this.#apply(event);
      // No event tells that what people had written in them was blanked.
      if (forgotten && this.#snapshot) this.#snapshot = { ...this.#snapshot, forgotten };
      return events;
    });
  }

  #hear(): void {
    this.confirmedAt = this.session.followed.now();
  }

  /** Tells a watcher from now on; returns what ends that. */
  watch(watcher: Watcher<N>): () => void {
    if (this.failure) watcher.failed?.(this.failure);
    this.#watchers ??= new Set();
    this.#watchers.add(watcher);
    return () => {
      this.#watchers?.delete(watcher);
    };
  }

  /**
   * Asks the hub whether the other side is here, where somebody wants to know. It is asked for once more over each new
   * connection, since the hub tells it unversioned. Of what has ended there is nothing more to tell.
   */
  askPresence(): void {
    if (![...(this.#watchers ?? [])].some(({ presence }) => presence)) return;
    this.session.outbox
      .ask("presence:watch", { issuanceId: this.id }, {}, ({ here }) => this.tellPresence(here))
      .catch(() => undefined);
  }

  tellPresence(here: boolean): void {
    for (const watcher of [...(this.#watchers ?? [])]) watcher.presence?.(here);
  }

  /**
   * No more will be known here: whoever waits is told why, or where nobody does, whoever listens for errors. That the
   * hub has let go of it is no error.
   */
  fail(error: TallystickError): void {
    this.failure = error;
    const waiting = [...(this.#watchers ?? [])].filter(({ failed }) => failed);
    this.#watchers = undefined;
    for (const watcher of waiting) watcher.failed?.(error);
    const isHeard = waiting.length > 0 || this.#callers > 0;
    if (!isHeard && !this.session.followed.mayBeLetGo(this)) this.session.report(error);
  }

  async #sync(): Promise<void> {
    do {
      this.#syncAgain = false;
      try {
        await this.fetch(this.version);
      } catch (error) {
        // The hub no longer has what it told of before, so nothing more will come.
        if (this.version > 0 && error instanceof TallystickError && STORE_BEHIND.test(error.code)) {
          const { kind, id } = this;
          const details = { ...error.details, [`${kind.noun}Id`]: id };
          this.fail(Object.assign(error, { details, [kind.noun]: this.#snapshot }));
        }
        throw error;
      }
    } while (this.#syncAgain && !this.over);
  }

  /** Applies the next event; another one changes nothing. A digest starts with the end of the one before it. */
  #apply(event: EventOn<N>): void {
    const follows = event.digest.startsWith(this.#snapshot?.digest.slice(6) ?? "");
    if (event.version !== this.version + 1 || !follows) return;
    const snapshot = this.kind.fold(this.#snapshot, event);
    this.#snapshot = snapshot;
    this.lastEventAt = event.at;
    this.#hear();
    this.session.followed.onLogChanged(this);
    if (!this.#watchers) return;
    for (const watcher of [...this.#watchers]) {
      callSafely(
        () => watcher.event?.(event, snapshot),
        (error) => this.session.report(error),
      );
    }
    if (this.over) this.#watchers = undefined;
  }
}
