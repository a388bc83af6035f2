/** Connects a terminal to a hub. */
import type { ManagerOptions, SocketOptions } from "socket.io-client";
import { abandonError, abortable, LONGEST_MS, type WaitOptions } from "./abortable.ts";
import { TallystickError } from "./errors.ts";
import { Terminal } from "./terminal.ts";
import type { TokenSource } from "./token-source.ts";

/** How to connect. `signal` and `timeoutMs` are for the connecting; a closed terminal is `close`d. */
export interface ConnectOptions extends WaitOptions {
  /** The party's token, or what gets one: it is asked for again with each connection, and before a token ends. */
  token: TokenSource;
  /** How long a command is repeated unless it says itself, milliseconds; 30,000 unless given. */
  commandTimeoutMs?: number | undefined;
  /** How long a command may stay unanswered before it is sent again, milliseconds; 5,000 unless given. */
  ackTimeoutMs?: number | undefined;
  /** How long after its last event an issuance is synced, in case one was lost, milliseconds; 30,000 unless given. */
  resyncIntervalMs?: number | undefined;
  /** Is told what fails where no caller waits; the same as `terminal.on("error", …)`. */
  onError?: ((error: unknown) => void) | undefined;
  /** Socket.IO's own options, for a proxy's headers, an agent or the pace of reconnecting. */
  socket?: Partial<ManagerOptions & SocketOptions> | undefined;
}

/**
 * Connects to a hub and resolves once the session has begun.
 *
 * @param url where the hub is, as in `http://localhost:3000`, or `https://example.com/pay` behind a proxy that
 *   takes the path away.
 * @throws TallystickError `unauthenticated` when the token is refused; `timeout` when the hub could not be
 *   reached in time (`cause` says why); `aborted`; `unsupported` when it speaks another protocol;
 *   `invalid_request` when the URL can't be a hub's.
 * @example
 * const terminal = await connect("http://localhost:3000", { token });
 * terminal.on("error", console.error);
 */
export async function connect(url: string, options: ConnectOptions): Promise<Terminal> {
  const { token, signal, onError, socket } = options;
  const {
    timeoutMs = 30_000,
    commandTimeoutMs = 30_000,
    ackTimeoutMs = 5000,
    resyncIntervalMs = 30_000,
  } = options;
  const settings = {
    token,
    timeoutMs: commandTimeoutMs,
    // A timer that is set for longer goes off at once.
    ackTimeoutMs: Math.min(ackTimeoutMs, LONGEST_MS),
    resyncIntervalMs: Math.min(resyncIntervalMs, LONGEST_MS),
  };
  let terminal: Terminal | undefined;
  let connectError: unknown;
  try {
    const { base, path } = addressOf(url);
    return await abortable<Terminal>(
      { signal, timeoutMs },
      abandonError(`Connecting to ${url}`),
      (resolve, reject) => {
        const made = new Terminal(base, { ...settings, socket: { path, ...socket } });
        terminal = made;
        if (onError) made.on("error", onError);
        made.on("connected", () => resolve(made));
        made.on("closed", reject);
        return made.on("connect_error", (problem) => {
          connectError = problem;
        });
      },
    );
  } catch (error) {
    // A time-out alone would not say what was in the way, nor that no command has been sent yet.
    if (error instanceof TallystickError)
      Object.assign(error, { money: "untouched", cause: error.cause ?? connectError });
    await terminal?.close();
    throw error;
  }
}

/** Socket.IO would take a URL's path for the name of a namespace. Here it says where the hub's own path begins. */
function addressOf(url: string): { base: string; path: string } {
  try {
    const { protocol, origin, pathname, search } = new URL(url, globalThis.location?.href);
    if (/^(http|ws)s?:$/.test(protocol)) {
      return { base: `${origin}/${search}`, path: `${pathname.replace(/\/+$/, "")}/socket.io` };
    }
  } catch {
    // It is no URL at all.
  }
  throw new TallystickError(
    "invalid_request",
    `${url} can't be a hub's URL: it has to be like https://example.com.`,
  );
}
