/** What a request brings: its path, query and body, read by the schemas and by nothing else. */
import express, { type RequestHandler, type Response } from "express";
import type { z } from "zod";
import { invalidRequest } from "../refusals.ts";
import { sendProblem } from "./problem.ts";

/** The largest legitimate body has well under 1 KB. */
export const LARGEST_BODY_BYTES = 16 * 1024;
const JSON_TYPE = "application/json";

/** Reads a value by its schema; otherwise answers with what is wrong, and returns undefined. */
export function readInput<S extends z.ZodType>(
  schema: S,
  value: unknown,
  response: Response,
): z.output<S> | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  sendProblem(response, invalidRequest(result.error).error);
  return undefined;
}

/** Reads a JSON body into `request.body`; its errors are answered by `answerFault`. */
export const jsonBody: RequestHandler[] = [
  (request, response, next) => {
    // null: there is no body, and the schema says what is missing.
    if (request.is(JSON_TYPE) !== false) return next();
    response.set("Accept", JSON_TYPE);
    sendProblem(
      response,
      { code: "invalid_request", message: `The body must be JSON: Content-Type: ${JSON_TYPE}.` },
      415,
    );
  },
  express.json({ limit: LARGEST_BODY_BYTES, inflate: false, type: JSON_TYPE }),
];
