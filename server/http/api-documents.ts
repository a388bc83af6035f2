/** What the hub says of its own interfaces, for programs: OpenAPI of its routes, AsyncAPI of its terminals' messages. */
import type { Response } from "express";
import { z } from "zod";
import { asyncApi } from "../api-docs/asyncapi.ts";
import { openApiOf } from "../api-docs/openapi.ts";
import type { RouteDescription } from "../api-docs/route-description.ts";
import { routesOf } from "./route.ts";

/** How long a document may be kept, seconds: it is another when the hub is another version. */
const FRESH_SECONDS = 300;

const Document = z.looseObject({}).describe("The document.");

export interface ApiDocumentParts {
  /** Every route of the hub. */
  routes: readonly RouteDescription[];
}

const route = routesOf<ApiDocumentParts>();

/** What is made when it is first asked for: making it takes a moment, and most hubs are never asked. */
function onceMade<A extends unknown[], T>(make: (...given: A) => T): (...given: A) => T {
  let made: T | undefined;
  return (...given) => {
    made ??= make(...given);
    return made;
  };
}

/** Both documents; the routes are the same each time. */
export const documentOf = { http: onceMade(openApiOf), terminals: onceMade(asyncApi) };

export const API_DOCUMENT_ROUTES = [
  route({
    method: "GET",
    path: "/openapi.json",
    who: "anybody",
    summary: "The HTTP interface: OpenAPI 3.1.",
    answers: { 200: { what: "The document.", schema: Document } },
    handle: ({ routes }, _input, { response }) =>
      sendText(response, "application/json", JSON.stringify(documentOf.http(routes))),
  }),
  route({
    method: "GET",
    path: "/asyncapi.json",
    who: "anybody",
    summary: "The messages of terminals: AsyncAPI 3.",
    answers: { 200: { what: "The document.", schema: Document } },
    handle: (_parts, _input, { response }) =>
      sendText(response, "application/json", JSON.stringify(documentOf.terminals())),
  }),
];

/** Answers with what is the same for everybody until the hub is another version. */
export function sendText(response: Response, type: string, text: string): void {
  response.set("Cache-Control", `public, max-age=${FRESH_SECONDS}`).type(type).send(text);
}
