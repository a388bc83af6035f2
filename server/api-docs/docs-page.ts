/** `/docs`: both documents of the interfaces as one page to read and to search. */
import { pageOf } from "./frame.ts";
import { type Html, html, prose } from "./html.ts";
import { anchorOf, type Named, tableOf, typeOf } from "./schema-html.ts";
import type { Json } from "./schemas.ts";

interface Operation {
  summary: string;
  description: string;
  operationId: string;
  parameters?: { name: string; in: string; description: string; required?: true; schema: Json }[];
  requestBody?: { content: { [type: string]: { schema: Json } } };
  responses: { [status: string]: { description: string; content?: { [type: string]: { schema: Json } } } };
}

interface OpenApi {
  info: { description: string };
  paths: { [path: string]: { [method: string]: Operation } };
  components: { schemas: { [name: string]: Json } };
}

interface Message {
  name: string;
  summary?: string;
  payload: Json;
}

interface AsyncApi {
  info: { description: string };
  operations: { [id: string]: { action: "receive" | "send" } };
  components: { messages: { [id: string]: Message }; schemas: { [name: string]: Json } };
}

/** What the page has an entry for: a route, a message or a schema. */
interface Entry {
  id: string;
  name: Html;
  content: Html;
}

interface Group {
  id: string;
  title: string;
  about: string;
  entries: readonly Entry[];
}

/**
 * @param root from the page to the hub's root.
 */
export function docsPage(openApi: Json, asyncApi: Json, root: string): string {
  const groups = groupsOf(openApi as unknown as OpenApi, asyncApi as unknown as AsyncApi);
  const body = html`<div class="columns">
<nav class="contents" aria-label="Contents">
<label class="find" hidden><span class="label">Find</span><input type="search" autocomplete="off" spellcheck="false" placeholder="account, 409, digest"></label>
<p class="found" role="status"></p>
${groups.map(contentsOf)}
</nav>
<div class="text">
<h1>What this hub can be asked</h1>
<p class="lead">The same for programs: <a href="${root}openapi.json">openapi.json</a> and <a href="${root}asyncapi.json">asyncapi.json</a>.</p>
${groups.map(groupOf)}
</div>
</div>`;
  return pageOf({ title: "Interfaces · Tallystick", root, here: "docs", body });
}

function groupsOf(openApi: OpenApi, asyncApi: AsyncApi): Group[] {
  const { messages } = asyncApi.components;
  const of = (action: "receive" | "send") =>
    Object.entries(asyncApi.operations).flatMap(([id, operation]) =>
      operation.action === action && messages[id]
        ? [messageEntry(id, messages[id], messages[`${id}.answer`])]
        : [],
    );
  const schemas = { ...asyncApi.components.schemas, ...openApi.components.schemas };
  return [
    {
      id: "http",
      title: "Over HTTP",
      about: openApi.info.description,
      entries: Object.entries(openApi.paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) =>
          routeEntry({ path, method, operation }, schemas),
        ),
      ),
    },
    { id: "sent", title: "From terminals", about: asyncApi.info.description, entries: of("receive") },
    {
      id: "told",
      title: "To terminals",
      about: "What the hub says without being asked.",
      entries: of("send"),
    },
    {
      id: "schemas",
      title: "What they are made of",
      about: "Each by its name.",
      entries: Object.keys(schemas)
        .sort()
        .map((name) => schemaEntry(name, schemas[name] as Json, schemas)),
    },
  ];
}

function contentsOf({ id, title, entries }: Group): Html {
  return html`<details class="part" open><summary>${title}</summary><ul>
${entries.map((entry) => html`<li data-for="${entry.id}"><a href="#${entry.id}">${entry.name}</a></li>\n`)}</ul></details>
<noscript><a href="#${id}">${title}</a></noscript>`;
}

function groupOf({ id, title, about, entries }: Group): Html {
  return html`<section class="group" aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<p class="about">${prose(about)}</p>
${entries.map(
  (entry) => html`<article class="entry" id="${entry.id}"><h3><a href="#${entry.id}">${entry.name}</a></h3>
${entry.content}</article>
`,
)}</section>`;
}

function routeEntry(
  { path, method, operation }: { path: string; method: string; operation: Operation },
  named: Named,
): Entry {
  const { summary, description, parameters = [], requestBody, responses, operationId } = operation;
  const body = requestBody?.content["application/json"]?.schema;
  return {
    id: operationId,
    name: html`<span class="verb">${method.toUpperCase()}</span> <span class="path">${breakable(path)}</span>`,
    content: html`<p>${prose(summary)}</p>
<p class="muted">${prose(description)}</p>
${parameters.length > 0 && parameterTable(parameters)}
${body && html`<h4>Body</h4>${body.$ref ? html`<p class="type">${typeOf(body)}</p>` : tableOf(body, named)}`}
<h4>Answers</h4>
${answerTable(responses)}`,
  };
}

/** A path may be broken after each slash, where a phone has no room for it. */
function breakable(path: string): Html {
  return html`${path.split(/(?<=.\/)/).map((part, index) => [index > 0 && html`<wbr>`, part])}`;
}

function parameterTable(parameters: NonNullable<Operation["parameters"]>): Html {
  const row = ({ name, in: place, description, required, schema }: (typeof parameters)[number]) =>
    html`<tr role="row"><th scope="row" role="rowheader"><code>${name}</code> <small>${place}${!required && ", may be absent"}</small></th><td role="cell">${typeOf(schema)}</td><td role="cell">${prose(description)}</td></tr>
`;
  return html`<h4>Parameters</h4><table class="fields" role="table"><thead><tr role="row"><th role="columnheader">Name</th><th role="columnheader">Type</th><th role="columnheader">Meaning</th></tr></thead>
<tbody>${parameters.map(row)}</tbody></table>`;
}

function answerTable(responses: Operation["responses"]): Html {
  const row = ([status, { description, content }]: (typeof entries)[number]) => {
    const [type, { schema } = { schema: undefined }] = Object.entries(content ?? {})[0] ?? [];
    return html`<tr role="row"><th scope="row" role="rowheader">${status}</th><td role="cell">${description.split("\n\n").map((line) => html`<p>${prose(line)}</p>`)}</td><td role="cell">${schema && typeOf(schema)}${type && type !== "application/json" && html` <small>${type}</small>`}</td></tr>
`;
  };
  const entries = Object.entries(responses);
  return html`<table class="answers" role="table"><thead><tr role="row"><th role="columnheader">Status</th><th role="columnheader">Meaning</th><th role="columnheader">Body</th></tr></thead>
<tbody>${entries.map(row)}</tbody></table>`;
}

function messageEntry(id: string, message: Message, answer: Message | undefined): Entry {
  return {
    id: `message-${id}`,
    name: html`<span class="path">${message.name}</span>`,
    content: html`<p>${prose(message.summary ?? "")}</p>
<dl class="pair"><dt>Payload</dt><dd>${typeOf(message.payload)}</dd>${answer && html`<dt>Answer</dt><dd>${typeOf(answer.payload)}</dd>`}</dl>`,
  };
}

function schemaEntry(name: string, schema: Json, named: Named): Entry {
  const { description } = schema;
  return {
    id: anchorOf(name),
    name: html`<span class="path">${name}</span>`,
    content: html`${typeof description === "string" && html`<p>${prose(description)}</p>`}
${tableOf(schema, named)}`,
  };
}
