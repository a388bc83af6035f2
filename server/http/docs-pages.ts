/** What a person sees who opens the hub's address: an index, and the documents of its interfaces to read. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Request, Response } from "express";
import { z } from "zod";
import { docsPage } from "../api-docs/docs-page.ts";
import { PAGE_POLICY } from "../api-docs/frame.ts";
import { indexPage } from "../api-docs/index-page.ts";
import { type ApiDocumentParts, documentOf, sendText } from "./api-documents.ts";
import { folderOfPages } from "./page-folder.ts";
import { routesOf } from "./route.ts";

const TYPES = { "docs.css": "text/css", "docs.js": "text/javascript", "tally.svg": "image/svg+xml" } as const;
const FILES = Object.keys(TYPES) as (keyof typeof TYPES)[];
const AssetPath = z.object({ file: z.enum(FILES).describe("What the pages load.") });

const route = routesOf<ApiDocumentParts>();

export const DOCS_PAGE_ROUTES = [
  route({
    method: "GET",
    path: "/",
    who: "anybody",
    summary: "What answers here, for people.",
    answers: { 200: { what: "A page.", type: "text/html" } },
    handle: (_parts, _input, { request, response }) =>
      sendPage(request, response, (root) => indexPage(root, folderOfPages() !== undefined)),
  }),
  route({
    method: "GET",
    path: "/docs",
    who: "anybody",
    summary: "The documents of the interfaces, for people.",
    answers: { 200: { what: "A page.", type: "text/html" } },
    handle: ({ routes }, _input, { request, response }) =>
      sendPage(request, response, (root) => docsPage(documentOf.http(routes), documentOf.terminals(), root)),
  }),
  route({
    method: "GET",
    path: "/docs/:file",
    who: "anybody",
    summary: "The pages' style, script and icon.",
    params: AssetPath,
    answers: { 200: { what: "The file.", type: Object.values(TYPES) } },
    handle: async (_parts, { params: { file } }, { response }) => {
      const path = fileURLToPath(new URL(`../api-docs/assets/${file}`, import.meta.url));
      sendText(response, TYPES[file], await readFile(path, "utf8"));
    },
  }),
];

/** Pages by what they are and where they stand: they are the same for everybody, and made once. */
const made = new Map<string, string>();

/** The links of a page lead from where it was asked for, since a proxy may have put the hub below a path. */
function sendPage(request: Request, response: Response, make: (root: string) => string): void {
  const { path } = request;
  const root = path !== "/" && path.endsWith("/") ? "../" : "./";
  const text = made.get(path) ?? make(root);
  made.set(path, text);
  response.set("Content-Security-Policy", PAGE_POLICY);
  sendText(response, "text/html", text);
}
