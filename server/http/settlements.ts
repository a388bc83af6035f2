/** Settlements, for operators: what waits to be paid out, what could not be, and their word about it. */
import { SettlementCursor, SettlementDecide, SettlementId } from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { LISTED_STATES } from "../ledger/settlements.ts";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { Tokens } from "../tokens.ts";
import type { Settlements } from "../vouchers/settlements.ts";
import { authenticate, operatorsOnly } from "./authorise.ts";
import { allowOnly } from "./faults.ts";
import { runWithKey } from "./idempotency.ts";
import { jsonBody, PageLimit, readInput } from "./input.ts";
import { sendProblem } from "./problem.ts";

const SettlementPath = z.object({ id: SettlementId });
const PageQuery = z.strictObject({
  /** Those that wait to be paid, or that could not be. */
  state: z.enum(LISTED_STATES).default("failed"),
  after: SettlementCursor.optional(),
  limit: PageLimit,
});

export interface SettlementParts {
  settlements: Settlements;
  writeKeys: WriteKeys;
  tokens: Tokens;
}

export function settlementRoutes(parts: SettlementParts): Router {
  const operators = [authenticate(parts.tokens), operatorsOnly];
  const routes = Router();
  routes
    .route("/v1/settlements")
    .get(operators, async (request: Request, response: Response) => {
      const query = readInput(PageQuery, request.query, response);
      if (query) response.json(await parts.settlements.list(query));
    })
    .all(allowOnly("GET", "HEAD"));
  routes
    .route("/v1/settlements/:id")
    .get(operators, (request: Request, response: Response) => get(parts, request, response))
    .post(operators, jsonBody, (request: Request, response: Response) => decide(parts, request, response))
    .all(allowOnly("GET", "HEAD", "POST"));
  return routes;
}

async function get({ settlements }: SettlementParts, request: Request, response: Response): Promise<void> {
  const path = readInput(SettlementPath, request.params, response);
  const settlement = path && (await settlements.find(path.id));
  if (settlement) response.json(settlement);
  else if (path) sendProblem(response, errorBody("not_found"));
}

async function decide(
  { settlements, writeKeys }: SettlementParts,
  request: Request,
  response: Response,
): Promise<void> {
  const path = readInput(SettlementPath, request.params, response);
  const body = path && readInput(SettlementDecide, request.body, response);
  if (!path || !body) return;
  const decided = await runWithKey(
    writeKeys,
    { request, response },
    { content: ["settlement", path, body], run: (writeId) => settlements.decide(path.id, body, writeId) },
  );
  if (!decided) return;
  if (decided.kind === "done") {
    response.json(decided.settlement);
  } else if (decided.code === "wrong_state") {
    const { state } = decided.details ?? {};
    const message = `The settlement is ${state}, and ${"redirect" in body ? WHY_NOT.redirect : WHY_NOT.report}.`;
    sendProblem(response, { code: "wrong_state", message, details: { state } });
  } else {
    sendProblem(response, errorBody(decided.code, decided.details));
  }
}

const WHY_NOT = {
  redirect:
    "only one that failed in the book, and was not paid for another past, can be sent to another account",
  report: "only one that failed, or that is paid outside and still open, can be reported",
} as const;
