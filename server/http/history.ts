/** The book's history: issuances and vouchers that are looked for, their events, and the statements of accounts. */
import {
  AccountNumber,
  FeedPage,
  FeedQuery,
  FoundAccountPage,
  FoundAccountQuery,
  IssuanceEventPage,
  IssuanceId,
  IssuancePage,
  IssuancePageQuery,
  Party,
  StatementPage,
  StatementPageQuery,
  VoucherEventPage,
  VoucherId,
  VoucherPage,
  VoucherPageQuery,
} from "@tallystick/protocol";
import type { Response } from "express";
import { z } from "zod";
import type { History, HistoryReader } from "../history/history.ts";
import { statementCsv } from "../history/statement-csv.ts";
import { errorBody } from "../refusals.ts";
import { readerOf } from "./authorise.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

export interface HistoryParts {
  history: History;
}

const CSV = "text/csv";
const route = routesOf<HistoryParts>();

export const HISTORY_ROUTES = [
  route({
    method: "GET",
    path: "/v1/accounts",
    who: "operator",
    part: "operator:accounts",
    numbers: "masked if asked",
    summary: "A page of the accounts of all parties, by party and number, as the archive has them.",
    query: FoundAccountQuery,
    answers: { 200: { what: "The page; one that is short may have a `next`.", schema: FoundAccountPage } },
    handle: async ({ history }, { query }, { response }) => {
      response.json(await history.findAccounts(query));
    },
  }),
  route({
    method: "GET",
    path: "/v1/issuances",
    who: "reader",
    summary: "A page of issuances, the newest first, also of those that have ended.",
    query: IssuancePageQuery,
    answers: { 200: { what: "The page; one that is short may have a `next`.", schema: IssuancePage } },
    handle: async ({ history }, { query }, { response }) => {
      if (!mayAskFor(response, query.party)) return;
      const { found: issuances, ...more } = await history.findIssuances(readerOf(response), query);
      response.json({ issuances, ...more });
    },
  }),
  route({
    method: "GET",
    path: "/v1/vouchers",
    who: "reader",
    summary: "A page of vouchers, the newest first, also of those that have ended.",
    query: VoucherPageQuery,
    answers: { 200: { what: "The page; one that is short may have a `next`.", schema: VoucherPage } },
    handle: async ({ history }, { query }, { response }) => {
      if (!mayAskFor(response, query.party)) return;
      const { found, ...more } = await history.findVouchers(readerOf(response), query);
      response.json({ vouchers: found.map((voucher) => ({ ...voucher, status: voucher.state })), ...more });
    },
  }),
  route({
    method: "GET",
    path: "/v1/issuances/:id/events",
    who: "reader",
    summary: "All events of an issuance, the oldest first.",
    params: z.object({ id: IssuanceId }),
    answers: { 200: { what: "The events.", schema: IssuanceEventPage } },
    refusals: ["not_found"],
    handle: async ({ history }, { params }, { response }) =>
      sendEvents(response, await history.issuanceEvents(readerOf(response), params.id)),
  }),
  route({
    method: "GET",
    path: "/v1/vouchers/:id/events",
    who: "reader",
    summary: "All events of a voucher, the oldest first.",
    params: z.object({ id: VoucherId }),
    answers: { 200: { what: "The events.", schema: VoucherEventPage } },
    refusals: ["not_found"],
    handle: async ({ history }, { params }, { response }) =>
      sendEvents(response, await history.voucherEvents(readerOf(response), params.id)),
  }),
  route({
    method: "GET",
    path: "/v1/events",
    who: "reader",
    summary: "A page of the feed: all events as they were archived, the oldest first, as CloudEvents.",
    query: FeedQuery,
    answers: {
      200: { what: "The page; whoever is at the end comes again with its `next`.", schema: FeedPage },
    },
    refusals: ["rolled_back"],
    handle: async ({ history }, { query }, { response }) => {
      if (!mayAskFor(response, query.party)) return;
      const page = await history.feed(readerOf(response), query);
      if (page) response.json(page);
      else sendProblem(response, errorBody("rolled_back"));
    },
  }),
  route({
    method: "GET",
    path: "/v1/parties/:party/accounts/:number/entries",
    who: "reader",
    numbers: "masked if asked",
    summary: "A page of an account's statement, the oldest first; as CSV with `Accept: text/csv`.",
    params: z.object({ party: Party, number: AccountNumber }),
    query: StatementPageQuery,
    answers: { 200: { what: "The page.", schema: StatementPage, alsoAs: CSV } },
    refusals: ["not_found"],
    handle: async ({ history }, { params, query }, { request, response }) => {
      const page = await history.statement(readerOf(response), { ...params, ...query });
      if (!page) return sendProblem(response, errorBody("not_found"));
      response.vary("Accept");
      if (request.accepts(["application/json", CSV]) !== CSV) {
        response.json(page);
        return;
      }
      // What is next has no place in the rows.
      if (page.next !== undefined) response.set("Link", nextLink(request.path, page.next, query.limit));
      response.type(CSV).send(statementCsv(page.entries));
    },
  }),
];

/** A party may only ask for what is its own; another's is refused, since an empty page would say that there is nothing. */
function mayAskFor(response: Response, party: string | undefined): boolean {
  const reader: HistoryReader = readerOf(response);
  if (reader.operator || party === undefined || party === reader.party) return true;
  sendProblem(response, errorBody("forbidden", { role: "operator" }));
  return false;
}

function sendEvents(response: Response, events: readonly object[] | undefined): void {
  if (events) response.json({ events });
  else sendProblem(response, errorBody("not_found"));
}

/** RFC 8288. */
function nextLink(path: string, next: string, limit: number): string {
  return `<${path}?after=${next}&limit=${limit}>; rel="next"`;
}
