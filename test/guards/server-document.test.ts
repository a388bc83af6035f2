/** What server/README.md says of the hub is held against the code, both ways. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  AccountAdjust,
  AccountPut,
  AccountRepay,
  DURABILITY_LEVELS,
  FenceDecide,
  IMPORT_COLUMNS,
  WebhookPut,
} from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { addBookMetrics } from "../../server/book-metrics.ts";
import { SETTINGS } from "../../server/config.ts";
import { ROUTES } from "../../server/http/routes.ts";
import { journalEntryKinds } from "../../server/ledger/journal-entry.ts";
import { SCENARIO_NAMES } from "../../server/load/mix.ts";
import { Metrics } from "../../server/metrics.ts";
import { WebhookMetrics } from "../../server/webhooks/webhook-metrics.ts";
import { ROOT, readDocument, spansOf } from "./documents.ts";

const hub = suite("the hub's document");
const DOCUMENT = readDocument("server/README.md");
const SERVER = join(ROOT, "server");

/** What is in code style in the first cells of a table. */
function names(heading: string): string[] {
  return DOCUMENT.table(heading).flatMap(([first]) => spansOf(first));
}

hub("has each folder of server/", () => {
  const folders = readdirSync(SERVER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(dist|node_modules)$/.test(entry.name))
    .map(({ name }) => `${name}/`);
  assert.equal(names("Folders").sort(), folders.sort());
});

hub("has each package that the server depends on", () => {
  const { dependencies } = JSON.parse(readFileSync(join(SERVER, "package.json"), "utf8"));
  const others = Object.keys(dependencies).filter((name) => !name.startsWith("@tallystick/"));
  assert.equal(names("Dependencies").sort(), others.sort());
});

hub("has each kind of entry of a journal", () => {
  assert.equal(names("The journal").sort(), [...journalEntryKinds()].sort());
});

hub("has each setting with its default", () => {
  const defaults = SETTINGS.parse({}) as Record<string, unknown>;
  assert.equal(
    DOCUMENT.table("Configuration").map(([setting, value]) => [spansOf(setting)[0], spansOf(value)[0]]),
    names("Configuration").map((name) => [name, defaults[name]?.toString()]),
  );
  assert.equal(names("Configuration").sort(), Object.keys(SETTINGS.shape).sort());
});

/** Whether a source text routes requests by itself, past the table of routes. */
function routesByItself(source: string): boolean {
  return /\bRouter\(|\.(?:route|get|put|post|patch|delete|all)\(\s*["'`]\//.test(source);
}

hub("has each HTTP route, and who may ask", () => {
  const told = DOCUMENT.table("HTTP").map(([route, who]) => [spansOf(route)[0], who]);
  assert.equal(
    told.map(([route]) => route).sort(),
    ROUTES.map(({ method, path }) => `${method} ${path}`).sort(),
  );
  for (const { method, path, who } of ROUTES) {
    const [, said = ""] = told.find(([route]) => route === `${method} ${path}`) ?? [];
    const kind = said === "anybody" || said === "operator" ? said : "reader";
    assert.is(kind, who, `who may ask ${method} ${path}`);
  }
});

hub("has one table of routes, and nothing is routed past it", () => {
  const files = readdirSync(SERVER, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/^(dist|node_modules)\//.test(file))
    .filter((file) => routesByItself(readFileSync(join(SERVER, file), "utf8")));
  assert.equal(files, ["http/route.ts"]);
  for (const text of ['app.get("/x", f)', "routes\n.route(`/v1/x`)", "const one = Router();"])
    assert.ok(routesByItself(text), text);
});

hub("has the fields of each HTTP body", () => {
  const bodies = new Map(DOCUMENT.table("HTTP").map(([route, , what]) => [spansOf(route)[0], what ?? ""]));
  const fieldsIn = (route: string) =>
    new Set(
      (
        bodies
          .get(route)
          ?.match(/\{[^}]*\}/g)
          ?.join(" ") ?? ""
      ).match(/\b\w+\b(?=\??(?::|,| \}))/g),
    );
  const [funds, credit] = AccountPut.options;
  assert.equal(
    fieldsIn("PUT /v1/parties/:party/accounts/:number"),
    new Set([...Object.keys(funds.shape), ...Object.keys(credit.shape)]),
  );
  assert.equal(
    fieldsIn("POST /v1/parties/:party/accounts/:number/adjust"),
    new Set(Object.keys(AccountAdjust.shape)),
  );
  assert.equal(
    fieldsIn("POST /v1/parties/:party/accounts/:number/repay"),
    new Set(Object.keys(AccountRepay.shape)),
  );
  assert.equal(fieldsIn("PUT /v1/webhooks/:id"), new Set(Object.keys(WebhookPut.shape)));
  assert.equal(fieldsIn("POST /v1/fences/:issuanceId"), new Set(Object.keys(FenceDecide.shape)));
});

hub("has each level of durability, from the weakest", () => {
  assert.equal(names("Durability"), [...DURABILITY_LEVELS]);
});

/** Every metric of the hub's, its own and Node's, with its labels. */
function allMetrics(): { name: string; labels: readonly string[] }[] {
  const { registry } = new Metrics({ connections: () => 0 });
  const census = { counted: undefined, waiting: undefined };
  new WebhookMetrics(registry);
  addBookMetrics(registry, {
    census,
    readiness: { check: async () => "not asked" },
    slowestFsync: async () => 0,
  });
  return registry.getMetricsAsArray().map((metric) => ({
    name: metric.name,
    labels: (metric as { labelNames?: string[] }).labelNames ?? [],
  }));
}

hub("has each metric of the hub's own", () => {
  const own = allMetrics().filter(({ name }) => name.startsWith("tallystick_"));
  assert.equal(names("Metrics").sort(), own.map(({ name }) => name).sort());
});

/** What an expression of PromQL names: metrics, and labels in braces and after `by`. */
function namedIn(expression: string): { metrics: string[]; labels: string[] } {
  const metrics = expression.match(/\b(?:tallystick|nodejs|process)_\w+/g) ?? [];
  const lists = [...expression.matchAll(/\{([^}]*)\}|\bby \(([^)]*)\)/g)];
  const labels = lists.flatMap(([, matchers, by]) =>
    matchers === undefined
      ? (by ?? "").split(/,\s*/)
      : [...matchers.matchAll(/(\w+)\s*[=!]/g)].map(([, one]) => one ?? ""),
  );
  return { metrics: [...metrics], labels };
}

/** The names that Prometheus adds when it scrapes, and those of a histogram's parts. */
const ADDED_LABELS = ["instance", "job", "le"];
const PART = /_(?:bucket|sum|count)$/;

hub("has a dashboard and alert rules of metrics and labels that there are", () => {
  const metrics = new Map(allMetrics().map(({ name, labels }) => [name, labels]));
  const labelsOf = (name: string) => metrics.get(name) ?? metrics.get(name.replace(PART, ""));
  const dashboard = JSON.parse(readFileSync(join(SERVER, "operations/dashboard.json"), "utf8"));
  const rules = parse(readFileSync(join(SERVER, "operations/alerts.yml"), "utf8")).groups[0].rules;
  const shown = dashboard.panels.flatMap(({ targets = [] }) =>
    targets.map(({ expr }: { expr: string }) => expr),
  );
  const expressions: string[] = [...shown, ...rules.map(({ expr }: { expr: string }) => expr)];
  assert.ok(expressions.length > 25);
  const used = new Set<string>();
  for (const expression of expressions) {
    const named = namedIn(expression);
    const known = named.metrics.flatMap((name) => {
      const labels = labelsOf(name);
      assert.ok(labels, `${name} in ${expression}`);
      used.add(metrics.has(name) ? name : name.replace(PART, ""));
      return labels;
    });
    for (const label of named.labels)
      assert.ok([...known, ...ADDED_LABELS].includes(label), `${label} in ${expression}`);
  }
  const unused = [...metrics.keys()].filter((name) => name.startsWith("tallystick_") && !used.has(name));
  assert.equal(unused, [], "each metric of the hub's own is shown or watched");
  for (const { alert, annotations } of rules) assert.ok(annotations.summary && annotations.what, alert);
});

hub("has the columns of an import", () => {
  assert.match(DOCUMENT.text, `\`${IMPORT_COLUMNS.join(",")}\``);
});

hub("has each scenario of the load test", () => {
  assert.equal(names("Load tests"), SCENARIO_NAMES);
});

hub("takes a reader to every part of it", () => {
  const contents = DOCUMENT.text.slice(0, DOCUMENT.text.indexOf("\n## "));
  const missing = [...DOCUMENT.text.matchAll(/^## (.*)$/gm)]
    .map(([, heading = ""]) => `#${heading.toLowerCase().replaceAll(" ", "-")}`)
    .filter((anchor) => !contents.includes(`(${anchor})`));
  assert.equal(missing, []);
});

hub.run();
