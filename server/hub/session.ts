/** A terminal's connection, from its token to its goodbye. */
import { PROTOCOL_VERSION } from "@tallystick/protocol";
import { listOpen } from "../ledger/open-issuances.ts";
import type { Tokens } from "../tokens.ts";
import { TokenError } from "../tokens.ts";
import { fullAllowance } from "./allowance.ts";
import { NAMES, receive } from "./handle.ts";
import { takeMessages } from "./messages.ts";
import { PAGE } from "./queries.ts";
import { errorBody } from "./refusals.ts";
import { enter, inboxOf } from "./rooms.ts";
import type { Hub, HubServer, Terminal } from "./types.ts";

/** How often connections are looked at for tokens that have ended, milliseconds. */
const EXPIRY_CHECK_MS = 15_000;

/** Lets terminals in: the token is verified first, then the session begins. */
export function acceptTerminals(hub: Hub, tokens: Tokens): () => void {
  takeMessages(hub.io, NAMES, (terminal, message) => void receive(hub, terminal, message));
  hub.io.use((terminal, next) => {
    authenticate(hub, tokens, terminal).then(
      () => next(),
      (error: unknown) => next(connectError(hub, error)),
    );
  });
  hub.io.on("connection", (terminal) => void begin(hub, terminal));
  const timer = setInterval(() => dismissExpired(hub.io), EXPIRY_CHECK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

async function authenticate(hub: Hub, tokens: Tokens, terminal: Terminal): Promise<void> {
  const identity = await tokens.verify(terminal.handshake.auth.token);
  if (!identity.terminal) throw new TokenError("the token's scope does not include terminal");
  terminal.data.party = identity.party;
  terminal.data.expiresAt = identity.expiresAt;
  terminal.data.allowance = fullAllowance(hub.rateLimit, Date.now());
}

/** Socket.IO sends an error's `data` along with `connect_error`. */
function connectError(hub: Hub, error: unknown): Error {
  // A key server out of reach is the operator's business; a bad token is not.
  const ours = !(error instanceof TokenError) || error.code === "unavailable";
  if (ours) hub.log.error({ err: error }, "a token could not be verified");
  const code = error instanceof TokenError ? error.code : "internal";
  const message = error instanceof TokenError ? error.message : errorBody(code).message;
  return Object.assign(new Error(message), { data: { ...errorBody(code), message } });
}

/** Puts the terminal in its inbox, and tells it what is open. */
async function begin(hub: Hub, terminal: Terminal): Promise<void> {
  const { party } = terminal.data;
  try {
    // The inbox comes first, so that nothing falls between the list and what is told live.
    await enter(hub, terminal, inboxOf(party));
    const page = await listOpen(hub.ledger, { party, limit: PAGE });
    terminal.emit("session:ready", {
      protocol: PROTOCOL_VERSION,
      party,
      serverTime: await hub.ledger.now(),
      open: page?.open ?? [],
      more: page?.more ?? false,
    });
  } catch (error) {
    hub.log.warn({ error: String(error) }, "a session could not begin");
    terminal.emit("session:error", errorBody("unavailable"));
    // Not disconnect(): after a lost line a client comes back by itself.
    terminal.conn.close();
  }
}

function dismissExpired(io: HubServer): void {
  const now = Date.now();
  for (const terminal of io.of("/").sockets.values()) {
    if (terminal.data.expiresAt > now) continue;
    terminal.emit("session:error", errorBody("unauthenticated"));
    terminal.conn.close();
  }
}
