/** The HTTP routes as an OpenAPI 3.1 document. */
import { ERRORS, type ErrorCode, PROTOCOL_VERSION, Problem } from "@tallystick/protocol";
import { type AnswerDescription, isWrite, type RouteDescription, type Who } from "./route-description.ts";
import { type Json, Schemas } from "./schemas.ts";

const ABOUT = `What operators, and programs of a party's, ask a hub over HTTP. Terminals speak to it over Socket.IO: that is in
\`asyncapi.json\`. Errors are problem documents (RFC 9457) with the protocol's codes. Another method than those of a path is
refused with 405, and \`OPTIONS\` says which there are. Readers should pass over fields that they do not know.`;

/** Who may ask, for people. */
function whoMayAsk({ who, part, method }: RouteDescription): string {
  if (who === "anybody") return "Anybody may ask, without a token.";
  if (who === "reader") return "Whoever has a token may ask, and sees what is its own; an operator sees all.";
  const scopes = ["operator", ...(part ? [part] : []), ...(method === "GET" ? ["operator:read"] : [])];
  return `For operators alone: the token's scope has ${scopes.map((scope) => `\`${scope}\``).join(" or ")}.`;
}

/** What every route of its kind can refuse. */
const OF_WHO: Record<Who, readonly ErrorCode[]> = {
  anybody: [],
  reader: ["rate_limited", "unauthenticated", "forbidden", "unavailable", "internal"],
  operator: ["unauthenticated", "forbidden", "unavailable", "internal"],
};

/** Makes the document of a table of routes. */
export function openApiOf(routes: readonly RouteDescription[]): Json {
  const schemas = new Schemas("draft-2020-12", [Problem, ...routes.flatMap(schemasOf)]);
  const paths: { [path: string]: Json } = {};
  for (const route of routes) {
    const path = templateOf(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route, schemas) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Tallystick: HTTP",
      version: String(PROTOCOL_VERSION),
      summary: "Vouchers, issued live.",
      description: ABOUT,
    },
    servers: [{ url: ".", description: "The hub that this document comes from." }],
    paths,
    components: {
      schemas: schemas.usedIn(paths),
      securitySchemes: { token: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

/** A path as OpenAPI has it: `/v1/vouchers/{id}`. */
export function templateOf(path: string): string {
  return path.replaceAll(/:(\w+)/g, "{$1}");
}

function schemasOf({ params, query, body, answers }: RouteDescription) {
  const answered = Object.values(answers).map(({ schema }) => schema);
  return [params, query, body, ...answered].filter((schema) => schema !== undefined);
}

function operationOf(route: RouteDescription, schemas: Schemas): Json {
  const { method, path, who, summary, body, takes } = route;
  const parameters = parametersOf(route, schemas);
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/\W+(\w)/g, (_, letter) => letter.toUpperCase())}`,
    tags: [tagOf(path)],
    summary,
    description: whoMayAsk(route),
    security: who === "anybody" ? [] : [{ token: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { "application/json": { schema: schemas.use(body) } } },
    }),
    ...(takes && {
      requestBody: {
        required: true,
        content: Object.fromEntries(takes.map((type) => [type, { schema: { type: "string" } }])),
      },
    }),
    responses: responsesOf(route, schemas),
  };
}

/** The noun that a path is about. */
function tagOf(path: string): string {
  const noun = /^\/v1\/(?:parties\/:party\/)?(\w+)/.exec(path)?.[1];
  return noun ?? (path === "/.well-known/jwks.json" ? "vouchers" : "the hub");
}

function parametersOf(route: RouteDescription, schemas: Schemas): Json[] {
  const { params, query, conditions } = route;
  const places = [
    ["path", params],
    ["query", query],
  ] as const;
  const named = places.flatMap(([place, schema]) => {
    if (!schema) return [];
    const { properties = {}, required = [] } = schemas.inside(schema) as {
      properties?: { [name: string]: Json };
      required?: string[];
    };
    return Object.entries(properties).map(([name, property]) => ({
      name,
      in: place,
      description: schemas.describe(property),
      ...(required.includes(name) && { required: true }),
      schema: property,
    }));
  });
  const headers = [
    ...(isWrite(route) ? [IDEMPOTENCY_KEY] : []),
    ...(conditions ? [IF_MATCH, IF_NONE_MATCH] : []),
    ...(route.numbers === "masked if asked" ? [PREFER] : []),
  ];
  return [...named, ...headers];
}

const header = (name: string, description: string): Json => ({
  name,
  in: "header",
  description,
  schema: { type: "string" },
});
const IDEMPOTENCY_KEY = header(
  "Idempotency-Key",
  "Fresh for each intent, 1 to 64 of A-Z a-z 0-9 _ -. The same again, within 24 hours, is answered the same again and done once.",
);
const IF_MATCH = header("If-Match", "Only while the account has one of these ETags.");
const IF_NONE_MATCH = header("If-None-Match", "`*`: only while there is no such account.");

const PREFER = header(
  "Prefer",
  "`numbers=masked`: in place of each account number the answer has a handle, which routes take in its place, and its last digits.",
);

function responsesOf(route: RouteDescription, schemas: Schemas): Json {
  const { answers } = route;
  const good = Object.entries(answers).map(([status, answer]) => [status, responseOf(answer, schemas)]);
  const hasTag = Object.values(answers).some(({ etag }) => etag);
  if (hasTag && !isWrite(route)) good.push(["304", { description: "It still has that ETag." }]);
  const refused = [...refusalsOf(route)].map(([status, codes]) => [
    String(status),
    refusalOf(status, codes, schemas),
  ]);
  return Object.fromEntries([...good, ...refused]);
}

function responseOf({ what, schema, type, alsoAs, etag }: AnswerDescription, schemas: Schemas): Json {
  const types = typeof type === "string" ? [type] : (type ?? ["application/json"]);
  const body = { schema: schema ? schemas.use(schema) : { type: "string" } };
  const content = {
    ...Object.fromEntries(types.map((one) => [one, body])),
    ...(alsoAs !== undefined && { [alsoAs]: { schema: { type: "string" } } }),
  };
  return {
    description: what,
    ...(etag && { headers: { ETag: { schema: { type: "string" }, description: "For If-Match." } } }),
    content,
  };
}

/** Which codes come with which status. */
function refusalsOf(route: RouteDescription): Map<number, ErrorCode[]> {
  const { who, params, query, body, conditions, refusals = [] } = route;
  const write = isWrite(route);
  const found = new Map<number, ErrorCode[]>();
  const add = (code: ErrorCode, status: number = ERRORS[code].status) => {
    const codes = found.get(status) ?? [];
    if (!codes.includes(code)) found.set(status, [...codes, code]);
  };
  if (params ?? query ?? body) add("invalid_request");
  if (write) add("conflict");
  for (const code of [...OF_WHO[who], ...refusals]) add(code);
  if (conditions) add("conflict", 412);
  if (body) for (const status of [413, 415]) add("invalid_request", status);
  return new Map([...found].sort(([one], [other]) => one - other));
}

/** What HTTP alone knows, and has statuses for. */
const BY_STATUS: { readonly [status: number]: string } = {
  412: "The condition is not met.",
  413: "The body is too large.",
  415: "The body is no JSON.",
};

function refusalOf(status: number, codes: readonly ErrorCode[], schemas: Schemas): Json {
  const meanings = codes.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`);
  const schema = {
    allOf: [
      schemas.use(Problem),
      { properties: { status: { const: status }, code: { enum: codes } }, required: ["status", "code"] },
    ],
  };
  return {
    description: BY_STATUS[status] ?? meanings.join("\n\n"),
    ...((codes.includes("unavailable") || codes.includes("rate_limited")) && {
      headers: { "Retry-After": { schema: { type: "integer" }, description: "Seconds." } },
    }),
    content: { "application/problem+json": { schema } },
  };
}
