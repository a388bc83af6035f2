/** Requests over HTTP: every route that there is, with paths, queries, bodies and headers good, almost good and bad. */
import { Problem } from "@tallystick/protocol";
import fc from "fast-check";
import type { z } from "zod";
import { ROUTES } from "../../server/http/routes.ts";
import { call } from "../http/client.ts";
import type { Kind } from "./kind.ts";
import type { Known } from "./known.ts";
import { checkRefusal } from "./oracle.ts";
import { almostGoodValues, anything, goodValues } from "./values.ts";
import { countAnswer, OPERATOR, PARTIES, type World } from "./world.ts";

export interface SentRequest {
  method: string;
  /** As the table of routes has it. */
  route: string;
  who: Sender;
  params: unknown;
  query: unknown;
  /** Sent as JSON; a text as it is. Absent for a GET, which has none. */
  body: unknown;
  headers: Record<string, string>;
}

const SENDERS = ["operator", "reader", "acme", "nobody", "forged"] as const;
type Sender = (typeof SENDERS)[number];
const REVOKE = "/v1/parties/:party/revoke";
/** Everything of these is done to others than the terminals that are in use here. */
const APART = { party: "somebody-else" };
/** Bodies that are no JSON, or none of an object. */
const BAD_BODIES = [
  "",
  "{",
  "[]",
  "null",
  '"text"',
  "{}x",
  `{"a":${"[".repeat(3000)}`,
  "\ufeff{}",
  "x".repeat(20_000),
];
/** What a header can carry; the rest the client itself refuses. */
const HEADER_TEXT = fc.stringMatching(/^[ -~]{0,80}$/).map((text) => text.trim());

export const REQUESTS: Kind<SentRequest> = {
  name: "requests",
  weight: 4,
  open: async (world) => {
    const tokens = await tokensOf(world);
    return {
      cases: requestsOf(world.known),
      feed: async (request) => {
        await sendRequest(world, tokens, request);
        return 1;
      },
      close: async () => undefined,
    };
  },
};

type TokensOf = { readonly [S in Sender]: string | undefined };

async function tokensOf({ hub }: World): Promise<TokensOf> {
  return {
    operator: await hub.token(OPERATOR, { operator: true }),
    reader: await hub.token(OPERATOR, { scope: "operator:read" }),
    acme: await hub.token(PARTIES[0]),
    nobody: undefined,
    forged: "eyJhbGciOiJub25lIn0.e30.",
  };
}

/** Good ones, almost good ones, and now and then anything; nothing where the route takes none. */
function inputs(schema: z.ZodType | undefined, known: Known): fc.Arbitrary<unknown> {
  if (!schema)
    return fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: anything });
  const good = goodValues(schema, known);
  return fc.oneof(
    { weight: 8, arbitrary: good },
    { weight: 4, arbitrary: almostGoodValues(good) },
    { weight: 1, arbitrary: anything },
  );
}

function requestsOf(known: Known): fc.Arbitrary<SentRequest> {
  const headers = fc.record(
    {
      "idempotency-key": fc.oneof(HEADER_TEXT, fc.constantFrom("key-1", "key-2", '"key-3"')),
      "if-match": fc.oneof(HEADER_TEXT, fc.constantFrom("*", '"x"', 'W/"x"', '"a", "b"')),
      "if-none-match": fc.oneof(HEADER_TEXT, fc.constantFrom("*", '"x"')),
      accept: fc.oneof(HEADER_TEXT, fc.constantFrom("text/csv", "application/json", "*/*")),
    },
    { requiredKeys: [] },
  );
  const all = ROUTES.map(({ method, path, params, query, body }) => ({
    // Revoking waits for the second to be over.
    weight: path === REVOKE ? 1 : 12,
    arbitrary: fc.record({
      method: fc.oneof(
        { weight: 15, arbitrary: fc.constant<string>(method) },
        { weight: 1, arbitrary: fc.constantFrom("DELETE", "PATCH", "OPTIONS", "HEAD", "POST", "PUT") },
      ),
      route: fc.constant<string>(path),
      who: fc.oneof({ weight: 3, arbitrary: fc.constant("operator" as const) }, fc.constantFrom(...SENDERS)),
      params: path === REVOKE ? fc.constant(APART) : inputs(params, known),
      query: inputs(query, known),
      body: fc.oneof({ weight: 9, arbitrary: inputs(body, known) }, fc.constantFrom(...BAD_BODIES)),
      headers,
    }),
  }));
  return fc.oneof(...all);
}

async function sendRequest(world: World, tokens: TokensOf, request: SentRequest): Promise<void> {
  const { method, who, body, headers } = request;
  const token = tokens[who];
  const takesBody = method !== "GET" && method !== "HEAD" && body !== undefined;
  const path = pathOf(request);
  const answer = await call(world.hub, method, path, {
    ...(token !== undefined && { token }),
    ...(takesBody && { body }),
    headers,
  });
  if (answer.status >= 500)
    throw new Error(`${method} ${path} was answered ${answer.status}: ${answer.text}`);
  if (answer.status < 400) countAnswer(world, "ok");
  if (!answer.headers.get("content-type")?.includes("json") || answer.text === "") return;
  const said: unknown = JSON.parse(answer.text);
  world.known.learn(said);
  if (answer.status < 400) return;
  const { code, detail, details } = Problem.strict().parse(said);
  countAnswer(world, code);
  checkRefusal({ code, message: detail, ...(details && { details }) }, `${method} ${path}`);
}

/** The path with its variable parts, whatever they are, and the query. */
function pathOf({ route, params, query }: SentRequest): string {
  const given = (params ?? {}) as Record<string, unknown>;
  const path = route.replaceAll(/:(\w+)/g, (_, name: string) => encoded(given[name]));
  const fields = typeof query === "object" && query !== null ? Object.entries(query) : [];
  const asked = fields.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join("&");
  return asked === "" ? path : `${path}?${asked}`;
}

const HALF = /\p{Surrogate}/u;

/** A lone half of a character has no form in an address, and dots alone are taken for folders. */
function encoded(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "undefined");
  const plain = HALF.test(text) ? "half" : text;
  return /^\.{1,2}$/.test(plain) ? "%2e-" : encodeURIComponent(plain.slice(0, 2000));
}
