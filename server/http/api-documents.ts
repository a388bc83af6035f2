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

/** A text that is made when it is first asked for: making it takes a moment, and most hubs are never asked. */
function onceMade<A extends unknown[]>(make: (...given: A) => object): (...given: A) => string {
  let text: string | undefined;
  return (...given) => {
    text ??= JSON.stringify(make(...given));
    return text;
  };
}

const openApiText = onceMade(openApiOf);
const asyncApiText = onceMade(asyncApi);

export const API_DOCUMENT_ROUTES = [
  route({
    method: "GET",
    path: "/openapi.json",
    who: "anybody",
    summary: "The HTTP interface: OpenAPI 3.1.",
    answers: { 200: { what: "The document.", schema: Document } },
    handle: ({ routes }, _input, { response }) => send(response, openApiText(routes)),
  }),
  route({
    method: "GET",
    path: "/asyncapi.json",
    who: "anybody",
    summary: "The messages of terminals: AsyncAPI 3.",
    answers: { 200: { what: "The document.", schema: Document } },
    handle: (_parts, _input, { response }) => send(response, asyncApiText()),
  }),
];

function send(response: Response, text: string): void {
  response.set("Cache-Control", `public, max-age=${FRESH_SECONDS}`).type("application/json").send(text);
}
