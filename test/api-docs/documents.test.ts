/** The documents of the interfaces: good by other people's validators, and of all that there is. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Validator } from "@seriousme/openapi-schema-validator";
import { COMMAND_NAMES, ERRORS, HUB_MESSAGES, PAYLOADS, VOUCHER_COMMAND_NAMES } from "@tallystick/protocol";
import { Ajv } from "ajv";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asyncApi } from "../../server/api-docs/asyncapi.ts";
import { openApiOf } from "../../server/api-docs/openapi.ts";
import { ROUTES } from "../../server/http/routes.ts";
import { checkAcknowledged, checkAnswer, checkTold } from "../helpers/api-documents.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { call, jsonOf } from "../http/client.ts";

const documents = suite("the documents of the interfaces");

/** AsyncAPI's own schema. It is compiled before the hub runs, since that takes longer than idle connections live. */
const asyncApiSchema = compileAsyncApi();

function compileAsyncApi() {
  const file = createRequire(import.meta.url).resolve("@asyncapi/specs/schemas/3.0.0.json");
  // The schema brings the meta-schemas that it refers to.
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false });
  return ajv.compile(JSON.parse(readFileSync(file, "utf8")));
}

let hub: TestHub;
documents.before(async () => {
  hub = await startHub();
});
documents.after(() => hub.close());

// biome-ignore lint/suspicious/noExplicitAny: a document is walked as it comes.
type Any = any;

/** The documents as anybody gets them. */
async function published(path: string): Promise<Any> {
  return jsonOf(await call(hub, "GET", path)) as Any;
}

/** Every reference in a document that leads nowhere. */
function danglingIn(document: Any): string[] {
  const leads = (ref: string) =>
    ref
      .slice(2)
      .split("/")
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((place: Any, part) => place?.[part], document) !== undefined;
  const found: string[] = [];
  const look = (value: Any): void => {
    if (typeof value !== "object" || value === null) return;
    if (typeof value.$ref === "string" && !leads(value.$ref)) found.push(value.$ref);
    for (const inner of Object.values(value)) look(inner);
  };
  look(document);
  return found;
}

documents("of HTTP is OpenAPI 3.1, and all that it refers to is in it", async () => {
  const document = await published("/openapi.json");
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document));
  assert.ok(valid, JSON.stringify(errors));
  assert.is(validator.version, "3.1");
  assert.equal(danglingIn(document), []);
});

documents("of terminals is AsyncAPI 3, and all that it refers to is in it", async () => {
  const document = await published("/asyncapi.json");
  const complaints = (value: Any) => (asyncApiSchema(value) ? [] : (asyncApiSchema.errors ?? []));
  assert.equal(complaints(document), []);
  assert.ok(complaints({ ...document, channels: { terminal: { messages: 1 } } }).length > 0, "it is seen");
  assert.equal(danglingIn(document), []);
});

documents("are those that the tests hold the hub's answers against", async () => {
  assert.equal(await published("/openapi.json"), JSON.parse(JSON.stringify(openApiOf(ROUTES))));
  assert.equal(await published("/asyncapi.json"), JSON.parse(JSON.stringify(asyncApi())));
});

documents("can be had without a token, and kept for some minutes", async () => {
  for (const path of ["/openapi.json", "/asyncapi.json"]) {
    const { headers } = await call(hub, "GET", path);
    assert.match(headers.get("cache-control") ?? "", /^public, max-age=\d+$/);
  }
});

documents("have every route, with who may ask", async () => {
  const { paths } = await published("/openapi.json");
  const operations = Object.entries<Any>(paths).flatMap(([path, methods]) =>
    Object.entries<Any>(methods).map(([method, { security }]) => [
      method.toUpperCase(),
      path,
      security.length,
    ]),
  );
  assert.equal(
    operations.map(([method, path]) => `${method} ${path}`).sort(),
    ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`).sort(),
  );
  for (const [method, path, tokens] of operations) {
    const sent = path.replaceAll(/\{\w+\}/g, "x");
    const { status } = await call(hub, method, sent, { headers: { authorization: "Bearer nothing" } });
    assert.is(status === 401, tokens > 0, `${method} ${path} is ${status} with a bad token`);
  }
});

documents("have every message, with its answer, and every name is one that the hub knows", async () => {
  const { operations, components } = await published("/asyncapi.json");
  const named = (action: string) =>
    Object.values<Any>(operations)
      .filter((operation) => operation.action === action)
      .map(({ messages: [{ $ref }] }) => components.messages[$ref.split("/").at(-1)].name)
      .sort();
  assert.equal(named("receive"), Object.keys(PAYLOADS).sort());
  assert.equal(named("send"), Object.keys(HUB_MESSAGES).sort());
  for (const name of [...COMMAND_NAMES, ...VOUCHER_COMMAND_NAMES])
    assert.ok(operations[name.replace(":", ".")].reply, name);
});

documents("say what a field means, and which code comes with which status", async () => {
  const { components, paths } = await published("/openapi.json");
  assert.match(components.schemas.Account.properties.available.description, /minus frozen/);
  const { responses } = paths["/v1/parties/{party}/accounts/{number}/repay"].post;
  const codes = responses["422"].content["application/problem+json"].schema.allOf[1].properties.code.enum;
  assert.equal(codes, ["exceeds_remaining"]);
  assert.is(ERRORS.exceeds_remaining.status, 422);
  const limit = paths["/v1/fences"].get.parameters.find(({ name }: Any) => name === "limit");
  assert.is(limit.description, "How much the page has at the most.");
  assert.is(components.schemas[limit.schema.$ref.split("/").at(-1)].type, "integer");
});

/** What is another than the documents say, each in one respect. */
const OTHERWISE: readonly [what: string, check: () => void][] = [
  ["a field more", () => checkAnswer(answer({ status: "alive", more: 1 }))],
  ["a field less", () => checkAnswer(answer({}))],
  ["another status", () => checkAnswer({ ...answer({ status: "alive" }), status: 418 })],
  ["another type", () => checkAnswer({ ...answer({ status: "alive" }), type: "text/html" })],
  ["another route", () => checkAnswer({ ...answer({ status: "alive" }), path: "/nowhere" })],
  [
    "another code",
    () => {
      const problem = { type: "x", title: "x", status: 503, detail: "x", code: "not_found" };
      const path = "/readyz";
      checkAnswer({ ...answer(problem), path, status: 503, type: "application/problem+json" });
    },
  ],
  ["a message more", () => checkTold("session:gone", {})],
  ["a field of a message more", () => checkTold("session:resync", { why: 1 })],
  ["an event of no type", () => checkTold("issuance:event", { type: "payer.bored" })],
  ["an answer without an event", () => checkAcknowledged("payer:agree", { ok: true })],
  ["a refusal of no code", () => checkAcknowledged("payer:agree", { ok: false, error: { message: "x" } })],
];

function answer(body: object) {
  const text = JSON.stringify(body);
  return { method: "GET", path: "/healthz", status: 200, type: "application/json; charset=utf-8", text };
}

documents("would be seen to be wrong by the tests, in whatever respect", () => {
  checkAnswer(answer({ status: "alive" }));
  for (const [what, check] of OTHERWISE) assert.throws(check, undefined, what);
});

documents.run();
