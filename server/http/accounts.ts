/** The account book: `/v1/parties/:party/accounts`. Operators keep it; a party reads its own accounts. */
import {
  Account,
  AccountAdjust,
  AccountNumber,
  AccountPage,
  AccountPageQuery,
  AccountPut,
  AccountRepay,
  Party,
} from "@tallystick/protocol";
import type { Response } from "express";
import { z } from "zod";
import { type AccountName, type AccountOutcome, accountTag, type WriteOptions } from "../ledger/accounts.ts";
import type { AccountBook } from "../ledger/confirmed-accounts.ts";
import type { WriteKeys } from "../ledger/write-ids.ts";
import { errorBody } from "../refusals.ts";
import { mayReadOf } from "./authorise.ts";
import { runWithKey } from "./idempotency.ts";
import { sendProblem } from "./problem.ts";
import { type Exchange, type Input, routesOf } from "./route.ts";

export interface AccountParts {
  accounts: AccountBook;
  writeKeys: WriteKeys;
}

const PartyPath = z.object({ party: Party });
const AccountPath = z.object({ party: Party, number: AccountNumber });
const SHOWN = { what: "The account as it stands.", schema: Account, etag: true } as const;

const PART = "operator:accounts";

const route = routesOf<AccountParts>();

export const ACCOUNT_ROUTES = [
  route({
    method: "GET",
    path: "/v1/parties/:party/accounts",
    who: "reader",
    part: PART,
    numbers: "masked if asked",
    summary: "A page of a party's accounts, by number.",
    params: PartyPath,
    query: AccountPageQuery,
    answers: { 200: { what: "The page.", schema: AccountPage } },
    handle: async ({ accounts }, { params, query }, { response }) => {
      if (!mayReadOf(params.party, PART, response)) return;
      response.json(await accounts.list(params.party, query));
    },
  }),
  route({
    method: "GET",
    path: "/v1/parties/:party/accounts/:number",
    who: "reader",
    part: PART,
    numbers: "masked if asked",
    summary: "One account.",
    params: AccountPath,
    answers: { 200: SHOWN },
    refusals: ["not_found"],
    handle: async ({ accounts }, { params }, { response }) => {
      if (!mayReadOf(params.party, PART, response)) return;
      const account = await accounts.get(params);
      if (account) sendAccount(response, account);
      else sendProblem(response, errorBody("not_found"));
    },
  }),
  route({
    method: "POST",
    path: "/v1/parties/:party/accounts/:number/show",
    who: "operator",
    part: PART,
    numbers: "shown",
    summary: "One account, to show its whole number to a person: the journal says who has asked for it.",
    params: AccountPath,
    answers: { 200: SHOWN },
    refusals: ["not_found", "conflict"],
    handle: (parts, input, exchange) =>
      write(parts, input, exchange, {
        what: "show",
        run: (name, _body, options) => parts.accounts.show(name, options),
      }),
  }),
  route({
    method: "PUT",
    path: "/v1/parties/:party/accounts/:number",
    who: "operator",
    part: PART,
    numbers: "masked if asked",
    summary:
      "Makes an account, or sets it anew. What is frozen or used stays, and the total can't go below it.",
    params: AccountPath,
    body: AccountPut,
    conditions: true,
    answers: { 200: SHOWN, 201: { ...SHOWN, what: "The account that was made." } },
    refusals: ["not_found", "conflict", "insufficient_funds"],
    handle: (parts, input, exchange) =>
      write(parts, input, exchange, {
        what: "PUT",
        run: (name, body, options) => parts.accounts.put(name, body, options),
      }),
  }),
  route({
    method: "POST",
    path: "/v1/parties/:party/accounts/:number/adjust",
    who: "operator",
    part: PART,
    numbers: "masked if asked",
    summary: "Adds a signed amount to a balance or a limit, once for each reference.",
    params: AccountPath,
    body: AccountAdjust,
    conditions: true,
    answers: { 200: SHOWN },
    refusals: ["not_found", "conflict", "insufficient_funds"],
    handle: (parts, input, exchange) =>
      write(parts, input, exchange, {
        what: "adjust",
        run: (name, body, options) => parts.accounts.adjust(name, body, options),
      }),
  }),
  route({
    method: "POST",
    path: "/v1/parties/:party/accounts/:number/repay",
    who: "operator",
    part: PART,
    numbers: "masked if asked",
    summary: "Pays back what was drawn of a line of credit, once for each reference.",
    params: AccountPath,
    body: AccountRepay,
    conditions: true,
    answers: { 200: SHOWN },
    refusals: ["not_found", "conflict", "exceeds_remaining"],
    handle: (parts, input, exchange) =>
      write(parts, input, exchange, {
        what: "repay",
        run: (name, body, options) => parts.accounts.repay(name, body, options),
      }),
  }),
];

/** A write of the account book under the request's key, and its answer. */
async function write<B>(
  { writeKeys }: AccountParts,
  { params: name, body, conditions }: Input<AccountName, undefined, B>,
  { request, response }: Exchange,
  {
    what,
    run,
  }: { what: string; run(name: AccountName, body: B, options: WriteOptions): Promise<AccountOutcome> },
): Promise<void> {
  const outcome = await runWithKey(
    writeKeys,
    { request, response },
    { content: [what, name, body], run: (writeId) => run(name, body, { writeId, ...conditions }) },
  );
  if (!outcome) return;
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
