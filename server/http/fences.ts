/** Issuances that are fenced since the store went back in time: operators see them, and decide. */
import { FenceCursor, FenceDecide, IssuanceId, isVoucherId, Party, VoucherId } from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import type { Issuances } from "../issuances/issuances.ts";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { Tokens } from "../tokens.ts";
import type { Vouchers } from "../vouchers/vouchers.ts";
import { authenticate, operatorsOf } from "./authorise.ts";
import { allowOnly } from "./faults.ts";
import { KEY_CONFLICT, runWithKey } from "./idempotency.ts";
import { jsonBody, PageLimit, readInput } from "./input.ts";
import { sendProblem } from "./problem.ts";

const FencePath = z.object({ issuanceId: z.union([IssuanceId, VoucherId]) });
const PageQuery = z.strictObject({
  /** Only what this party has shown, or takes part in. */
  party: Party.optional(),
  after: FenceCursor.optional(),
  limit: PageLimit,
});

export interface FenceParts {
  issuances: Issuances;
  vouchers: Vouchers;
  writeKeys: WriteKeys;
  tokens: Tokens;
}

export function fenceRoutes(parts: FenceParts): Router {
  const operators = [authenticate(parts.tokens), operatorsOf("operator:fences")];
  const routes = Router();
  routes
    .route("/v1/fences")
    .get(operators, async (request: Request, response: Response) => {
      const query = readInput(PageQuery, request.query, response);
      if (query) response.json(await parts.issuances.listFences(query));
    })
    .all(allowOnly("GET", "HEAD"));
  routes
    .route("/v1/fences/:issuanceId")
    .get(operators, (request: Request, response: Response) => get(parts, request, response))
    .post(operators, jsonBody, (request: Request, response: Response) => decide(parts, request, response))
    .all(allowOnly("GET", "HEAD", "POST"));
  return routes;
}

async function get({ issuances }: FenceParts, request: Request, response: Response): Promise<void> {
  const path = readInput(FencePath, request.params, response);
  const fence = path && (await issuances.findFence(path.issuanceId));
  if (fence) response.json(fence);
  else if (path) sendProblem(response, errorBody("not_found"));
}

async function decide(parts: FenceParts, request: Request, response: Response): Promise<void> {
  const { issuances, writeKeys } = parts;
  const path = readInput(FencePath, request.params, response);
  const body = path && readInput(FenceDecide, request.body, response);
  if (!path || !body) return;
  if (isVoucherId(path.issuanceId))
    return resume(parts, { voucherId: path.issuanceId, body }, request, response);
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
  } else if (decided.kind === "missing") {
    response.json({ issuanceId: path.issuanceId, missing: true });
  } else if (decided.code === "wrong_state") {
    const message = `The issuance is ${decided.state}, and ${WHY_NOT[body.decision]}.`;
    sendProblem(response, { code: "wrong_state", message, details: { state: decided.state } });
  } else if (decided.code === "conflict") {
    sendProblem(response, KEY_CONFLICT);
  } else {
    sendProblem(response, errorBody(decided.code));
  }
}

/** A voucher can be resumed; an operator that wants to end it voids it then. */
async function resume(
  { vouchers, writeKeys }: FenceParts,
  { voucherId, body }: { voucherId: string; body: FenceDecide },
  request: Request,
  response: Response,
): Promise<void> {
  if (body.decision === "cancel") {
    const message = `A voucher can't be cancelled: resume it, and end it with POST /v1/vouchers/${voucherId}/void.`;
    sendProblem(response, { code: "wrong_state", message });
    return;
  }
  const resumed = await runWithKey(
    writeKeys,
    { request, response },
    { content: ["fence", voucherId, body], run: (writeId) => vouchers.resume(voucherId, writeId) },
  );
  if (!resumed) return;
  if (resumed.kind === "done") {
    response.json(resumed.snapshot);
  } else if (resumed.kind === "missing") {
    response.json({ voucherId, missing: true });
  } else if (resumed.code === "wrong_state") {
    const message = `The voucher is ${resumed.state}, and it is not fenced.`;
    sendProblem(response, { code: "wrong_state", message, details: { state: resumed.state } });
  } else if (resumed.code === "conflict") {
    sendProblem(response, KEY_CONFLICT);
  } else {
    sendProblem(response, errorBody(resumed.code));
  }
}

const WHY_NOT = {
  resume: "it is not fenced",
  cancel: "it is not fenced, or it has ended and can only be resumed",
} as const;
