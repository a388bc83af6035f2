/** An operator's word that ends what a party's tokens are good for. */
import { Party, Revoked } from "@tallystick/protocol";
import { z } from "zod";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { Revocations } from "../revocations.ts";
import { runWithKey } from "./idempotency.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

export interface RevocationParts {
  revocations: Revocations;
  writeKeys: WriteKeys;
}

const route = routesOf<RevocationParts>();

export const REVOCATION_ROUTES = [
  route({
    method: "POST",
    path: "/v1/parties/:party/revoke",
    who: "operator",
    summary: "Revokes the tokens that a party has now: its sessions end at once on all hubs.",
    params: z.object({ party: Party }),
    answers: { 200: { what: "Tokens that were made until then are refused.", schema: Revoked } },
    refusals: ["conflict"],
    handle: async ({ revocations, writeKeys }, { params: { party } }, { request, response }) => {
      const outcome = await runWithKey(
        writeKeys,
        { request, response },
        { content: ["revoke", party], run: (writeId) => revocations.revoke(party, writeId) },
      );
      if (!outcome) return;
      if (outcome.kind === "done")
        response.json({ party, revokedAt: outcome.revoked.until } satisfies Revoked);
      else sendProblem(response, errorBody(outcome.code));
    },
  }),
];
