/**
 * What a terminal was told of issuances and vouchers that have ended. They are not followed any longer, but the hub's
 * store may go back in time behind their ends as well; so they are shown to the hub after each reconnect, the newest
 * first.
 */
import { isVoucherId, voucherIdOf } from "@tallystick/protocol/ids";
import { TallystickError } from "./errors.ts";
import type { EventOn, Noun } from "./kind.ts";
import type { Outbox } from "./outbox.ts";

/** What that needs of its terminal. */
export interface EndedSession {
  readonly outbox: Outbox;
  report(error: unknown): void;
}

/** The event that was the last, or what the sum of all has of it. */
type End = Pick<EventOn<Noun>, "version" | "digest" | "at" | "state">;

const REMEMBERED = 1000;
/** As many as the hub takes in one message. */
const SHOWN_AT_ONCE = 100;
/** Between two messages, which cost the terminal's allowance as much as a hundred commands, milliseconds. */
const PAUSE_MS = 1000;

export class Ended {
  readonly #session: EndedSession;
  /** The oldest first. */
  readonly #ended = new Map<string, End>();
  #round = new AbortController();
  /** How long the hub keeps what ended without a voucher, milliseconds. */
  retentionMs = Number.POSITIVE_INFINITY;

  constructor(session: EndedSession) {
    this.#session = session;
  }

  /** Remembers an end. */
  add(id: string, { version, digest, at, state }: End): void {
    // What else the last event or the sum of all has is not kept.
    const end = { version, digest, at, state };
    const known = this.#ended.get(id);
    // The store went back behind the end that is known and has come to another since: what is known shows it.
    if (known && contradicts(id, known, end)) {
      void this.#showPage([{ id, version: known.version, digest: known.digest }]);
      return;
    }
    this.#ended.delete(id);
    this.#ended.set(id, end);
    if (this.#ended.size > REMEMBERED) this.#ended.delete(this.#ended.keys().next().value as string);
  }

  /**
   * Shows the hub all that is remembered; the `error` listeners are told of what it does not have. What fails is
   * shown again after the next reconnect.
   *
   * @param now the store's clock, milliseconds since the epoch.
   */
  async show(now: number): Promise<void> {
    // What an earlier one asked and was not answered would be sent again over the new connection.
    this.#round.abort();
    this.#round = new AbortController();
    const { signal } = this.#round;
    // That the hub has let go of it by now, or is about to, is no loss. What was issued stays as long as its voucher.
    const isLetGo = (id: string, { at, state }: End): boolean => {
      if (state !== "issued") return now > at + 0.9 * this.retentionMs;
      const voucher = this.#ended.get(voucherIdOf(id));
      return voucher !== undefined && isLetGo(id, voucher);
    };
    const known = [...this.#ended].reverse().flatMap(([id, end]) => {
      const { version, digest } = end;
      return isLetGo(id, end) ? [] : [{ id, version, digest }];
    });
    for (let from = 0; from < known.length; from += SHOWN_AT_ONCE) {
      if (from > 0) await pause();
      if (signal.aborted) return;
      if (!(await this.#showPage(known.slice(from, from + SHOWN_AT_ONCE), signal))) return;
    }
  }

  /** Answers false when it could not be shown. */
  async #showPage(
    known: { id: string; version: number; digest: string }[],
    signal?: AbortSignal,
  ): Promise<boolean> {
    try {
      const { behind } = await this.#session.outbox.ask("issuance:check", { known }, { signal });
      for (const id of behind) this.#lost(id);
      return true;
    } catch {
      return false;
    }
  }

  #lost(id: string): void {
    // It is told once.
    if (!this.#ended.delete(id)) return;
    const message = `The hub's store has lost what it told of ${id}, which had ended.`;
    const details = { [isVoucherId(id) ? "voucherId" : "issuanceId"]: id };
    this.#session.report(new TallystickError("rolled_back", message, { details }));
  }
}

/** An issuance has one end; of a voucher's ended state, events may follow, each with a version of its own. */
function contradicts(id: string, known: End, end: End): boolean {
  return end.digest !== known.digest && (!isVoucherId(id) || end.version <= known.version);
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PAUSE_MS);
    // In Node, this alone does not keep the process alive.
    (timer as { unref?(): void }).unref?.();
  });
}
