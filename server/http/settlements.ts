/** Settlements, for operators: what waits to be paid out, what could not be, and their word about it. */
import {
  Settlement,
  SettlementDecide,
  SettlementId,
  SettlementPage,
  SettlementPageQuery,
} from "@tallystick/protocol";
import type { Response } from "express";
import { z } from "zod";
import { TOO_MUCH } from "../ledger/accounts.ts";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { SettlementDecided, Settlements } from "../vouchers/settlements.ts";
import { runWithKey } from "./idempotency.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

export interface SettlementParts {
  settlements: Settlements;
  writeKeys: WriteKeys;
}

const SettlementPath = z.object({ id: SettlementId });
const SHOWN = { 200: { what: "The settlement as it stands.", schema: Settlement } };

const route = routesOf<SettlementParts>();

export const SETTLEMENT_ROUTES = [
  route({
    method: "GET",
    path: "/v1/settlements",
    who: "operator",
    numbers: "masked if asked",
    summary: "A page of settlements that are not settled, the oldest first.",
    query: SettlementPageQuery,
    answers: { 200: { what: "The page.", schema: SettlementPage } },
    handle: async ({ settlements }, { query }, { response }) => {
      response.json(await settlements.list(query));
    },
  }),
  route({
    method: "GET",
    path: "/v1/settlements/:id",
    who: "operator",
    numbers: "masked if asked",
    summary: "One settlement.",
    params: SettlementPath,
    answers: SHOWN,
    refusals: ["not_found"],
    handle: async ({ settlements }, { params }, { response }) => {
      const settlement = await settlements.find(params.id);
      if (settlement) response.json(settlement);
      else sendProblem(response, errorBody("not_found"));
    },
  }),
  route({
    method: "POST",
    path: "/v1/settlements/:id",
    who: "operator",
    numbers: "masked if asked",
    summary: "Sends one that failed to another account, or says what came of a payment outside.",
    params: SettlementPath,
    body: SettlementDecide,
    answers: SHOWN,
    refusals: ["not_found", "wrong_state", "conflict"],
    handle: async ({ settlements, writeKeys }, { params, body }, { request, response }) => {
      const decided = await runWithKey(
        writeKeys,
        { request, response },
        {
          content: ["settlement", params, body],
          run: (writeId) => settlements.decide(params.id, body, writeId),
        },
      );
      if (decided) tell(response, decided, "redirect" in body ? "redirect" : "report");
    },
  }),
];

function tell(response: Response, decided: SettlementDecided, asked: keyof typeof WHY_NOT): void {
  if (decided.kind === "done") {
    response.json(decided.settlement);
  } else if (decided.code === "wrong_state") {
    const { state } = decided.details ?? {};
    const message = `The settlement is ${state}, and ${WHY_NOT[asked]}.`;
    sendProblem(response, { code: "wrong_state", message, details: { state } });
  } else if (decided.code === "invalid_request") {
    sendProblem(response, { code: decided.code, message: TOO_MUCH });
  } else {
    sendProblem(response, errorBody(decided.code, decided.details));
  }
}

const WHY_NOT = {
  redirect:
    "only one that failed in the book, and was not paid for another past, can be sent to another account",
  report: "only one that failed, or that is paid outside and still open, can be reported",
} as const;
