/** The protocol's schemas as JSON Schemas, each under the name that it is exported by. */
import * as protocol from "@tallystick/protocol";
import { z } from "zod";

export type Json = { [name: string]: unknown };

/** The dialects of the documents: OpenAPI 3.1 has JSON Schema 2020-12, AsyncAPI 3 has draft 07. */
export type Dialect = "draft-2020-12" | "draft-07";

const WHERE = "#/components/schemas/";

/** A query's limit is a text that has to be read; whoever asks knows it as a number. */
const LIMIT = {
  type: "integer",
  minimum: 1,
  maximum: protocol.MOST_IN_A_PAGE,
  default: protocol.USUAL_IN_A_PAGE,
  description: "How much the page has at the most.",
};

export class Schemas {
  readonly #ids: ReadonlyMap<z.ZodType, string>;
  readonly #made: { readonly [id: string]: Json };

  /** @param more schemas that are not exported by the protocol, and stand where they are used. */
  constructor(dialect: Dialect, more: readonly z.ZodType[] = []) {
    const ids = new Map<z.ZodType, string>();
    for (const [name, value] of Object.entries(protocol))
      if (value instanceof z.ZodType && !ids.has(value)) ids.set(value, name);
    for (const schema of more) if (!ids.has(schema)) ids.set(schema, `:${ids.size}`);
    const registry = z.registry<{ id: string }>();
    for (const [schema, id] of ids) registry.add(schema, { id });
    const { schemas } = z.toJSONSchema(registry, {
      target: dialect,
      // What is sent has to fit as it is sent; what is answered may gain fields, which readers pass over.
      io: "input",
      uri: (id) => WHERE + id,
      override: ({ zodSchema, jsonSchema }) => {
        if ((zodSchema as z.core.$ZodType) === protocol.PageLimit) Object.assign(clear(jsonSchema), LIMIT);
      },
    });
    this.#ids = ids;
    this.#made = schemas as unknown as { [id: string]: Json };
  }

  /** A schema where it is used: by its name, or as it is when it has none. */
  use(schema: z.ZodType): Json {
    const id = this.#ids.get(schema);
    if (id === undefined) throw new Error("a schema that the documents were not told of");
    return id.startsWith(":") ? this.#bare(id) : { $ref: WHERE + id };
  }

  /** What a schema is made of, whether it has a name or not. */
  inside(schema: z.ZodType): Json {
    return this.#bare(this.#ids.get(schema) ?? "");
  }

  /** What a schema is said to be, by itself or by the name that it refers to. */
  describe({ description, $ref }: Json): string {
    const named = typeof $ref === "string" ? this.#bare($ref.slice(WHERE.length)) : {};
    return String(description ?? named.description ?? "");
  }

  /** All that a document refers to, and what that refers to, by name. */
  usedIn(document: unknown): { [name: string]: Json } {
    const found = new Map<string, Json>();
    const look = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [name, inner] of Object.entries(value)) {
        if (name !== "$ref" || typeof inner !== "string" || !inner.startsWith(WHERE)) look(inner);
        else if (!found.has(inner.slice(WHERE.length))) {
          const id = inner.slice(WHERE.length);
          const made = this.#bare(id);
          found.set(id, made);
          look(made);
        }
      }
    };
    look(document);
    return Object.fromEntries([...found].sort(([one], [other]) => (one < other ? -1 : 1)));
  }

  #bare(id: string): Json {
    const { $schema: _, $id: __, ...rest } = this.#made[id] ?? {};
    return rest;
  }
}

function clear(schema: object): object {
  for (const name of Object.keys(schema)) Reflect.deleteProperty(schema, name);
  return schema;
}
