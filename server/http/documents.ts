/** The signed documents of vouchers, and the keys that verify them. */
import { DOCUMENT_MEDIA_TYPE, VoucherId, type VoucherSnapshot } from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import type { Documents } from "../documents/documents.ts";
import { errorBody } from "../refusals.ts";
import type { Tokens } from "../tokens.ts";
import { authenticate, operatorsAndTerminals, readerOf } from "./authorise.ts";
import { allowOnly } from "./faults.ts";
import { readInput } from "./input.ts";
import { sendProblem } from "./problem.ts";

const VoucherPath = z.object({ id: VoucherId });
/** How long keys may be kept, seconds: a key that is rotated signs at once, so that this is short. */
const KEYS_FRESH_SECONDS = 60;

/** The keys are anybody's to read. */
export function keyRoutes({ documents }: { documents: Documents }): Router {
  const routes = Router();
  routes
    .route("/.well-known/jwks.json")
    .get(async (_request: Request, response: Response) => {
      const keySet = await documents.keySet();
      response.set("Cache-Control", `public, max-age=${KEYS_FRESH_SECONDS}`);
      response.type("application/jwk-set+json").send(JSON.stringify(keySet));
    })
    .all(allowOnly("GET", "HEAD"));
  return routes;
}

export interface DocumentParts {
  documents: Documents;
  vouchers: {
    /** The voucher, when it is the reader's to see, as the store has it as durably as it promises. */
    read(
      reader: { party: string; operator: boolean },
      voucherId: string,
    ): Promise<VoucherSnapshot | undefined>;
  };
  tokens: Tokens;
}

/** A document is the voucher's readers' to have. */
export function documentRoutes(parts: DocumentParts): Router {
  const anybody = [authenticate(parts.tokens), operatorsAndTerminals];
  const routes = Router();
  routes
    .route("/v1/vouchers/:id/document")
    .get(anybody, (request: Request, response: Response) => getDocument(parts, request, response))
    .all(allowOnly("GET", "HEAD"));
  return routes;
}

async function getDocument(
  { documents, vouchers }: DocumentParts,
  request: Request,
  response: Response,
): Promise<void> {
  const path = readInput(VoucherPath, request.params, response);
  if (!path) return;
  const voucher = await vouchers.read(readerOf(response), path.id);
  if (!voucher) return sendProblem(response, errorBody("not_found"));
  const signed = await documents.sign(voucher);
  if (signed.kind === "signed") {
    // Express would add a charset to a text, which this type does not have.
    response.set("Content-Type", DOCUMENT_MEDIA_TYPE).send(Buffer.from(signed.document));
    return;
  }
  if (signed.kind === "no_key")
    return sendProblem(response, { code: "unavailable", message: "The hub has no key to sign with now." });
  const message = `The voucher is ${signed.state}; what has ended gets no document.`;
  sendProblem(response, { code: "wrong_state", message, details: { state: signed.state } });
}
