/** A terminal's session, from its token to its end. */
import { type ErrorBody, PROTOCOL_VERSION } from "@tallystick/protocol";
import type { Issuances } from "../issuances/issuances.ts";
import { type Logger, SampledLines } from "../log.ts";
import { errorBody } from "../refusals.ts";
import type { Revocations } from "../revocations.ts";
import { type Identity, TokenError, type Tokens } from "../tokens.ts";
import { type ConnectionLimits, RETRY_AFTER_MS } from "./connection-limits.ts";
import type { Doors } from "./doors.ts";
import { inboxOf, type Rooms, TerminalSender } from "./rooms.ts";
import { dismiss, SessionEnds } from "./session-ends.ts";
import type { HubServer, Terminal } from "./terminal.ts";

export interface SessionsOptions {
  issuances: Issuances;
  rooms: Rooms;
  tokens: Tokens;
  revocations: Revocations;
  /** The store's clock. */
  now: () => Promise<number>;
  /** Seconds that what ended without a voucher stays. */
  retention: number;
  limits: ConnectionLimits;
  doors: Doors;
  log: Logger;
}

/** A terminal that is refused though its token is good. */
class RefusedSession extends Error {
  readonly body = errorBody("rate_limited", { retryAfter: RETRY_AFTER_MS });
}

/**
 * Lets terminals in: the token is verified first, then the session begins.
 *
 * @returns what watches for tokens that end.
 */
export function acceptSessions(io: HubServer, options: SessionsOptions): SessionEnds {
  const begins = { ends: new SessionEnds(io), unbegun: new SampledLines() };
  io.use((terminal, next) => {
    authenticate(terminal, io, options).then(
      () => next(),
      (error: unknown) => {
        next(connectError(error, options.log));
        // Its one CONNECT is spent. What was written goes out before the connection closes.
        setImmediate(() => terminal.conn.close());
      },
    );
  });
  io.on("connection", (terminal) => {
    // Many may have come at once, of which none was there yet when its token was looked at.
    if (options.limits.admitsTerminal(io, terminal.data.sender.party))
      return void begin(terminal, begins, options);
    terminal.emit("session:error", new RefusedSession().body);
    terminal.conn.close();
  });
  return begins.ends;
}

async function authenticate(terminal: Terminal, io: HubServer, options: SessionsOptions): Promise<void> {
  const { tokens, rooms, limits, doors } = options;
  const address = limits.addressOf(terminal.request);
  await doors.turn();
  // Socket.IO lets go of one that has closed meanwhile, whatever it is told.
  if (terminal.conn.readyState !== "open") return;
  const identity = await verify(terminal.handshake.auth.token, tokens).catch(async (error: unknown) => {
    if (error instanceof TokenError && error.code === "unauthenticated") await doors.refuseToken(address);
    throw error;
  });
  if (!limits.admitsTerminal(io, identity.party)) throw new RefusedSession();
  await doors.admit(identity.party);
  terminal.data.sender = new TerminalSender(identity.party, terminal, rooms);
  terminal.data.issuedAt = identity.issuedAt;
  terminal.data.expiresAt = identity.expiresAt;
}

async function verify(token: unknown, tokens: Tokens): Promise<Identity> {
  const identity = await tokens.verify(token);
  if (!identity.terminal) throw new TokenError("the token's scope does not include terminal");
  return identity;
}

/** Socket.IO sends an error's `data` along with `connect_error`. */
function connectError(error: unknown, log: Logger): Error {
  if (error instanceof RefusedSession)
    return Object.assign(new Error(error.body.message), { data: error.body });
  if (!(error instanceof TokenError)) {
    log.error({ err: error }, "a token could not be verified");
    const body = errorBody("internal");
    return Object.assign(new Error(body.message), { data: body });
  }
  // That a key set is out of reach has been logged, and a bad token is nobody's business.
  const { code, message, details } = error;
  const body: ErrorBody = { code, message, ...(details && { details }) };
  return Object.assign(new Error(message), { data: body });
}

/** Puts the terminal in its inbox, and tells it what is open. */
async function begin(
  terminal: Terminal,
  { ends, unbegun }: { ends: SessionEnds; unbegun: SampledLines },
  options: SessionsOptions,
): Promise<void> {
  const { issuances, rooms, revocations, now, retention, log } = options;
  const { party } = terminal.data.sender;
  try {
    // The inbox comes first, so that nothing falls between the list and what is told live.
    await rooms.join(terminal, inboxOf(party));
    // What was revoked since the token was looked at, and before it was heard of here.
    const stillGood = revocations.check({ party, issuedAt: terminal.data.issuedAt });
    stillGood.catch(() => undefined);
    const { open, vouchers, at } = await issuances.listSession(party);
    const serverTime = at ?? (await now());
    await stillGood;
    // Its token may have ended meanwhile, or been revoked.
    if (Date.now() >= terminal.data.expiresAt) return dismiss(terminal);
    terminal.emit("session:ready", {
      protocol: PROTOCOL_VERSION,
      party,
      serverTime,
      vouchers: vouchers.vouchers,
      moreVouchers: vouchers.more,
      open: open.open,
      more: open.more,
      retention,
    });
    ends.watch(terminal);
  } catch (error) {
    if (error instanceof TokenError) return dismiss(terminal);
    unbegun.say((besides) => log.warn({ error: String(error), ...besides }, "a session could not begin"));
    terminal.emit("session:error", errorBody("unavailable"));
    // Not disconnect(): after a lost connection a client comes back by itself.
    terminal.conn.close();
  }
}
