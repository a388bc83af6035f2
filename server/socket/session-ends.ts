/** When sessions end: on the second on which their tokens do. A terminal is told so before, to get another token. */
import { errorBody } from "../refusals.ts";
import type { HubServer, Terminal } from "./terminal.ts";

/** How often connections are looked at for what comes next; what comes before the next look gets a timer, milliseconds. */
const LOOK_EVERY_MS = 15_000;
/** How long before its end a session is told of it, milliseconds; of a shorter one, half-way. */
const WARNING_MS = 60_000;

/** How long the connection stays after that, milliseconds: what is on its way then is refused in words, not cut off. */
const GOODBYE_MS = 200;

/** Ends a session whose token is no longer good: from now on the terminal is told nothing, and its commands are refused. */
export function dismiss(terminal: Terminal): void {
  terminal.data.expiresAt = Math.min(terminal.data.expiresAt, Date.now());
  for (const room of terminal.rooms) if (room !== terminal.id) void terminal.leave(room);
  terminal.emit("session:error", errorBody("unauthenticated"));
  setTimeout(() => terminal.conn.close(), GOODBYE_MS).unref();
}

/** Timers of their own for all terminals would be a part of what an idle one costs. */
export class SessionEnds {
  readonly #io: HubServer;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #interval: NodeJS.Timeout;
  /** What comes until then has a timer. */
  #lookedUntil = Date.now() + LOOK_EVERY_MS;

  constructor(io: HubServer) {
    this.#io = io;
    this.#interval = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#interval.unref();
  }

  /** Sees to the end of a session that has begun. */
  watch(terminal: Terminal): void {
    const { data } = terminal;
    const leftMs = data.expiresAt - Date.now();
    data.warnAt = data.expiresAt - (leftMs > WARNING_MS ? WARNING_MS : leftMs / 2);
    this.#plan(terminal, Number.NEGATIVE_INFINITY);
  }

  stop(): void {
    clearInterval(this.#interval);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #look(): void {
    const after = this.#lookedUntil;
    this.#lookedUntil = Math.max(after, Date.now() + LOOK_EVERY_MS);
    for (const terminal of this.#io.of("/").sockets.values()) this.#plan(terminal, after);
  }

  /** Sets timers for what comes after this time and before the next look. */
  #plan(terminal: Terminal, after: number): void {
    const { warnAt, expiresAt } = terminal.data;
    // It has yet to begin.
    if (warnAt === undefined) return;
    const isNext = (at: number) => at > after && at <= this.#lookedUntil;
    if (isNext(warnAt)) this.#at(warnAt, () => terminal.emit("session:expiring", { at: expiresAt }));
    if (isNext(expiresAt)) this.#at(expiresAt, () => dismiss(terminal));
  }

  /** A timer can be early by the clock that tokens are read by. */
  #at(at: number, run: () => void): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        if (Date.now() < at) this.#at(at, run);
        else run();
      },
      Math.max(0, Math.min(at - Date.now(), LOOK_EVERY_MS)),
    );
    timer.unref();
    this.#timers.add(timer);
  }
}
