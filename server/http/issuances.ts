/** Issuances, for operators and for either party. */
import { IssuanceId, Snapshot } from "@tallystick/protocol";
import { z } from "zod";
import type { Issuances } from "../issuances/issuances.ts";
import { errorBody } from "../refusals.ts";
import { readerOf } from "./authorise.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

export interface IssuanceParts {
  issuances: Issuances;
}

const route = routesOf<IssuanceParts>();

export const ISSUANCE_ROUTES = [
  route({
    method: "GET",
    path: "/v1/issuances/:id",
    who: "reader",
    summary: "An issuance, for an operator or either of its parties.",
    params: z.object({ id: IssuanceId }),
    answers: { 200: { what: "The issuance as it stands.", schema: Snapshot } },
    refusals: ["not_found"],
    handle: async ({ issuances }, { params }, { response }) => {
      const snapshot = await issuances.read(readerOf(response), params.id);
      if (snapshot) response.json(snapshot);
      else sendProblem(response, errorBody("not_found"));
    },
  }),
];
