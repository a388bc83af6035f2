/**
 * What a terminal has asked and not been answered yet. Each question is asked again, word for word, until
 * it is answered or its caller gives up: after a time-out, over a new connection, and when the hub says
 * that the same again may help. A command's `commandId` sees to it that it has its effect once.
 */
import type {
  AnyMessageName,
  CommandAck,
  HistoryQueryAcks,
  QueryAcks,
  VoucherAck,
  VoucherQueryAcks,
} from "@tallystick/protocol";
import type { CommandName } from "@tallystick/protocol/lifecycle";
import type { VoucherCommandName } from "@tallystick/protocol/voucher-lifecycle";
import { type AbandonError, abortable, type WaitOptions } from "./abortable.ts";
import { type ClientErrorCode, errorOf, TallystickError } from "./errors.ts";
import { type EventOn, idOf, type Noun } from "./kind.ts";
import type {
  CommandPayloads,
  ErrorBody,
  HistoryQueryPayloads,
  QueryPayloads,
  VoucherCommandPayloads,
  VoucherQueryPayloads,
} from "./wire.ts";

type Payloads = CommandPayloads &
  QueryPayloads &
  VoucherCommandPayloads &
  VoucherQueryPayloads &
  HistoryQueryPayloads;
type Acks = { [C in CommandName]: CommandAck } & { [C in VoucherCommandName]: VoucherAck } & QueryAcks &
  VoucherQueryAcks &
  HistoryQueryAcks;
type Answers = { [N in AnyMessageName]: Extract<Acks[N], { ok: true }> };
type Answer = { ok: true; event?: EventOn<Noun> } | { ok: false; error: ErrorBody };

export type Acknowledge = (answer: Answer) => void;

/** The connection, as the outbox needs it. */
export interface Connection {
  /** Sends over the connection that is there now. */
  emit(name: string, payload: object, acknowledge: Acknowledge): void;
  /** Gives the connection up and makes another. */
  reset(): void;
  /** True when another connection comes with another token. */
  readonly renewable: boolean;
  /** While something is brought up to date over a new connection, until that is over. */
  catchingUp(id: string): Promise<void> | undefined;
  /** An acknowledgement carried an event. */
  onAckEvent(name: AnyMessageName, event: EventOn<Noun>): void;
}

export interface OutboxOptions {
  /** How long a question may stay unanswered before it is sent again, milliseconds. */
  ackTimeoutMs: number;
  /** How long a question is asked in all, unless its caller says, milliseconds. */
  timeoutMs: number;
}

export interface AskOptions extends WaitOptions {
  /** The caller's own: what it stands for may have been sent before. */
  commandId?: string | undefined;
}

interface Question {
  readonly name: AnyMessageName;
  readonly payload: { commandId?: string; issuanceId?: string; voucherId?: string };
  /** Called in the step in which the result comes, before another message is handled. */
  settle: (result: Answer | TallystickError) => void;
  sends: number;
  /** Since when it has been on the present connection without an answer; 0 when it is not on it. */
  sentAt: number;
  /** It waits until what it is about has been brought up to date. */
  isHeld: boolean;
  /** Since when it waits for a word over a silent connection, on which another was sent again; 0 when it does not. */
  waitsSince: number;
  /** How often it was sent, by its caller before as well, without a word that nothing was done. */
  unknownSends: number;
  /** Why it has to be sent again. */
  refusal: TallystickError | undefined;
  /** When its caller gives it up, on the clock of `performance.now`. */
  endsAt: number;
  /** When to send it again. */
  timer: ReturnType<typeof setTimeout> | undefined;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

export class Outbox {
  readonly #connection: Connection;
  readonly #options: OutboxOptions;
  readonly #questions = new Set<Question>();
  #online = false;
  #closed: TallystickError | undefined;
  #receivedAt = 0;
  /** When a question was last sent again because it was not answered. */
  #probedAt = 0;
  /** When the last of those that the hub asked to wait is sent again. */
  #nextSlot = 0;

  constructor(line: Connection, options: OutboxOptions) {
    this.#connection = line;
    this.#options = options;
  }

  /**
   * Asks until there is an answer.
   *
   * @param onAnswer is given the answer, and how many sends of the question may have brought it about, in the very step
   *   in which it comes; what it returns is what the promise resolves with. Whatever decides to whom the next event goes belongs
   *   here: the promise's own continuation runs too late, since messages that were read in one piece are handled before it.
   * @throws TallystickError the hub's refusal; `timeout`, `aborted`, `disconnected`.
   */
  ask<N extends AnyMessageName, T = Answers[N]>(
    name: N,
    payload: Payloads[N],
    options: AskOptions = {},
    onAnswer: (answer: Answers[N], sends: number) => T = (answer) => answer as T,
  ): Promise<T> {
    const { signal, timeoutMs = this.#options.timeoutMs } = options;
    const question: Question = {
      name,
      payload: payload as Question["payload"],
      settle: () => undefined,
      sends: 0,
      sentAt: 0,
      isHeld: false,
      waitsSince: 0,
      unknownSends: options.commandId === undefined ? 0 : 1,
      refusal: undefined,
      endsAt: performance.now() + timeoutMs,
      timer: undefined,
    };
    const errorOf: AbandonError = (code, cause) => unanswered(question, code, cause);
    return abortable({ signal, timeoutMs }, errorOf, (resolve, reject) => {
      question.settle = (result) => {
        // What was sent twice is answered twice, and the second answer may come right behind the first.
        if (!this.#questions.delete(question)) return;
        if (result instanceof Error) reject(result);
        else resolve(onAnswer(result as Answers[N], question.unknownSends));
      };
      this.#questions.add(question);
      if (this.#closed) reject(errorOf("disconnected", this.#closed));
      else this.#send(question);
      return () => {
        this.#questions.delete(question);
        clearTimeout(question.timer);
      };
    });
  }

  /** The hub has sent something, so the connection is alive. */
  onReceived(): void {
    this.#receivedAt = performance.now();
  }

  /** There is a session: what is open is sent, in the order in which it was asked. */
  online(): void {
    this.#online = true;
    for (const question of this.#questions) this.#send(question);
  }

  offline(): void {
    this.#online = false;
    this.#probedAt = 0;
    for (const question of this.#questions) question.sentAt = 0;
  }

  /** There will be no session any more: whoever waits is told. */
  close(reason: TallystickError): void {
    this.#closed = reason;
    this.#online = false;
    for (const question of this.#questions) question.settle(unanswered(question, "disconnected", reason));
  }

  #send(question: Question): void {
    clearTimeout(question.timer);
    if (!this.#online || question.isHeld || this.#hold(question)) return;
    question.sends += 1;
    question.waitsSince = 0;
    question.sentAt ||= performance.now();
    question.unknownSends += 1;
    const { name, payload } = question;
    try {
      this.#connection.emit(name, payload, (answer) => this.#answered(question, answer));
    } catch (cause) {
      // JSON can't have it, such as an amount that is a BigInt. It is not tried again, and holds up nothing else.
      const { commandId } = payload;
      question.settle(
        new TallystickError("invalid_request", `${name} can't be sent: ${cause}`, { commandId, cause }),
      );
      return;
    }
    question.timer = setTimeout(this.#retry, this.#options.ackTimeoutMs, question);
  }

  /** A command that was meant for what the terminal knew waits until that is known to be so still. */
  #hold(question: Question): boolean {
    const { payload } = question;
    const caughtUp = payload.commandId && this.#connection.catchingUp(idOf(payload));
    if (!caughtUp) return false;
    question.isHeld = true;
    void caughtUp.then(() => {
      question.isHeld = false;
      if (this.#questions.has(question)) this.#send(question);
    });
    return true;
  }

  readonly #retry = (question: Question): void => {
    const now = performance.now();
    const { ackTimeoutMs } = this.#options;
    if (question.sentAt > 0 && this.#isSilentFor(question)) {
      question.waitsSince ||= now;
      question.timer = setTimeout(this.#retry, ackTimeoutMs, question);
      // A connection that was silent through two tries may be cut without either end having noticed.
      if (now - this.#probedAt > 0.9 * ackTimeoutMs) this.#connection.reset();
      return;
    }
    if (question.sentAt > 0) this.#probedAt = now;
    this.#send(question);
  };

  /**
   * Over a silent connection one question is sent again, and the others wait for a word: the hub, or the terminal
   * itself, may just have stood still, and would find all of them at once, as in a flood. A terminal that stood still
   * has heard nothing meanwhile, so only what was asked since then tells whether the connection is dead.
   */
  #isSilentFor({ waitsSince }: Question): boolean {
    return waitsSince > 0 ? this.#receivedAt < waitsSince : this.#receivedAt < this.#probedAt;
  }

  /** An answer is taken however late: the hub tells its event to the others alone. */
  #answered(question: Question, answer: Answer): void {
    this.onReceived();
    const event = answer.ok ? answer.event : (answer.error.details?.event as EventOn<Noun> | undefined);
    if (event) this.#connection.onAckEvent(question.name, event);
    if (answer.ok) question.settle(answer);
    else this.#refused(question, errorOf(answer.error, question.payload.commandId));
  }

  /** What the same again may help is asked again; any other refusal is the answer. */
  #refused(question: Question, refusal: TallystickError): void {
    const tokenRefused = refusal.code === "unauthenticated" && this.#connection.renewable;
    if (refusal.money === "untouched") question.unknownSends -= 1;
    if (!refusal.retryable && !tokenRefused) question.settle(refusal);
    // Its caller may have given it up.
    else if (this.#questions.has(question)) this.#pause(question, refusal);
    if (tokenRefused) this.#connection.reset();
  }

  #pause(question: Question, refusal: TallystickError): void {
    question.refusal = refusal;
    question.sentAt = 0;
    clearTimeout(question.timer);
    const retryAfter = Number(refusal.details?.retryAfter ?? 0);
    const now = performance.now();
    // Twice as long each time, with chance in it.
    let pauseMs =
      Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (question.sends - 1)) * (0.5 + Math.random() / 2);
    if (retryAfter > 0) {
      // One after the other, as far apart as the hub asks for: all at once again would be a flood. What has to wait for
      // longer is refused for a reason of its own, and holds up no others.
      const isPace = retryAfter <= LONGEST_PAUSE_MS;
      const slot = (isPace ? Math.max(now, this.#nextSlot) : now) + retryAfter;
      // Its caller will not wait so long. That nothing was done is known now, and is not by then.
      if (slot > question.endsAt && question.unknownSends === 0) {
        question.settle(refusal);
        return;
      }
      if (isPace) this.#nextSlot = slot;
      pauseMs = slot - now;
    }
    question.timer = setTimeout(this.#retry, pauseMs, question);
  }
}

/** The error of a question that its caller gave up, or had to. */
function unanswered(question: Question, code: ClientErrorCode, cause: unknown): TallystickError {
  const { name, payload, unknownSends, refusal } = question;
  const { commandId } = payload;
  const isOpen = commandId !== undefined && unknownSends > 0;
  const fate = isOpen ? `It may be done: repeat it with the commandId ${commandId}.` : "Nothing was done.";
  return new TallystickError(code, `${name} was not answered (${code}). ${fate}`, {
    commandId,
    money: isOpen ? "unknown" : "untouched",
    cause: cause ?? refusal,
  });
}
