/** The signed documents of vouchers, and the keys that verify them. */
import { DOCUMENT_MEDIA_TYPE, KeySet, VoucherId, type VoucherSnapshot } from "@tallystick/protocol";
import { z } from "zod";
import type { Documents } from "../documents/documents.ts";
import { errorBody } from "../refusals.ts";
import { readerOf } from "./authorise.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

/** How long keys may be kept, seconds: a key that is rotated signs at once, so that this is short. */
const KEYS_FRESH_SECONDS = 60;
const KEYS_MEDIA_TYPE = "application/jwk-set+json";

export interface DocumentParts {
  documents: Documents;
  vouchers: {
    /** The voucher, when it is the reader's to see, as the store has it as durably as it promises. */
    read(
      reader: { party: string; operator: boolean },
      voucherId: string,
    ): Promise<VoucherSnapshot | undefined>;
  };
}

const route = routesOf<DocumentParts>();

export const DOCUMENT_ROUTES = [
  route({
    method: "GET",
    path: "/.well-known/jwks.json",
    who: "anybody",
    summary: "The public keys of all hubs that sign documents.",
    answers: { 200: { what: "A JWKS (RFC 7517).", schema: KeySet, type: KEYS_MEDIA_TYPE } },
    refusals: ["unavailable", "internal"],
    handle: async ({ documents }, _input, { response }) => {
      const keySet = await documents.keySet();
      response.set("Cache-Control", `public, max-age=${KEYS_FRESH_SECONDS}`);
      response.type(KEYS_MEDIA_TYPE).send(JSON.stringify(keySet));
    },
  }),
  route({
    method: "GET",
    path: "/v1/vouchers/:id/document",
    who: "reader",
    summary: "A voucher's signed document, while the voucher lives.",
    params: z.object({ id: VoucherId }),
    answers: {
      200: { what: "A compact JWS (RFC 7515) of the claims.", type: DOCUMENT_MEDIA_TYPE },
    },
    refusals: ["not_found", "wrong_state"],
    handle: async ({ documents, vouchers }, { params }, { response }) => {
      const voucher = await vouchers.read(readerOf(response), params.id);
      if (!voucher) return sendProblem(response, errorBody("not_found"));
      const signed = await documents.sign(voucher);
      if (signed.kind === "signed") {
        // Express would add a charset to a text, which this type does not have.
        response.set("Content-Type", DOCUMENT_MEDIA_TYPE).send(Buffer.from(signed.document));
        return;
      }
      if (signed.kind === "no_key")
        return sendProblem(response, {
          code: "unavailable",
          message: "The hub has no key to sign with now.",
        });
      const message = `The voucher is ${signed.state}; what has ended gets no document.`;
      sendProblem(response, { code: "wrong_state", message, details: { state: signed.state } });
    },
  }),
];
