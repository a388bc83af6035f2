/** Values made from a schema: good ones, ones that are almost good, and ones that are nothing of the kind. */
import fc from "fast-check";
import { z } from "zod";
import { ANY_TEXT, type Known } from "./known.ts";

interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: { [name: string]: JsonSchema };
  required?: string[];
  items?: JsonSchema;
  maxItems?: number;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

/** A text that breaks what takes texts for granted. */
const BAD_TEXTS = ["", " ", "\0", "a\nb", "\ud83d", "\u202e\u200b", "__proto__", "constructor", "1e3", "-0"];
const LONG = "x".repeat(4000);
const DEEP = "[".repeat(200) + "]".repeat(200);

/** Anything at all that JSON can say. */
export const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, -0, 1.5, 1e-7, 2 ** 53, 1e308, [], {}, LONG, ...BAD_TEXTS),
  fc
    .constantFrom(DEEP, '{"__proto__":{"polluted":true}}', '[{"toString":1}]')
    .map((text) => JSON.parse(text)),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values that a schema takes, but for what no JSON Schema can say; most ids in them are known ones. */
export function goodValues(schema: z.ZodType, known: Known): fc.Arbitrary<unknown> {
  return valuesOf(z.toJSONSchema(schema, { io: "input" }) as JsonSchema, known);
}

/** Good values with one thing about them changed. */
export function almostGoodValues(good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const change = fc.record({
    kind: fc.constantFrom("replace", "remove", "add", "wrap"),
    place: fc.nat(40),
    value: anything,
    name: fc.constantFrom("extra", "by", "party", "toString", "issuanceId", "amount", "0", ""),
  });
  return fc.tuple(good, change).map(([value, one]) => changed(value, one));
}

type Change = { kind: string; place: number; value: unknown; name: string };

/** Changes the place with this number, counted through the whole value. */
function changed(value: unknown, change: Change): unknown {
  const copy = structuredClone(value);
  const places: [holder: Record<string, unknown>, name: string][] = [];
  const look = (holder: unknown) => {
    if (typeof holder !== "object" || holder === null) return;
    for (const name of Object.keys(holder)) {
      places.push([holder as Record<string, unknown>, name]);
      look((holder as Record<string, unknown>)[name]);
    }
  };
  look(copy);
  const [holder, name] = places[change.place % Math.max(1, places.length)] ?? [];
  if (!holder || name === undefined) return change.value;
  if (change.kind === "replace") holder[name] = change.value;
  else if (change.kind === "remove") Reflect.deleteProperty(holder, name);
  else if (change.kind === "wrap") holder[name] = [holder[name]];
  else holder[change.name] = change.value;
  return copy;
}

function valuesOf(schema: JsonSchema, known: Known, name = ""): fc.Arbitrary<unknown> {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return fc.oneof(...choices.map((one) => valuesOf(one, known, name)));
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case "object":
      return objectsOf(schema, known);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}, known), { maxLength: Math.min(schema.maxItems ?? 5, 5) });
    case "string":
      return textsOf(schema, known, name);
    case "integer":
      return integersOf(schema);
    case "boolean":
      return fc.boolean();
    default:
      return anything;
  }
}

/** What nearly always refuses a command when it is made up. */
const RARE: ReadonlySet<string> = new Set(["ifVersion", "seen"]);

function objectsOf({ properties = {}, required = [] }: JsonSchema, known: Known): fc.Arbitrary<unknown> {
  const fields = Object.entries(properties).map(([name, one]) => [name, valuesOf(one, known, name)] as const);
  const records = (some: typeof fields) => fc.record(Object.fromEntries(some), { requiredKeys: required });
  const usual = fields.filter(([name]) => !RARE.has(name));
  if (usual.length === fields.length) return records(fields);
  return fc.oneof({ weight: 6, arbitrary: records(usual) }, { weight: 1, arbitrary: records(fields) });
}

function integersOf({ minimum = 0, maximum = 1000 }: JsonSchema): fc.Arbitrary<number> {
  const small = fc.integer({ min: Math.max(minimum, -1000), max: Math.min(maximum, 1000) });
  return fc.oneof(
    { weight: 6, arbitrary: small },
    { weight: 1, arbitrary: fc.constantFrom(minimum, maximum) },
  );
}

function textsOf(schema: JsonSchema, known: Known, name: string): fc.Arbitrary<string> {
  const { pattern = ANY_TEXT, minLength = 0, maxLength = 140 } = schema;
  const made =
    pattern === ANY_TEXT
      ? fc.string({ minLength, maxLength, unit: "grapheme" })
      : fc.stringMatching(new RegExp(pattern));
  const pick = fc.nat(999).map((number) => known.pick(pattern, number));
  const found = fc.tuple(pick, made).map(([one, other]) => one ?? other);
  // An intent's id is a fresh one, or each would be told that it was used for something else.
  const weight = name === "commandId" ? 1 : 12;
  return fc.oneof({ weight, arbitrary: found }, { weight: 3, arbitrary: made });
}
