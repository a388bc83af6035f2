/** The operator's account book: `/v1/parties/:party/accounts`. */
import { AccountAdjust, AccountNumber, AccountPut, Party } from "@tallystick/protocol";
import { type Request, type Response, Router } from "express";
import { z } from "zod";
import type { AccountOutcome, Accounts } from "../ledger/accounts.ts";
import { errorBody } from "../refusals.ts";
import type { Tokens } from "../tokens.ts";
import { authenticate, operatorsOnly } from "./authorise.ts";
import { allowOnly } from "./faults.ts";
import { jsonBody, PageLimit, readInput } from "./input.ts";
import { sendProblem } from "./problem.ts";

const AccountPath = z.object({ party: Party, number: AccountNumber });
const PartyPath = z.object({ party: Party });

const PageQuery = z.strictObject({ after: AccountNumber.optional(), limit: PageLimit });

export function accountRoutes(parts: { accounts: Accounts; tokens: Tokens }): Router {
  const { accounts } = parts;
  const operator = [authenticate(parts.tokens), operatorsOnly];
  const routes = Router();
  routes
    .route("/v1/parties/:party/accounts")
    .get(operator, (request: Request, response: Response) => list(accounts, request, response))
    .all(allowOnly("GET", "HEAD"));
  routes
    .route("/v1/parties/:party/accounts/:number")
    .get(operator, (request: Request, response: Response) => get(accounts, request, response))
    .put(operator, jsonBody, (request: Request, response: Response) => put(accounts, request, response))
    .all(allowOnly("GET", "HEAD", "PUT"));
  routes
    .route("/v1/parties/:party/accounts/:number/adjust")
    .post(operator, jsonBody, (request: Request, response: Response) => adjust(accounts, request, response))
    .all(allowOnly("POST"));
  return routes;
}

async function list(accounts: Accounts, request: Request, response: Response): Promise<void> {
  const path = readInput(PartyPath, request.params, response);
  const query = path && readInput(PageQuery, request.query, response);
  if (!query) return;
  response.json(await accounts.list(path.party, query));
}

async function get(accounts: Accounts, request: Request, response: Response): Promise<void> {
  const name = readInput(AccountPath, request.params, response);
  if (!name) return;
  const account = await accounts.get(name);
  if (account) response.json(account);
  else sendProblem(response, errorBody("not_found"));
}

/** Makes the account (201) or sets it anew (200). */
async function put(accounts: Accounts, request: Request, response: Response): Promise<void> {
  const name = readInput(AccountPath, request.params, response);
  const body = name && readInput(AccountPut, request.body, response);
  if (!body) return;
  tell(response, await accounts.put(name, body));
}

async function adjust(accounts: Accounts, request: Request, response: Response): Promise<void> {
  const name = readInput(AccountPath, request.params, response);
  const body = name && readInput(AccountAdjust, request.body, response);
  if (!body) return;
  tell(response, await accounts.adjust(name, body));
}

function tell(response: Response, outcome: AccountOutcome): void {
  if (outcome.kind === "done") response.status(outcome.isNew ? 201 : 200).json(outcome.account);
  else sendProblem(response, { code: outcome.code, message: outcome.message });
}
