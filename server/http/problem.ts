/** Errors over HTTP: problem documents (RFC 9457) with the wire protocol's codes. */
import { ERRORS, type ErrorBody, type ErrorCode, type Problem } from "@tallystick/protocol";
import type { Response } from "express";

/**
 * Answers with a problem. The status is the code's own, but for what HTTP alone knows and has statuses
 * for: a wrong method (405), a condition that is not met (412), a body too large (413), another media type (415).
 */
export function sendProblem(
  response: Response,
  error: ErrorBody,
  status: number = ERRORS[error.code].status,
): void {
  const problem: Problem = {
    type: problemType(error.code),
    title: titleOf(error.code),
    status,
    detail: error.message,
    code: error.code,
    ...(error.details && { details: error.details }),
  };
  // A write may be sent again as it is, with its Idempotency-Key.
  const { retryAfter = error.code === "unavailable" ? 1000 : undefined } = error.details ?? {};
  if (retryAfter !== undefined) response.set("Retry-After", String(Math.ceil(Number(retryAfter) / 1000)));
  response.status(status).type("application/problem+json").send(JSON.stringify(problem));
}

/** The URI that names a kind of problem; it is not meant to be opened. */
export function problemType(code: ErrorCode): string {
  return `urn:tallystick:error:${code}`;
}

/** The same for each occurrence, as RFC 9457, section 3.1.3 asks: the code in words. */
function titleOf(code: ErrorCode): string {
  const words = code.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
