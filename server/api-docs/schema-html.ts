/** A JSON Schema as people read it: a table of fields, each with its type and meaning. */
import { Html, html, prose } from "./html.ts";
import type { Json } from "./schemas.ts";

const WHERE = "#/components/schemas/";
/** A longer list of values is told by its first ones. */
const MOST_VALUES = 24;

interface JsonSchema extends Json {
  $ref?: string;
  type?: string;
  properties?: { [name: string]: JsonSchema };
  required?: string[];
  items?: JsonSchema;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  description?: string;
}

/** Where a named schema is on the page. */
export function anchorOf(name: string): string {
  return `schema-${name}`;
}

/** All schemas by name, for what a field's own type says of it. */
export type Named = { readonly [name: string]: Json };

/** The table of an object's fields; of anything else, its type. */
export function tableOf(given: Json, named: Named): Html {
  const schema = given as JsonSchema;
  const { properties, required = [] } = schema;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices?.some(({ properties: some }) => some))
    return html`${choices.map((choice, index) => [
      index > 0 && html`<p class="or">or</p>`,
      choice.properties ? tableOf(choice, named) : html`<p class="type">${typeOf(choice)}</p>`,
    ])}`;
  if (!properties) return html`<p class="type">${typeOf(schema)}</p>`;
  const rows = Object.entries(properties);
  if (rows.length === 0) return html`<p class="type">An object without fields.</p>`;
  return html`<table class="fields" role="table">
<thead><tr role="row"><th role="columnheader">Field</th><th role="columnheader">Type</th><th role="columnheader">Meaning</th></tr></thead>
<tbody>${rows.map(([name, field]) => rowOf(name, field, { isRequired: required.includes(name), named }))}</tbody></table>`;
}

function rowOf(
  name: string,
  field: JsonSchema,
  { isRequired, named }: { isRequired: boolean; named: Named },
): Html {
  const ofType = field.$ref && named[field.$ref.slice(WHERE.length)]?.description;
  const meaning = field.description ?? (typeof ofType === "string" ? ofType : "");
  return html`<tr role="row"><th scope="row" role="rowheader"><code>${name}</code>${!isRequired && html` <small>may be absent</small>`}</th><td role="cell">${typeOf(field)}</td><td role="cell">${prose(meaning)}</td></tr>
`;
}

/** A type in a few words, with links to those that have a name. */
export function typeOf(given: Json): Html {
  const schema = given as JsonSchema;
  const { $ref, properties, items } = schema;
  if ($ref) {
    const name = $ref.slice(WHERE.length);
    return html`<a href="#${anchorOf(name)}">${name}</a>`;
  }
  if ("const" in schema) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum) return valuesOf(schema.enum);
  if (items) return html`list of ${typeOf(items)}`;
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return joined(choices.map(typeOf), " or ");
  const all = (schema.allOf ?? []).filter((part) => part.$ref);
  if (all.length > 0) return joined(all.map(typeOf), " and ");
  if (properties)
    return joined(
      Object.entries(properties).map(([name, field]) => html`<code>${name}</code>: ${typeOf(field)}`),
      ", ",
    );
  return html`${plainType(schema)}`;
}

function valuesOf(values: readonly unknown[]): Html {
  const shown = values.slice(0, MOST_VALUES).map((value) => html`<code>${String(value)}</code>`);
  return html`${joined(shown, " ")}${values.length > MOST_VALUES && ` and ${values.length - MOST_VALUES} more`}`;
}

function joined(pieces: readonly Html[], by: string): Html {
  return html`${pieces.map((piece, index) => (index === 0 ? piece : [by, piece]))}`;
}

const LARGEST = Number.MAX_SAFE_INTEGER;

function plainType({ type, minimum, maximum, minLength, maxLength, pattern }: JsonSchema): Html {
  if (type === "integer" || type === "number") {
    const least = Number(minimum ?? -LARGEST);
    const most = Number(maximum ?? LARGEST);
    const from = least === -LARGEST ? undefined : least;
    const to = most === LARGEST ? undefined : most;
    if (from !== undefined && to !== undefined) return html`integer, ${from} to ${to}`;
    if (from !== undefined) return html`integer, ${from} or more`;
    if (to !== undefined) return html`integer, ${to} or less`;
    return html`integer`;
  }
  if (type === "string" && typeof pattern === "string") return html`text of the form <code>${pattern}</code>`;
  if (type === "string" && maxLength !== undefined)
    return minLength === undefined
      ? html`text of ${Number(maxLength)} characters or fewer`
      : html`text of ${Number(minLength)} to ${Number(maxLength)} characters`;
  if (type === "string") return html`text`;
  if (type === "boolean") return html`true or false`;
  return new Html(type === "object" ? "object" : "anything");
}
