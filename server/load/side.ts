/** One side of one negotiation, as a scenario plays it: each command is timed, each event witnessed. */
import {
  type Issuance,
  type IssuanceEvent,
  isTallystickError,
  type Snapshot,
  type State,
  type TallystickErrorCode,
} from "@tallystick/client";
import type { CommandName } from "@tallystick/protocol";
import { now, waitUntil } from "./clock.ts";
import type { PayerAccounts } from "./messages.ts";
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

export class Side<I extends Issuance> {
  readonly issuance: I;
  readonly accounts: PayerAccounts;
  readonly cutLine: () => void;
  readonly #shared: Negotiating;
  readonly #order: Order;

  constructor(issuance: I, options: { shared: Negotiating; cutLine: () => void; onEvent?: EventListener }) {
    this.issuance = issuance;
    this.#shared = options.shared;
    this.accounts = options.shared.accounts;
    this.cutLine = options.cutLine;
    this.#order = new Order(issuance.snapshot.version);
    issuance.on((event) => {
      this.#order.saw(event.version);
      options.onEvent?.(event);
    });
  }

  /** What is wrong with the events that came until the end, if anything is. */
  disorder(end: Snapshot): string | undefined {
    return this.#order.problem(end.version);
  }

  /** Waits for a state, for as long as the negotiation may take. */
  until(state: State): Promise<Snapshot> {
    const { timeoutMs, signal } = this.#shared;
    return this.issuance.until(state, { timeoutMs, signal });
  }

  /** Thinks, sends a command and counts how long its answer took. */
  async send(command: CommandName, act: (issuance: I) => Promise<unknown>): Promise<void> {
    await think(this.#shared);
    await timed(this.#shared, command, now(), () => act(this.issuance));
  }

  /** The same with a command that the hub has to refuse. */
  async sendInVain(
    command: CommandName,
    code: TallystickErrorCode,
    act: (issuance: I) => Promise<unknown>,
  ): Promise<void> {
    await think(this.#shared);
    const accepted = await timed(this.#shared, command, now(), () =>
      act(this.issuance).then(
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

type EventListener = (event: IssuanceEvent) => void;

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
  command: CommandName,
  since: number,
  act: () => Promise<T>,
): Promise<T> {
  const result = await act();
  shared.tally.took(shared.drops ? "command_over_drop" : command, now() - since);
  return result;
}
