/** The operator's account book: `/v1/parties/:party/accounts`. */
import {
  type Account,
  AccountAdjust,
  AccountNumber,
  AccountPut,
  AccountRepay,
  Party,
} from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { type AccountOutcome, accountTag } from "../ledger/accounts.ts";
import type { AccountBook } from "../ledger/confirmed-accounts.ts";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import type { Tokens } from "../tokens.ts";
import { authenticate, operatorsOf } from "./authorise.ts";
import { readConditions } from "./conditions.ts";
import { allowOnly } from "./faults.ts";
import { runWithKey } from "./idempotency.ts";
import { jsonBody, PageLimit, readInput } from "./input.ts";
import { sendProblem } from "./problem.ts";

const AccountPath = z.object({ party: Party, number: AccountNumber });
const PartyPath = z.object({ party: Party });

const PageQuery = z.strictObject({ after: AccountNumber.optional(), limit: PageLimit });

export interface AccountParts {
  accounts: AccountBook;
  writeKeys: WriteKeys;
  tokens: Tokens;
}

export function accountRoutes(parts: AccountParts): Router {
  const { accounts } = parts;
  const operator = [authenticate(parts.tokens), operatorsOf("operator:accounts")];
  const routes = Router();
  routes
    .route("/v1/parties/:party/accounts")
    .get(operator, (request: Request, response: Response) => list(accounts, request, response))
    .all(allowOnly("GET", "HEAD"));
  routes
    .route("/v1/parties/:party/accounts/:number")
    .get(operator, (request: Request, response: Response) => get(accounts, request, response))
    .put(operator, jsonBody, (request: Request, response: Response) => put(parts, request, response))
    .all(allowOnly("GET", "HEAD", "PUT"));
  routes
    .route("/v1/parties/:party/accounts/:number/adjust")
    .post(operator, jsonBody, (request: Request, response: Response) => adjust(parts, request, response))
    .all(allowOnly("POST"));
  routes
    .route("/v1/parties/:party/accounts/:number/repay")
    .post(operator, jsonBody, (request: Request, response: Response) => repay(parts, request, response))
    .all(allowOnly("POST"));
  return routes;
}

async function list(accounts: AccountBook, request: Request, response: Response): Promise<void> {
  const path = readInput(PartyPath, request.params, response);
  const query = path && readInput(PageQuery, request.query, response);
  if (!query) return;
  response.json(await accounts.list(path.party, query));
}

async function get(accounts: AccountBook, request: Request, response: Response): Promise<void> {
  const name = readInput(AccountPath, request.params, response);
  if (!name) return;
  const account = await accounts.get(name);
  if (account) sendAccount(response, account);
  else sendProblem(response, errorBody("not_found"));
}

/** Makes the account (201) or sets it anew (200). */
async function put(parts: AccountParts, request: Request, response: Response): Promise<void> {
  const name = readInput(AccountPath, request.params, response);
  const body = name && readInput(AccountPut, request.body, response);
  const conditions = body && readConditions(request, response);
  if (!conditions) return;
  const outcome = await runWithKey(
    parts.writeKeys,
    { request, response },
    {
      content: ["PUT", name, body],
      run: (writeId) => parts.accounts.put(name, body, { writeId, ...conditions }),
    },
  );
  if (outcome) tell(response, outcome);
}

async function adjust(parts: AccountParts, request: Request, response: Response): Promise<void> {
  const name = readInput(AccountPath, request.params, response);
  const body = name && readInput(AccountAdjust, request.body, response);
  const conditions = body && readConditions(request, response);
  if (!conditions) return;
  const outcome = await runWithKey(
    parts.writeKeys,
    { request, response },
    {
      content: ["adjust", name, body],
      run: (writeId) => parts.accounts.adjust(name, body, { writeId, ...conditions }),
    },
  );
  if (outcome) tell(response, outcome);
}

async function repay(parts: AccountParts, request: Request, response: Response): Promise<void> {
  const name = readInput(AccountPath, request.params, response);
  const body = name && readInput(AccountRepay, request.body, response);
  const conditions = body && readConditions(request, response);
  if (!conditions) return;
  const outcome = await runWithKey(
    parts.writeKeys,
    { request, response },
    {
      content: ["repay", name, body],
      run: (writeId) => parts.accounts.repay(name, body, { writeId, ...conditions }),
    },
  );
  if (outcome) tell(response, outcome);
}

function tell(response: Response, outcome: AccountOutcome): void {
  if (outcome.kind === "done") {
    sendAccount(response.status(outcome.isNew ? 201 : 200), outcome.account);
    return;
  }
  const { code, message, isConditionUnmet } = outcome;
  sendProblem(response, { code, message }, isConditionUnmet ? 412 : undefined);
}

/** A GET with `If-None-Match` is answered 304 by Express, which compares it with this tag. */
function sendAccount(response: Response, account: Account): void {
  response.set("ETag", `"${accountTag(account)}"`).json(account);
}
