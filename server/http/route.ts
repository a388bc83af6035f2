/**
 * Routes as data: what a route takes, what it answers and what it does stand in one place. Routing and the API's
 * documents both come from the table of them all (`routes.ts`), so that neither can lack what the other has.
 */
import { type Request, type RequestHandler, type Response, Router } from "express";
import type { z } from "zod";
import type { RouteDescription } from "../api-docs/route-description.ts";
import type { PartyRates } from "../limits/party-rates.ts";
import type { Tokens } from "../tokens.ts";
import { authenticate, chargeParty, operatorsOf, PAGE_COST, readersOf } from "./authorise.ts";
import { type Conditions, readConditions } from "./conditions.ts";
import { allowOnly } from "./faults.ts";
import { jsonBody, readInput } from "./input.ts";
import { type Asked, type MaskParts, unmask } from "./masked-exchange.ts";

/** A request that is let in, and where its answer goes. */
export interface Exchange {
  request: Request;
  response: Response;
}

/** What a request brings, read by the route's schemas. */
export interface Input<Params, Query, Body> {
  params: Params;
  query: Query;
  body: Body;
  /** Empty where the route takes none. */
  conditions: Conditions;
}

type Read<S> = S extends z.ZodType ? z.output<S> : undefined;

/** A route of the hub's. `Parts` is what it works with. */
export interface Route<Parts> extends RouteDescription {
  /** Answers; what it throws is answered by `answerFault`. */
  // biome-ignore lint/suspicious/noExplicitAny: the input of each route is its own, and `routesOf` checks it.
  handle(parts: Parts, input: Input<any, any, any>, exchange: Exchange): void | Promise<void>;
}

/** What a route says of its input, in types. */
interface TypedRoute<Parts, P, Q, B> extends RouteDescription {
  params?: P & z.ZodObject;
  query?: Q & z.ZodObject;
  body?: B & z.ZodType;
  handle(parts: Parts, input: Input<Read<P>, Read<Q>, Read<B>>, exchange: Exchange): void | Promise<void>;
}

/** What is asked before a route is. */
interface GuardParts extends MaskParts {
  tokens: Tokens;
  partyRates: PartyRates;
}

/** Declares routes that work with the same parts, each with the types of its own input. */
export function routesOf<Parts>() {
  return <P = undefined, Q = undefined, B = undefined>(route: TypedRoute<Parts, P, Q, B>): Route<Parts> =>
    route as Route<Parts>;
}

/** Routes requests to a table of routes; a path's other methods are refused. */
export function mountRoutes<Parts>(routes: readonly Route<Parts>[], parts: Parts & GuardParts): Router {
  const router = Router();
  for (const path of new Set(routes.map((route) => route.path))) {
    const place = router.route(path);
    const here = routes.filter((route) => route.path === path);
    for (const route of here) place[verbOf(route)](guardsOf(route, parts), answerWith(route, parts));
    place.all(allowOnly(...here.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]))));
  }
  return router;
}

function verbOf({ method }: RouteDescription) {
  return method.toLowerCase() as Lowercase<typeof method>;
}

function guardsOf(
  { who, part, body, query }: RouteDescription,
  { tokens, partyRates }: GuardParts,
): RequestHandler[] {
  const letIn =
    who === "operator"
      ? [operatorsOf(part)]
      : [readersOf(part), chargeParty(partyRates, query ? PAGE_COST : 1)];
  const identified = who === "anybody" ? [] : [authenticate(tokens), ...letIn];
  return body ? [...identified, ...jsonBody] : identified;
}

function answerWith<Parts>(route: Route<Parts>, parts: Parts & MaskParts): RequestHandler {
  return async (request, response) => {
    const asked = unmask(route, parts, { request, response });
    const input = asked && readAll(route, asked, { request, response });
    if (input) await route.handle(parts, input, { request, response });
  };
}

/** Reads path, query, body and conditions, in this order; what is wrong first has been answered then. */
function readAll(
  { params, query, body, conditions }: RouteDescription,
  asked: Asked,
  { request, response }: Exchange,
): Input<unknown, unknown, unknown> | undefined {
  const input: Input<unknown, unknown, unknown> = {
    params: undefined,
    query: undefined,
    body: undefined,
    conditions: {},
  };
  const sources = [
    ["params", params],
    ["query", query],
    ["body", body],
  ] as const;
  for (const [source, schema] of sources) {
    if (!schema) continue;
    input[source] = readInput(schema, asked[source], response);
    if (input[source] === undefined) return undefined;
  }
  const found = conditions ? readConditions(request, response) : {};
  return found && { ...input, conditions: found };
}
