/** The connection to a hub, from the first session to the last; Socket.IO comes back by itself in between. */
import type { AnyMessageName, HubToClient, SessionReady } from "@tallystick/protocol";
import { PROTOCOL_VERSION } from "@tallystick/protocol/version";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { errorOf, isTallystickError, TallystickError } from "./errors.ts";
import type { LogSession } from "./event-log.ts";
import { Followed } from "./followed.ts";
import { ISSUANCE } from "./issuance-kind.ts";
import { type EventOn, idOf, type Kind, type Noun } from "./kind.ts";
import { type Acknowledge, type Connection, Outbox, type OutboxOptions } from "./outbox.ts";
import type { TokenSource } from "./token-source.ts";
import { VOUCHER } from "./voucher-kind.ts";
import type { ErrorBody } from "./wire.ts";

export interface SessionOptions extends OutboxOptions {
  token: TokenSource;
  resyncIntervalMs: number;
  socket: Partial<ManagerOptions & SocketOptions> | undefined;
}

/** What a terminal tells of itself. A listener may be async; what it throws or rejects with is an `error`. */
export interface TerminalEvents {
  /** The connection is there, or is back, and all that is followed is being brought up to date. */
  connected: () => void;
  /** The connection is lost. The terminal tries to come back; what was asked goes on being asked. */
  disconnected: () => void;
  /** It could not connect just now, or the hub could not take it, and `problem` says why. It tries again. */
  connect_error: (problem: unknown) => void;
  /** The terminal is closed: by `close()`, or for good by the hub, and then `reason` says why. */
  closed: (reason: TallystickError | undefined) => void;
  /**
   * Another party has shown that the hub's store went back in time: of this issuance, or this voucher, nothing goes
   * forward until the hub's operator has decided. An issuance can still be declined or cancelled.
   */
  fenced: (id: string) => void;
  /**
   * Something failed where no caller waits: a handler, a listener, a token that was refused. With the code
   * `rolled_back`, the store has lost what had ended, or what nobody waits on; `error.details` has its `issuanceId` or
   * `voucherId`.
   */
  error: (error: unknown) => void;
}

/** What a session tells its terminal. */
export interface SessionListener {
  onReady(session: SessionReady): void;
  /** The hub may have missed something of what others told. */
  onResync(): void;
  /** An event was told, or came with an answer; what is followed has taken it in. */
  onEvent(event: EventOn<Noun>): void;
  emit(event: keyof TerminalEvents, argument?: unknown): void;
}

/**
 * How soon a terminal whose connection is lost tries again, milliseconds, and at the latest however often it has tried: half of
 * Socket.IO's own, since somebody waits at a terminal. Each wait is longer or shorter by chance, so that not all come at once.
 */
const COMING_BACK = { reconnectionDelay: 500, reconnectionDelayMax: 2500 };

/** A refused terminal waits this long at least before it tries again, milliseconds. */
const REFUSED_PAUSE_MS = 1000;

export class Session implements Connection, LogSession {
  party = "";
  connected = false;
  closed = false;
  readonly outbox: Outbox;
  readonly followed: Followed;
  readonly renewable: boolean;
  /** Gets another token and connects anew with it. */
  readonly #renew: () => Promise<void>;
  readonly #listener: SessionListener;
  readonly #socket: Socket<HubToClient, Record<string, (payload: object, acknowledge: Acknowledge) => void>>;
  /** Until a terminal that was sent away tries again, or one whose token ends soon connects anew. */
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string, options: SessionOptions, listener: SessionListener) {
    const { token, resyncIntervalMs } = options;
    this.renewable = typeof token === "function";
    this.#listener = listener;
    this.outbox = new Outbox(this, options);
    this.followed = new Followed(this, resyncIntervalMs);
    const connectError = (problem: unknown) => listener.emit("connect_error", problem);
    // Without a token the hub refuses, and it is told why there was none.
    const fetchToken = async () =>
      typeof token === "string" ? token : Promise.resolve().then(token).catch(connectError);
    let current: unknown;
    let next: unknown;
    const auth = async (give: (auth: object) => void) => {
      current = next ?? (await fetchToken());
      next = undefined;
      give({ token: current });
    };
    this.#renew = async () => {
      const token = await fetchToken();
      if (!token || token === current || !this.connected) return;
      next = token;
      this.#socket.disconnect().connect();
    };
    const fixed = { transports: ["websocket"], forceNew: true, auth };
    this.#socket = io(url, { ...COMING_BACK, ...options.socket, ...fixed });
    this.#listen(connectError);
  }

  emit(name: string, payload: object, acknowledge: Acknowledge): void {
    this.#socket.emit(name, payload, acknowledge);
  }

  reset(): void {
    this.#socket.io.engine.close();
  }

  reconnect(): void {
    if (this.connected || this.closed) return;
    clearTimeout(this.#pause);
    // Socket.IO forgets its own pause with the connection that it waits to make.
    this.#socket.disconnect().connect();
  }

  catchingUp(id: string): Promise<void> | undefined {
    return this.followed.get(id)?.catchingUp;
  }

  onAckEvent(name: AnyMessageName, event: EventOn<Noun>): void {
    const log = this.followed.get(idOf(event));
    if (log && name === "payer:agree") log.inRoom = true;
    log?.receive(event);
    this.#listener.onEvent(event);
  }

  report(error: unknown): void {
    // That the terminal is closed is known to whoever closed it, and told to the "closed" listeners.
    if (this.closed && isTallystickError(error, "disconnected")) return;
    // Later, so that a listener that throws does not stop what is going on.
    queueMicrotask(() => this.#listener.emit("error", error));
  }

  /** Ends it for good; whoever waits is told so. */
  close(reason?: TallystickError): void {
    if (this.closed) return;
    this.closed = true;
    this.connected = false;
    clearTimeout(this.#pause);
    this.#socket.off().disconnect();
    const closed = new TallystickError("disconnected", "The terminal is closed.", { cause: reason });
    this.outbox.close(closed);
    this.followed.close(closed);
    this.#listener.emit("closed", reason);
  }

  #listen(connectError: (problem: unknown) => void): void {
    const { outbox, followed } = this;
    const listener = this.#listener;
    this.#socket
      .on("session:ready", (session) => this.#ready(session))
      .on("session:resync", () => {
        followed.resync();
        listener.onResync();
      })
      .on("session:expiring", ({ at }) => {
        // Not all at once that began at once, and in time even when it fails once.
        const leftMs = at - followed.epoch - performance.now();
        if (this.renewable) this.#later(this.#renew, (Math.random() * leftMs) / 2);
      })
      .on("session:fenced", (fenced) => listener.emit("fenced", idOf(fenced)))
      .on("presence", (told) => followed.get(told.issuanceId)?.tellPresence(told.here))
      .on("session:error", (error) => connectError(errorOf(error)))
      .on("issuance:event", (event) => this.#onEvent(ISSUANCE, event))
      .on("voucher:event", (event) => this.#onEvent(VOUCHER, event))
      .on("disconnect", (reason) => {
        const wasConnected = this.connected;
        this.connected = false;
        outbox.offline();
        followed.disconnected();
        // Socket.IO comes back by itself, unless the hub has sent the terminal away.
        if (reason === "io server disconnect") this.#tryAgain();
        if (wasConnected) listener.emit("disconnected");
      })
      .on("connect_error", (error: Error & { data?: ErrorBody }) => {
        if (error.data?.code) this.#refused(errorOf({ ...error.data, message: error.message }));
        else connectError(error);
      });
  }

  #onEvent<N extends Noun>(kind: Kind<N>, event: EventOn<N>): void {
    this.outbox.onReceived();
    const log = this.followed.get(idOf(event));
    if (log) log.receive(event);
    else this.followed.onUnfollowedEvent(kind, event);
    this.#listener.onEvent(event);
  }

  #ready(session: SessionReady): void {
    if (session.protocol !== PROTOCOL_VERSION) {
      this.close(new TallystickError("unsupported", `The hub speaks protocol ${session.protocol}.`));
      return;
    }
    // What it follows and was asked is the first party's, and none of another's.
    if (this.party !== "" && session.party !== this.party) {
      const message = `The new token is ${session.party}'s, and this terminal is ${this.party}'s.`;
      this.close(new TallystickError("unauthenticated", message));
      return;
    }
    this.party = session.party;
    this.connected = true;
    this.followed.epoch = session.serverTime - performance.now();
    this.followed.ended.retentionMs = session.retention * 1000;
    // What was asked before goes on once it is known what has become of it.
    this.followed.resync();
    this.outbox.online();
    this.#listener.onReady(session);
    this.#listener.emit("connected");
  }

  /** Socket.IO tries again by itself when the hub could not be reached, but not when the hub said no. */
  #refused(refusal: TallystickError): void {
    const mayBeRenewed = this.renewable && this.party !== "";
    if (!refusal.retryable && !mayBeRenewed) {
      this.close(refusal);
      return;
    }
    if (refusal.retryable) this.#listener.emit("connect_error", refusal);
    else this.report(refusal);
    this.#tryAgain(Number(refusal.details?.retryAfter ?? 0));
  }

  #tryAgain(retryAfter = 0): void {
    this.#later(() => this.#socket.connect(), retryAfter + REFUSED_PAUSE_MS * (1 + Math.random()));
  }

  #later(run: () => void, ms: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(run, ms);
  }
}
