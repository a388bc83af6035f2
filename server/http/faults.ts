/** What is answered when no handler did: no such route, a wrong method, a body that can't be read, a fault. */
import type { ErrorRequestHandler, Request, RequestHandler, Response } from "express";
import { nameOfAway } from "../archive/asked-thread.ts";
import { type Logger, SampledLines } from "../log.ts";
import { isUnavailable } from "../redis/availability.ts";
import { errorBody } from "../refusals.ts";
import { LARGEST_BODY_BYTES } from "./input.ts";
import { sendProblem } from "./problem.ts";

export const noSuchRoute: RequestHandler = (_request, response) => {
  sendProblem(response, { code: "not_found", message: "There is no such address." });
};

/** Ends a route: its other methods are refused, and `OPTIONS` says which there are. */
export function allowOnly(...methods: string[]): RequestHandler {
  const allowed = [...methods, "OPTIONS"].join(", ");
  return (request, response) => {
    response.set("Allow", allowed);
    if (request.method === "OPTIONS") return void response.status(204).end();
    sendProblem(
      response,
      { code: "invalid_request", message: `${request.method} can't be done here; ${allowed} can.` },
      405,
    );
  };
}

/** Answers what was thrown; what is not the sender's fault is logged, and nothing of it is told. */
export function answerFault(log: Logger): ErrorRequestHandler {
  const unanswered = new SampledLines();
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    if (isUnavailable(error)) {
      unanswered.say((besides) => {
        const entry = { ...describeRequest(request), error: String(error), ...besides };
        log.warn(entry, `${nameOfAway(error)} did not answer`);
      });
      return sendProblem(response, errorBody("unavailable"));
    }
    if (isRequestError(error)) return answerRequestError(error, response);
    log.error({ ...describeRequest(request), err: error }, "a request failed");
    sendProblem(response, errorBody("internal"));
  };
}

/** A request for the log. The route's pattern stands for the path, which may hold an account's number. */
export function describeRequest(request: Request): { method: string; route: string } {
  const route: unknown = request.route?.path;
  return { method: request.method, route: typeof route === "string" ? route : "none" };
}

interface RequestError extends Error {
  status: number;
}

/** Express and its body reader blame the request with a status from 400 to 499. */
function isRequestError(error: unknown): error is RequestError {
  return (
    error instanceof Error && "status" in error && Number(error.status) >= 400 && Number(error.status) < 500
  );
}

/** What is said of it; the errors' own messages may repeat what was sent, so they are not passed on. */
const REQUEST_ERRORS: ReadonlyMap<number, string> = new Map([
  [400, "The body is not JSON, of an object."],
  [413, `The body is larger than ${LARGEST_BODY_BYTES} bytes.`],
  [415, "The body must be JSON in UTF-8, not compressed."],
]);

function answerRequestError(error: RequestError, response: Response): void {
  const status = REQUEST_ERRORS.has(error.status) ? error.status : 400;
  const message =
    error instanceof URIError ? "The path is badly encoded." : (REQUEST_ERRORS.get(status) as string);
  sendProblem(response, { code: "invalid_request", message }, status);
}
