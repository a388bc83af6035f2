/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a write that comes again with its key, within 24
 * hours, is answered as it was, byte for byte. So whoever was answered `unavailable`, or not at all, sends it again and
 * learns what became of it.
 */
import { CommandId, type ErrorBody } from "@tallystick/protocol";
import type { Request, Response } from "express";
import { freshWriteId, readWriteId, type WriteKeys } from "../ledger/write-ids.ts";
import { identityOf } from "./authorise.ts";
import { sendProblem } from "./problem.ts";

export const KEY_CONFLICT: ErrorBody = {
  code: "conflict",
  message: "This Idempotency-Key was used for something else; use a fresh one for a new intent.",
};

/** A key as it is, or as the draft has it: a string of RFC 8941. */
const QUOTED = /^"(.*)"$/;

/** A write of a request that is let in. */
export interface Write<O> {
  /** What tells it from every other: what is done, to what, and the body. */
  content: readonly unknown[];
  /** Does it under an id, which says who does it; without a key it is a fresh one, and the write another each time. */
  run: (writeId: string) => Promise<O>;
}

/**
 * Does a write under the key that the request has, if it has one.
 *
 * @returns undefined when the key was not good, which has been answered then.
 */
export async function runWithKey<O extends { kind: string }>(
  keys: WriteKeys,
  { request, response }: { request: Request; response: Response },
  { content, run }: Write<O>,
): Promise<O | undefined> {
  const header = request.get("idempotency-key");
  const { party } = identityOf(response);
  if (header === undefined) return run(tell(response, freshWriteId(party)));
  const { success, data: key } = CommandId.safeParse(QUOTED.exec(header)?.[1] ?? header);
  if (!success) {
    const message = "Idempotency-Key must be 1 to 64 of A-Z a-z 0-9 _ -, with or without quotes.";
    sendProblem(response, { code: "invalid_request", message });
    return undefined;
  }
  const owned = { party, key };
  const claimed = await keys.claim(owned, ...content);
  if (claimed.kind === "conflict") {
    sendProblem(response, KEY_CONFLICT);
    return undefined;
  }
  const outcome = await run(tell(response, claimed.writeId));
  // What can't be let go of is forgotten in time; the refusal is told all the same.
  if (outcome.kind === "refused") await keys.release(owned).catch(() => undefined);
  return outcome;
}

/** The id by which the journal knows the write, for the operator's own records. */
function tell(response: Response, writeId: string): string {
  response.set("X-Request-Id", readWriteId(writeId).requestId);
  return writeId;
}
