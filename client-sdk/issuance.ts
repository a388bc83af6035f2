/** An issuance as an object: what both roles can see and do. */
import type { CommandName, EventType, Role, State } from "@tallystick/protocol/lifecycle";
import type { WaitOptions } from "./abortable.ts";
import { newCommandId } from "./command-id.ts";
import { TallystickError } from "./errors.ts";
import { eventsOf } from "./events.ts";
import { INSPECT, type Inspect } from "./inspect.ts";
import type { IssuanceLog } from "./issuance-log.ts";
import { until } from "./until.ts";
import type { CommandPayloads, DurabilityLevel, IssuanceEvent, Snapshot } from "./wire.ts";

/** What every command takes besides its own. Unless `timeoutMs` is given, the terminal's holds. */
export interface CommandOptions extends WaitOptions {
  /**
   * To go on with an intent that was begun before, as after a restart: the same id with the same content has
   * its effect once, and the same answer. Otherwise the SDK makes a fresh one.
   */
  commandId?: string | undefined;
  /** Refuse with `conflict` when the issuance is no longer at this version. */
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
export type IssuanceListener<E extends IssuanceEvent = IssuanceEvent> = (
  event: E,
  snapshot: Snapshot,
) => void;

/** The event of one type. */
export type EventOf<T extends EventType> = Extract<IssuanceEvent, { type: T }>;

/** The snapshot after a command. */
export type CommandResult = Snapshot & {
  /**
   * When the command issued the voucher, what that survives: `memory` not even, always, the death of the store's
   * process, `fsynced` a power cut, `replicated` the loss of the store's machine.
   */
  durability?: DurabilityLevel;
};

const CATCH_UP_MS = 5000;

type OnIssuance = Exclude<CommandName, "payer:request">;

/** What both roles can see and do of an issuance. */
export abstract class Issuance {
  /** This party's role, as which this object's commands are sent. */
  abstract readonly role: Role;
  /** The issuance's id; `terminal.issuance(id)` goes on with it, also from another terminal. */
  readonly id: string;
  /** @internal */
  protected readonly log: IssuanceLog;

  /** @internal */
  constructor(log: IssuanceLog) {
    this.id = log.id;
    this.log = log;
  }

  /** The issuance as this terminal knows it: the sum of the events so far. */
  get snapshot(): Snapshot {
    return this.log.snapshot;
  }

  /** The state in the snapshot. */
  get state(): State {
    return this.log.snapshot.state;
  }

  /**
   * Resolves with the snapshot as soon as the issuance is in one of the states, at once if it is already. A
   * state that it has left for good counts as reached: `until("agreed")` resolves when it is `opened`
   * meanwhile, and with the snapshot of that. A state that can come again is waited for: after a change,
   * `until("verified")` waits for the next account. With the review `first`, what follows a change is issued
   * at once, so an issuer waits for `until(["verified", "issued"])` there.
   *
   * @throws TallystickError `ended` when it ends in another state: `error.state` says in which, `error.money`
   *   whether something is frozen. `timeout`, `aborted`; `disconnected` when the terminal is closed.
   * @example const { account } = await issuance.until("verified", { timeoutMs: 60_000 });
   */
  until(states: State | readonly State[], options: WaitOptions = {}): Promise<Snapshot> {
    return until(this.log, typeof states === "string" ? [states] : states, options);
  }

  /**
   * The events, each once and in order of version, until the one that ends the issuance. It counts from the
   * moment of this call, not from the first step of the iteration.
   *
   * @throws TallystickError `aborted`; `disconnected` when the terminal is closed.
   * @example for await (const event of issuance.events({ from: 1 })) console.log(event.type);
   */
  events(options: EventsOptions = {}): AsyncGenerator<IssuanceEvent, void, undefined> {
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
  on(listener: IssuanceListener): () => void;
  on<T extends EventType>(type: T, listener: IssuanceListener<EventOf<T>>): () => void;
  on(first: EventType | IssuanceListener, listener = first as IssuanceListener): () => void {
    const isWanted = (type: EventType) => first === listener || first === type;
    return this.log.watch({
      event: (event, snapshot) => (isWanted(event.type) ? listener(event, snapshot) : undefined),
    });
  }

  /** What `JSON.stringify` keeps: the snapshot. */
  toJSON(): Snapshot {
    return this.snapshot;
  }

  /** @internal */
  [INSPECT](_depth: number, options: object, inspect: Inspect): string {
    const { role, id, state } = this;
    const { version } = this.snapshot;
    const name = role === "issuer" ? "IssuerIssuance" : "PayerIssuance";
    return `${name} ${inspect({ id, state, version }, options)}`;
  }

  /** Asks the hub now for what this terminal may have missed. The SDK does so by itself when it sees a gap. */
  sync(options: WaitOptions = {}): Promise<void> {
    return this.log.sync(options);
  }

  /**
   * Asks for another account (`account:change`; claims 1, 5 and 11). That it resolves is the hub's consent;
   * the other side is told.
   *
   * @throws TallystickError `change_not_allowed` after five changes; `wrong_state`.
   */
  changeAccount(reason?: string, options?: CommandOptions): Promise<CommandResult> {
    return this.command("account:change", { reason }, options);
  }

  /** Ends the issuance without a voucher (`issuance:cancel`). */
  cancel(reason?: string, options?: CommandOptions): Promise<CommandResult> {
    return this.command("issuance:cancel", { reason }, options);
  }

  /**
   * Sends a command; its event has been applied when this settles, also when an account was refused.
   *
   * @internal
   */
  protected async command<C extends OnIssuance>(
    name: C,
    content: Omit<CommandPayloads[C], "issuanceId" | "commandId" | "ifVersion" | "seen">,
    options: CommandOptions = {},
  ): Promise<CommandResult> {
    const { log } = this;
    const { outbox } = log.session;
    const { version, digest } = log.snapshot;
    // The hub does not do on another past what was decided on this one.
    const seen = { version, digest };
    const payload = payloadOf<OnIssuance>({ ...content, issuanceId: this.id, seen }, options);
    try {
      const { answer } = await outbox.ask<OnIssuance>(name, payload, options);
      // There was a gap before the answer's event. The command is done, whatever becomes of the sync.
      if (log.version < answer.event.version) await catchUp(log, options);
      const { issuance, durability } = answer;
      return durability ? { ...issuance, durability } : issuance;
    } catch (error) {
      if (!(error instanceof TallystickError)) throw error;
      // The hub knows more than this terminal did, or it would have been another answer.
      if (error.retry === "new" && !error.details?.event) await catchUp(log, options);
      error.issuance = log.snapshot;
      throw error;
    }
  }
}

/** Syncs before a command's answer is told. It is told all the same when the sync fails or takes too long. */
export async function catchUp(log: IssuanceLog, { signal }: WaitOptions): Promise<void> {
  await log.sync({ signal, timeoutMs: CATCH_UP_MS }).catch(() => undefined);
}

/** The payload of a command, with the id that it keeps until it is answered. */
export function payloadOf<C extends CommandName>(
  content: object,
  options: CommandOptions,
): CommandPayloads[C] {
  const { commandId = newCommandId(), ifVersion } = options;
  // What is undefined does not travel.
  return { ...content, commandId, ifVersion } as CommandPayloads[C];
}
