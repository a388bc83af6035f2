/** The connection to a hub, from the first session to the last; Socket.IO comes back by itself in between. */
import type { HubToClient, MessageName, SessionReady } from "@tallystick/protocol";
import { PROTOCOL_VERSION } from "@tallystick/protocol/socket";
import { io, type ManagerOptions, type Socket, type SocketOptions } from "socket.io-client";
import { errorOf, TallystickError } from "./errors.ts";
import { Following } from "./following.ts";
import type { LogSession } from "./log.ts";
import { type Acknowledge, type Line, Outbox, type OutboxOptions } from "./outbox.ts";
import type { ErrorBody, IssuanceEvent } from "./wire.ts";

/** A token, or what gets one. */
export type TokenSource = string | (() => string | Promise<string>);

export interface SessionOptions extends OutboxOptions {
  token: TokenSource;
  watchMs: number;
  socket: Partial<ManagerOptions & SocketOptions> | undefined;
}

/** What a terminal tells of itself. */
export interface TerminalEvents {
  /** The connection is there, or is back, and all that is followed is being brought up to date. */
  connected: () => void;
  /** The connection is lost. The terminal tries to come back; what was asked goes on being asked. */
  disconnected: () => void;
  /** It could not connect just now, and `problem` says why. It tries again. */
  trouble: (problem: unknown) => void;
  /** The terminal is closed: by `close()`, or for good by the hub, and then `reason` says why. */
  closed: (reason: TallystickError | undefined) => void;
  /** Something failed where no caller waits: a handler, a listener, a token that was refused. */
  error: (error: unknown) => void;
}

/** What a session tells its terminal. */
export interface SessionListener {
  began(session: SessionReady): void;
  /** An event of an issuance that is not followed. */
  stray(event: IssuanceEvent): void;
  tell(event: keyof TerminalEvents, argument?: unknown): void;
}

/** A refused terminal waits this long at least before it tries again, milliseconds. */
const REFUSED_PAUSE_MS = 1000;

export class Session implements Line, LogSession {
  party = "";
  connected = false;
  readonly outbox: Outbox;
  readonly following: Following;
  readonly renewable: boolean;
  readonly #listener: SessionListener;
  readonly #socket: Socket<HubToClient, Record<string, (payload: object, acknowledge: Acknowledge) => void>>;
  #closed = false;

  constructor(url: string, options: SessionOptions, listener: SessionListener) {
    const { token, watchMs } = options;
    this.renewable = typeof token === "function";
    this.#listener = listener;
    this.outbox = new Outbox(this, options);
    this.following = new Following(this, watchMs);
    const trouble = (problem: unknown) => listener.tell("trouble", problem);
    const auth = async (give: (auth: object) => void) => {
      // Without a token the hub refuses, and it is told why there was none.
      give({
        token: typeof token === "string" ? token : await Promise.resolve().then(token).catch(trouble),
      });
    };
    const fixed = { transports: ["websocket"], forceNew: true, auth };
    this.#socket = io(url, { ...options.socket, ...fixed });
    this.#listen(trouble);
  }

  emit(name: string, payload: object, acknowledge: Acknowledge): void {
    this.#socket.emit(name, payload, acknowledge);
  }

  reset(): void {
    this.#socket.io.engine.close();
  }

  took(name: MessageName, event: IssuanceEvent): void {
    const log = this.following.get(event.issuanceId);
    if (log && name === "payer:agree") log.joined = true;
    log?.receive(event);
  }

  report(error: unknown): void {
    // Later, so that a listener that throws does not stop what is going on.
    if (!this.#closed) queueMicrotask(() => this.#listener.tell("error", error));
  }

  /** Ends it for good; whoever waits is told so. */
  close(reason?: TallystickError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.connected = false;
    this.#socket.off().disconnect();
    const closed = new TallystickError("disconnected", "The terminal is closed.", { cause: reason });
    this.outbox.close(closed);
    this.following.close(closed);
    this.#listener.tell("closed", reason);
  }

  #listen(trouble: (problem: unknown) => void): void {
    const { outbox, following } = this;
    const listener = this.#listener;
    this.#socket
      .on("session:ready", (session) => this.#ready(session))
      .on("session:resync", () => following.resync())
      .on("session:error", trouble)
      .on("issuance:event", (event) => {
        outbox.heard();
        const log = following.get(event.issuanceId);
        if (log) {
          log.receive(event);
        } else {
          following.onUnfollowedEvent(event);
          listener.stray(event);
        }
      })
      .on("disconnect", (reason) => {
        const was = this.connected;
        this.connected = false;
        outbox.offline();
        following.disconnected();
        // Socket.IO comes back by itself, unless the hub has sent the terminal away.
        if (reason === "io server disconnect") this.#tryAgain();
        if (was) listener.tell("disconnected");
      })
      .on("connect_error", (error: Error & { data?: ErrorBody }) => {
        if (error.data?.code) this.#refused(errorOf({ ...error.data, message: error.message }));
        else trouble(error);
      });
  }

  #ready(session: SessionReady): void {
    if (session.protocol !== PROTOCOL_VERSION) {
      this.close(new TallystickError("unsupported", `The hub speaks protocol ${session.protocol}.`));
      return;
    }
    this.party = session.party;
    this.connected = true;
    this.following.epoch = session.serverTime - performance.now();
    this.outbox.online();
    this.following.resync();
    this.#listener.began(session);
    this.#listener.tell("connected");
  }

  /** Socket.IO tries again by itself when the hub could not be reached, but not when the hub said no. */
  #refused(refusal: TallystickError): void {
    if (this.party !== "" && (this.renewable || refusal.retryable)) {
      this.report(refusal);
      this.#tryAgain();
    } else {
      this.close(refusal);
    }
  }

  #tryAgain(): void {
    setTimeout(() => this.#closed || this.#socket.connect(), REFUSED_PAUSE_MS * (1 + Math.random()));
  }
}
