/** An issuance or a voucher as an object that stays current: what all roles can see of it and wait for. */
import type { AnyMessageName } from "@tallystick/protocol";
import type { WaitOptions } from "./abortable.ts";
import { newCommandId } from "./command-id.ts";
import { TallystickError } from "./errors.ts";
import type { EventLog } from "./event-log.ts";
import { eventsOf } from "./events.ts";
import { INSPECT, type Inspect } from "./inspect.ts";
import type { CommandsOn, EventOn, Noun, SnapshotOn, StateOn } from "./kind.ts";
import { until } from "./until.ts";
import type { DurabilityLevel } from "./wire.ts";

/** What every command takes besides its own. Unless `timeoutMs` is given, the terminal's holds. */
export interface CommandOptions extends WaitOptions {
  /**
   * To go on with an intent that was begun before, as after a restart: the same id with the same content has
   * its effect once, and the same answer. Otherwise the SDK makes a fresh one.
   */
  commandId?: string | undefined;
  /** Refuse with `conflict` when the issuance, or the voucher, is no longer at this version. */
  ifVersion?: number | undefined;
}

/** Which events to iterate over, and when to stop. */
export interface EventsOptions {
  /** The version of the first event wanted; 1 for all of them. Unless given, those that come from now on. */
  from?: number | undefined;
  /** Ends the iteration with an error of the code `aborted`. */
  signal?: AbortSignal | undefined;
}

/**
 * Is called with each event once and in order, with the snapshot after it. It may be async; what it throws or
 * rejects with is told to the terminal's `error` listeners.
 */
export type Listener<E, S> = (event: E, snapshot: S) => void;

/** A command's answer, and the snapshot after it. */
interface Done<N extends Noun> {
  event: EventOn<N>;
  snapshot: SnapshotOn<N>;
  durability?: DurabilityLevel;
}
/** What a command says besides what every one says. */
type Content<P> = Omit<P, `${Noun}Id` | "commandId" | "ifVersion" | "seen">;

const CATCH_UP_MS = 5000;

/** What all roles can see of an issuance or a voucher, and wait for. */
export abstract class LiveObject<N extends Noun> {
  /** This party's role, as which this object's commands are sent. */
  abstract readonly role: string;
  /** Its id; `terminal.issuance(id)` and `terminal.voucher(id)` go on with it, also from another terminal. */
  readonly id: string;
  /** @internal */
  protected readonly log: EventLog<N>;

  /** @internal */
  constructor(log: EventLog<N>) {
    this.id = log.id;
    this.log = log;
  }

  /** All of it as this terminal knows it: the sum of the events so far. */
  get snapshot(): SnapshotOn<N> {
    return this.log.snapshot;
  }

  /** The state in the snapshot. */
  get state(): StateOn<N> {
    return this.log.snapshot.state;
  }

  /**
   * Resolves with the snapshot as soon as it is in one of the states, at once if it is already. A state that it has
   * left for good counts as reached: `until("agreed")` resolves when an issuance is `opened` meanwhile, and with the
   * snapshot of that. A state that can come again is waited for: after a change, `until("verified")` waits for the
   * next account. With the review `first`, what follows a change is issued at once, so an issuer waits for
   * `until(["verified", "issued"])` there.
   *
   * @throws TallystickError `ended` when it ends in another state: `error.state` says in which, `error.money`
   *   whether something is frozen. `timeout`, `aborted`; `disconnected` when the terminal is closed.
   * @example const { account } = await issuance.until("verified", { timeoutMs: 60_000 });
   */
  until(states: StateOn<N> | readonly StateOn<N>[], options: WaitOptions = {}): Promise<SnapshotOn<N>> {
    return until(this.log, typeof states === "string" ? [states] : states, options);
  }

  /**
   * The events, each once and in order of version, until the last that there can be: the one that ends an issuance;
   * of a voucher the one after which it has ended and all that was honoured is paid out. It counts from the moment
   * of this call, not from the first step of the iteration.
   *
   * @throws TallystickError `aborted`; `disconnected` when the terminal is closed.
   * @example for await (const event of issuance.events({ from: 1 })) console.log(event.type);
   */
  events(options: EventsOptions = {}): AsyncGenerator<EventOn<N>, void, undefined> {
    const { from = this.log.version + 1, signal } = options;
    return eventsOf(this.log, Math.max(1, from), signal);
  }

  /**
   * Calls a listener with each event from now on, or with those of one type, once and in order.
   *
   * @returns what takes the listener away again.
   * @example
   * const stop = issuance.on((event, { state }) => console.log(event.type, state));
   * issuance.on("voucher.issued", ({ voucher }) => console.log(voucher.voucherId));
   */
  on(listener: Listener<EventOn<N>, SnapshotOn<N>>): () => void;
  on<T extends EventOn<N>["type"]>(
    type: T,
    listener: Listener<Extract<EventOn<N>, { type: T }>, SnapshotOn<N>>,
  ): () => void;
  on(first: unknown, listener = first as Listener<never, SnapshotOn<N>>): () => void {
    return this.log.watch({
      event: (event, snapshot) =>
        first === listener || first === event.type ? listener(event as never, snapshot) : undefined,
    });
  }

  /** What `JSON.stringify` keeps: the snapshot. */
  toJSON(): SnapshotOn<N> {
    return this.snapshot;
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const { id, state, log } = this;
    return `${this.constructor.name} ${inspect({ id, state, version: log.version }, options)}`;
  }

  /** Asks the hub now for what this terminal may have missed. The SDK does so by itself when it sees a gap. */
  sync(options: WaitOptions = {}): Promise<void> {
    return this.log.sync(options);
  }

  /**
   * Sends a command; its event has been applied when this settles, also when an account was refused.
   *
   * @internal
   */
  protected async send<C extends keyof CommandsOn<N> & AnyMessageName>(
    name: C,
    content: Content<CommandsOn<N>[C]>,
    options: CommandOptions = {},
  ): Promise<Done<N>> {
    const { log } = this;
    const { noun } = log.kind;
    const { version, digest } = log.snapshot;
    // The hub does not do on another past what was decided on this one.
    const seen = { version, digest };
    const payload = payloadOf({ ...content, [`${noun}Id`]: this.id, seen }, options);
    try {
      const answer = await log.session.outbox.ask(name, payload as never, options);
      const { event, durability, [noun]: snapshot } = answer as unknown as Done<N> & Record<N, SnapshotOn<N>>;
      // There was a gap before the answer's event. The command is done, whatever becomes of the sync.
      if (log.version < event.version) await catchUp(log, options);
      return { event, snapshot, ...(durability && { durability }) };
    } catch (error) {
      if (!(error instanceof TallystickError)) throw error;
      // The hub knows more than this terminal did, or it would have been another answer.
      if (error.retry === "new" && !error.details?.event) await catchUp(log, options);
      throw Object.assign(error, { [noun]: log.snapshot });
    }
  }

  /**
   * Sends a command of which the snapshot after it is wanted.
   *
   * @internal
   */
  protected async command<C extends keyof CommandsOn<N> & AnyMessageName>(
    name: C,
    content: Content<CommandsOn<N>[C]>,
    options?: CommandOptions,
  ): Promise<SnapshotOn<N> & { durability?: DurabilityLevel }> {
    const { snapshot, durability } = await this.send(name, content, options);
    return durability ? { ...snapshot, durability } : snapshot;
  }
}

/** Syncs before a command's answer is told. It is told all the same when the sync fails or takes too long. */
export async function catchUp(log: EventLog<Noun>, { signal }: WaitOptions): Promise<void> {
  await log.sync({ signal, timeoutMs: CATCH_UP_MS }).catch(() => undefined);
}

/** The payload of a command, with the id that it keeps until it is answered. */
export function payloadOf<T extends object>(
  content: T,
  { commandId = newCommandId(), ifVersion }: CommandOptions,
): T & { commandId: string } {
  // What is undefined does not travel.
  return { ...content, commandId, ifVersion };
}
