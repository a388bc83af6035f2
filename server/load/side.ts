/** One side of an issuance or a voucher, as a scenario plays it: each command is timed, each event witnessed. */
import { isTallystickError, type TallystickErrorCode, type WaitOptions } from "@tallystick/client";
import type { CommandName, VoucherCommandName } from "@tallystick/protocol";
import { now, waitUntil } from "./clock.ts";
import type { PayerAccounts, Series } from "./messages.ts";
import { Order } from "./order.ts";
import type { Tally } from "./tally.ts";

/** What both sides of a negotiation share. */
export interface Negotiating {
  tally: Tally;
  accounts: PayerAccounts;
  /** Mean of the time that a person takes before each command, milliseconds. */
  thinkMs: number;
  timeoutMs: number;
  /** Ends what one side waits for when the other has failed. */
  signal: AbortSignal;
  /** Ends all thinking, since the load is over. */
  stopped: AbortSignal;
  /** A line is cut on purpose: times are kept apart. */
  drops: boolean;
  /** Sum of the time spent thinking, which is not the hub's. */
  thoughtMs: number;
}

/** An issuance or a voucher of the SDK's. */
interface Played {
  readonly state: string;
  readonly snapshot: { version: number };
  on(listener: (event: PlayedEvent) => void): () => void;
  until(states: never, options: WaitOptions): Promise<unknown>;
}

/** An event, as far as it is witnessed. */
interface PlayedEvent {
  version: number;
  type: string;
}

type AnyCommandName = CommandName | VoucherCommandName;

export class Side<I extends Played> {
  readonly subject: I;
  readonly accounts: PayerAccounts;
  readonly cutLine: () => void;
  readonly #shared: Negotiating;
  readonly #order: Order;

  constructor(
    subject: I,
    options: { shared: Negotiating; cutLine: () => void; onEvent?: (event: PlayedEvent) => void },
  ) {
    this.subject = subject;
    this.#shared = options.shared;
    this.accounts = options.shared.accounts;
    this.cutLine = options.cutLine;
    this.#order = new Order(subject.snapshot.version);
    subject.on((event) => {
      this.#order.saw(event.version);
      options.onEvent?.(event);
    });
  }

  /** What is wrong with the events that came until the end, if anything is. */
  disorder(end: { version: number }): string | undefined {
    return this.#order.problem(end.version);
  }

  /** Waits for a state, for as long as the negotiation may take. */
  until(state: I["state"]): Promise<I["snapshot"]> {
    return this.subject.until(state as never, this.patience) as Promise<I["snapshot"]>;
  }

  /** For how long anything may be waited for. */
  get patience(): WaitOptions {
    const { timeoutMs, signal } = this.#shared;
    return { timeoutMs, signal };
  }

  /** Counts how long something took, besides thinking. */
  async time<T>(series: Series, act: () => Promise<T>): Promise<T> {
    const { tally } = this.#shared;
    const since = now();
    const result = await act();
    tally.took(series, now() - since);
    return result;
  }

  /** Thinks, sends a command and counts how long its answer took. */
  async send<T>(command: AnyCommandName, act: (subject: I) => Promise<T>): Promise<T> {
    await think(this.#shared);
    return timed(this.#shared, command, now(), () => act(this.subject));
  }

  /** The same with a command that the hub has to refuse. */
  async sendInVain(
    command: AnyCommandName,
    code: TallystickErrorCode,
    act: (subject: I) => Promise<unknown>,
  ): Promise<void> {
    await think(this.#shared);
    const accepted = await timed(this.#shared, command, now(), () =>
      act(this.subject).then(
        () => true,
        (error: unknown) => {
          if (!isTallystickError(error, code)) throw error;
          return false;
        },
      ),
    );
    if (accepted) throw new Error(`${command} was done and should have been refused (${code})`);
    this.#shared.tally.refused(code);
  }
}

/** Waits as a person would, half to one and a half times the mean. */
export async function think(shared: Negotiating): Promise<void> {
  if (shared.thinkMs === 0) return;
  const started = now();
  await waitUntil(started + shared.thinkMs * (0.5 + Math.random()), shared.signal, shared.stopped);
  shared.thoughtMs += now() - started;
  shared.signal.throwIfAborted();
}

/** Counts the time of a command from `since` to its answer, a refusal's too. */
export async function timed<T>(
  shared: Negotiating,
  command: AnyCommandName,
  since: number,
  act: () => Promise<T>,
): Promise<T> {
  const result = await act();
  shared.tally.took(shared.drops ? "command_over_drop" : command, now() - since);
  return result;
}
