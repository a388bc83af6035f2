/** Issuances that are fenced since the store went back in time: operators see them, and decide. */
import { FenceDecide, IssuanceId } from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import type { Issuances } from "../issuances/issuances.ts";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { Tokens } from "../tokens.ts";
import { authenticate, operatorsOnly } from "./authorise.ts";
import { allowOnly } from "./faults.ts";
import { KEY_CONFLICT, runWithKey } from "./idempotency.ts";
import { jsonBody, readInput } from "./input.ts";
import { sendProblem } from "./problem.ts";

const FencePath = z.object({ issuanceId: IssuanceId });

export interface FenceParts {
  issuances: Issuances;
  writeKeys: WriteKeys;
  tokens: Tokens;
}

export function fenceRoutes(parts: FenceParts): Router {
  const operators = [authenticate(parts.tokens), operatorsOnly];
  const routes = Router();
  routes
    .route("/v1/fences")
    .get(operators, async (_request: Request, response: Response) => {
      response.json(await parts.issuances.listFences());
    })
    .all(allowOnly("GET", "HEAD"));
  routes
    .route("/v1/fences/:issuanceId")
    .post(operators, jsonBody, (request: Request, response: Response) => decide(parts, request, response))
    .all(allowOnly("POST"));
  return routes;
}

async function decide(
  { issuances, writeKeys }: FenceParts,
  request: Request,
  response: Response,
): Promise<void> {
  const path = readInput(FencePath, request.params, response);
  const body = path && readInput(FenceDecide, request.body, response);
  if (!path || !body) return;
  const decided = await runWithKey(
    writeKeys,
    { request, response },
    {
      content: ["fence", path, body],
      run: (writeId) => issuances.decideFence(path.issuanceId, body, writeId),
    },
  );
  if (!decided) return;
  if (decided.kind === "done") {
    response.json(decided.snapshot);
  } else if (decided.code === "wrong_state") {
    const message = `The issuance is ${decided.state}, and ${WHY_NOT[body.decision]}.`;
    sendProblem(response, { code: "wrong_state", message, details: { state: decided.state } });
  } else if (decided.code === "conflict") {
    sendProblem(response, KEY_CONFLICT);
  } else {
    sendProblem(response, errorBody(decided.code));
  }
}

const WHY_NOT = {
  resume: "it is not fenced",
  cancel: "it is not fenced, or it has ended and can only be resumed",
} as const;
