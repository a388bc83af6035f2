/** Issuances, for operators and for either party. */
import { IssuanceId } from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import type { Issuances } from "../issuances/issuances.ts";
import { errorBody } from "../refusals.ts";
import type { Tokens } from "../tokens.ts";
import { authenticate, operatorsAndTerminals, readerOf } from "./authorise.ts";
import { allowOnly } from "./faults.ts";
import { readInput } from "./input.ts";
import { sendProblem } from "./problem.ts";

const IssuancePath = z.object({ id: IssuanceId });

export interface IssuanceParts {
  issuances: Issuances;
  tokens: Tokens;
}

export function issuanceRoutes(parts: IssuanceParts): Router {
  const anybody = [authenticate(parts.tokens), operatorsAndTerminals];
  const routes = Router();
  routes
    .route("/v1/issuances/:id")
    .get(anybody, (request: Request, response: Response) => getIssuance(parts, request, response))
    .all(allowOnly("GET", "HEAD"));
  return routes;
}

async function getIssuance(
  { issuances }: IssuanceParts,
  request: Request,
  response: Response,
): Promise<void> {
  const path = readInput(IssuancePath, request.params, response);
  if (!path) return;
  const snapshot = await issuances.read(readerOf(response), path.id);
  if (snapshot) response.json(snapshot);
  else sendProblem(response, errorBody("not_found"));
}
