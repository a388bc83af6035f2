/** What an operator's page is told while it watches: server-sent events, one about each two seconds. */
import { LiveSummary } from "@tallystick/protocol";
import type { Live } from "../live/live.ts";
import { errorBody } from "../refusals.ts";
import type { Revocations } from "../revocations.ts";
import type { Identity } from "../tokens.ts";
import { identityOf } from "./authorise.ts";
import { sendProblem } from "./problem.ts";
import { type Exchange, routesOf } from "./route.ts";

export interface LiveParts {
  live: Live;
  revocations: Revocations;
}

/** Whoever does not read is let go when so much waits, bytes. */
const MOST_WAITING = 1024 * 1024;

const route = routesOf<LiveParts>();

export const LIVE_ROUTES = [
  route({
    method: "GET",
    path: "/v1/live",
    who: "operator",
    summary: "What is known of the book and its hubs, told anew each two seconds for as long as one listens.",
    answers: {
      200: {
        what: "Server-sent events without end; the data of each is a summary.",
        type: "text/event-stream",
        schema: LiveSummary,
      },
    },
    handle: (parts, _input, exchange) => stream(parts, exchange),
  }),
];

function stream({ live, revocations }: LiveParts, { request, response }: Exchange): void {
  if (request.method === "HEAD") {
    begin(response);
    response.end();
    return;
  }
  const identity = identityOf(response);
  let stop: (() => void) | undefined;
  // Of what has ended Node says that it is closed only when all of it is sent, which whoever does not read keeps from happening.
  const end = () => {
    stop?.();
    response.end();
  };
  const tell = (summary: LiveSummary) => {
    if (!response.headersSent) begin(response);
    response.write(`data: ${JSON.stringify(summary)}\n\n`);
    if (response.writableLength > MOST_WAITING) {
      stop?.();
      response.destroy();
    }
    void isStillGood(identity, revocations).then((isGood) => isGood || end());
  };
  stop = live.watch({ tell, end });
  if (stop) response.once("close", stop);
  else sendProblem(response, errorBody("unavailable"));
}

function begin(response: Exchange["response"]): void {
  response.set({
    "Content-Type": "text/event-stream; charset=utf-8",
    // A proxy that collects what it passes on would hold it up.
    "X-Accel-Buffering": "no",
  });
  response.flushHeaders();
}

/** A token that has ended, or was revoked meanwhile, is told nothing more. */
async function isStillGood(identity: Identity, revocations: Revocations): Promise<boolean> {
  if (Date.now() >= identity.expiresAt) return false;
  return revocations.check(identity).then(
    () => true,
    () => false,
  );
}
