/** The pages for people, as they were built: everything of them comes from here, and nothing from elsewhere. */
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Request, Response } from "express";
import { z } from "zod";
import { folderOfPages } from "./page-folder.ts";
import { sendProblem } from "./problem.ts";
import { routesOf } from "./route.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** What is in the files alone may run, and nothing that stands in the page itself; it talks to this hub alone. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** How long a file may be kept whose name changes with what is in it, seconds. */
const FOR_EVER = 365 * 24 * 3600;

interface Asset {
  type: string;
  plain: Buffer;
  zipped: Buffer;
}

export interface PageParts {
  /** Undefined where they were not built, which keeps the hub from nothing. */
  pages: Pages | undefined;
}

/** The pages as they are served. */
export interface Pages {
  terminal: Asset;
  console: Asset;
  assets: ReadonlyMap<string, Asset>;
}

/**
 * Reads the pages.
 *
 * @param isLocal a person may choose a party of the sample book; otherwise they need a token.
 */
export function readPages(isLocal: boolean): Pages | undefined {
  const folder = folderOfPages();
  if (!folder) return undefined;
  const signIn = isLocal ? 'data-sign-in="local"' : "$&";
  const read = (page: string) => {
    const html = readFileSync(join(folder, page, "index.html"), "utf8");
    return assetOf(Buffer.from(html.replace('data-sign-in="token"', signIn)), "text/html; charset=utf-8");
  };
  return {
    terminal: read("terminal"),
    console: read("console"),
    assets: readAssets(join(folder, "assets")),
  };
}

const route = routesOf<PageParts>();
const ABSENT = { code: "not_found", message: "There is no such address." } as const;

function pageRoute(page: "terminal" | "console", summary: string) {
  return route({
    method: "GET",
    path: `/${page}`,
    who: "anybody",
    summary,
    answers: {
      200: { what: "The page.", type: "text/html" },
      308: { what: "The page is at the same path with a slash at its end." },
    },
    refusals: ["not_found"],
    handle: ({ pages }, _input, { request, response }) => {
      if (!pages) return sendProblem(response, ABSENT);
      // What the page loads is named from its own folder, since the hub may be behind a path.
      if (!request.originalUrl.split("?")[0]?.endsWith("/")) return response.redirect(308, `${page}/`);
      response.set({
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
        "Cache-Control": "no-cache",
      });
      sendAsset(pages[page], request, response);
    },
  });
}

export const PAGE_ROUTES = [
  pageRoute("terminal", "The terminal, a page for people."),
  pageRoute("console", "The console, a page for operators."),
  route({
    method: "GET",
    path: "/assets/:file",
    who: "anybody",
    summary: "A file that a page loads.",
    params: z.object({ file: z.string() }),
    answers: { 200: { what: "The file.", type: "application/octet-stream" } },
    refusals: ["not_found"],
    handle: ({ pages }, { params }, { request, response }) => {
      const asset = pages?.assets.get(params.file);
      if (!asset) return sendProblem(response, ABSENT);
      response.set("Cache-Control", `public, max-age=${FOR_EVER}, immutable`);
      sendAsset(asset, request, response);
    },
  }),
];

/** They are few and small, and never change while the hub runs. */
function readAssets(folder: string): Map<string, Asset> {
  return new Map(
    readdirSync(folder).map((file) => {
      const type = TYPES[extname(file)] ?? "application/octet-stream";
      return [file, assetOf(readFileSync(join(folder, file)), type)];
    }),
  );
}

function assetOf(plain: Buffer, type: string): Asset {
  return { type, plain, zipped: gzipSync(plain, { level: 9 }) };
}

function sendAsset({ type, plain, zipped }: Asset, request: Request, response: Response): void {
  const isZipped = request.acceptsEncodings("gzip") === "gzip";
  response.set({
    "Content-Type": type,
    Vary: "Accept-Encoding",
    ...(isZipped && { "Content-Encoding": "gzip" }),
  });
  response.end(request.method === "HEAD" ? undefined : isZipped ? zipped : plain);
}
