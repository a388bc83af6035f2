/**
 * Holds what a hub answers against the documents that it publishes of its interfaces: every answer over HTTP and every
 * message to a terminal that the helpers see. Here nothing may come that the documents do not tell of.
 */
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { asyncApi } from "../../server/api-docs/asyncapi.ts";
import { openApiOf } from "../../server/api-docs/openapi.ts";
import { ROUTES } from "../../server/http/routes.ts";

type Json = { [name: string]: unknown };

interface Response {
  content?: { [type: string]: { schema: Json } };
}

interface Document {
  paths: { [path: string]: { [method: string]: { responses: { [status: string]: Response } } } };
}

interface MessageDocument {
  components: { messages: { [id: string]: { name: string } } };
}

/** A reader passes over what it does not know; a test does not. */
function closed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(closed);
  const inner = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, closed(one)]));
  const isOpen = inner.type === "object" && inner.properties !== undefined;
  return isOpen ? { additionalProperties: false, ...inner } : inner;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const http = once(() => {
  const document = closed(openApiOf(ROUTES)) as Document;
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(document, "openapi");
  const paths = Object.keys(document.paths).map((path) => ({
    path,
    pattern: new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}/?$`),
  }));
  return { document, ajv, paths };
});

const wire = once(() => {
  const document = closed(asyncApi()) as MessageDocument;
  const ajv = new Ajv({ strict: false });
  ajv.addSchema(document, "asyncapi");
  const ids = new Map(Object.entries(document.components.messages).map(([id, { name }]) => [name, id]));
  return { ajv, ids };
});

/** The schema at a place in a document that was added. */
function at(ajv: Ajv | Ajv2020, name: string, ...place: string[]): ValidateFunction {
  const pointer = place
    .map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1")))
    .join("/");
  const found = ajv.getSchema(`${name}#/${pointer}`);
  if (!found) throw new Error(`${name} has no ${pointer}`);
  return found;
}

function fail(what: string, value: unknown, { errors }: Pick<ValidateFunction, "errors">): never {
  const said = errors?.map(({ instancePath, message, params }) =>
    `${instancePath} ${message} ${JSON.stringify(params)}`.trim(),
  );
  throw new Error(`${what} is not what the documents say: ${said?.join("; ")}\n${JSON.stringify(value)}`);
}

export interface Answered {
  method: string;
  path: string;
  status: number;
  type: string | null;
  text: string;
}

/** What is answered where there is no such route, or no such method, the documents need not say. */
const NO_ROUTE = new Set([400, 404, 405]);

/** Throws when an answer over HTTP is another than the document of the routes says. */
export function checkAnswer({ method, path, status, type, text }: Answered): void {
  if (method === "OPTIONS") return;
  const { document, ajv, paths } = http();
  const [bare = ""] = path.split("?");
  const found = paths.find(({ pattern }) => pattern.test(bare))?.path;
  const isHead = method === "HEAD";
  const verb = isHead ? "get" : method.toLowerCase();
  const operation = found === undefined ? undefined : document.paths[found]?.[verb];
  const what = `${status} to ${method} ${path}`;
  if (found === undefined || !operation) {
    if (NO_ROUTE.has(status)) return;
    throw new Error(`${what}: the documents have no such route`);
  }
  const response = operation.responses[status];
  if (!response) throw new Error(`${what}: the documents do not tell of that status\n${text}`);
  if (isHead || !response.content) return;
  const media = type?.split(";")[0] ?? "";
  if (!response.content[media]) throw new Error(`${what}: the documents do not tell of ${media}`);
  const place = ["paths", found, verb, "responses", String(status), "content", media, "schema"];
  const validate = at(ajv, "openapi", ...place);
  const isEvent = media === "text/event-stream";
  const json = isEvent ? text.slice("data: ".length, text.indexOf("\n\n")) : text;
  const isJson = isEvent || media.endsWith("json");
  // Of lines of JSON each is one.
  const texts = media === "application/x-ndjson" ? text.split("\n").filter((line) => line !== "") : [json];
  for (const each of texts) {
    const value: unknown = isJson ? JSON.parse(each) : each;
    if (!validate(value)) fail(what, value, validate);
  }
}

/** Throws when a message of the hub's is another than the document of the messages says. */
export function checkTold(name: string, payload: unknown): void {
  checkMessage(name, payload);
}

/** The same of an acknowledgement. What is no message has an answer all the same, which is any refusal. */
export function checkAcknowledged(name: string, answer: unknown): void {
  const { ids } = wire();
  const known = ids.has(`${name} acknowledged`) ? name : "issuance:list";
  checkMessage(`${known} acknowledged`, answer);
}

function checkMessage(name: string, payload: unknown): void {
  const { ajv, ids } = wire();
  const id = ids.get(name);
  if (id === undefined) throw new Error(`the documents have no message ${name}`);
  const validate = at(ajv, "asyncapi", "components", "messages", id, "payload");
  if (!validate(payload)) fail(name, payload, validate);
}
