/** The fields of a schema, and those that a cell of a document tells, in one form. */
import { spansOf } from "./documents.ts";

interface Shape {
  readonly [field: string]: { isOptional(): boolean };
}

/** The fields of an object's schema, as the document writes them: with a question mark when they may be absent. */
export function fieldsOf(shape: Shape, without: readonly string[] = []): string[] {
  return Object.entries(shape)
    .filter(([name]) => !without.includes(name))
    .map(([name, schema]) => (schema.isOptional() ? `${name}?` : name))
    .sort();
}

/** The fields that a cell tells; what a field holds in turn is left out. */
export function told(cell = ""): string[] {
  const flat = spansOf(cell)
    .join(", ")
    .replace(/: \{[^}]*\}/g, "");
  return flat.match(/\w+\??/g)?.sort() ?? [];
}
