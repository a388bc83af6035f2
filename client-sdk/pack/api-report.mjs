// The SDK's public types as one text, which is kept in api-report.md: a change of what programs rely on shows in
// review. Made from the package's own types in dist/, as "prepack" leaves them there.
//
// Usage: node pack/api-report.mjs [FOLDER_OF_THE_TYPES]; prints it. `npm run api-report` writes it anew.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = process.argv[2] ?? join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const ENTRIES = {
  "@tallystick/client": "index.d.ts",
  "@tallystick/client/money": "money.d.ts",
  "@tallystick/client/operator": "operator.d.ts",
};

/** The statements of a file of types, without comments. The compiler begins each one in the first column. */
function statementsOf(file) {
  const text = readFileSync(join(folder, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return text
    .replace(/^\s*\n/gm, "")
    .split(/\n(?=export |import |declare |type |interface )/)
    .map((statement) => statement.trim());
}

const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
  /\.d\.ts$/.test(name),
);
/** Each declaration by its name; overloads of a function are one after the other. */
const declarations = new Map();
for (const file of files) {
  for (const statement of statementsOf(file)) {
    const declared =
      /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|const|function) (\w+)/.exec(statement);
    if (!declared) continue;
    const name = declared[1];
    const before = declarations.get(name);
    if (before && before.file !== file) before.also = file;
    else declarations.set(name, { file, text: before ? `${before.text}\n${statement}` : statement });
  }
}

/** The names that an entry exports. */
function exportsOf(file) {
  return statementsOf(file).flatMap((statement) =>
    [.../\{([^}]*)\}/.exec(statement)[1].matchAll(/(\w+)\s*(?:,|$)/g)].map(([, name]) => name),
  );
}

function declarationOf(name) {
  const { text, file, also } = declarations.get(name);
  if (also)
    throw new Error(`${name} is declared in ${file} and in ${also}: which one is meant can't be told`);
  return text.replace(/^export /gm, "");
}

const names = new Set();
const sections = Object.entries(ENTRIES).map(([entry, file]) => {
  const exported = exportsOf(file).sort();
  for (const name of exported) names.add(name);
  return section(`\`${entry}\``, exported);
});
// What the exported declarations are made of is as public as they are.
const used = new Set();
for (const name of names) {
  for (const [word] of declarationOf(name).matchAll(/\b[A-Z]\w*\b/g)) {
    if (!declarations.has(word) || names.has(word)) continue;
    names.add(word);
    used.add(word);
  }
}

function section(title, list) {
  return `## ${title}\n\n\`\`\`ts\n${list.map(declarationOf).join("\n\n")}\n\`\`\`\n`;
}

process.stdout.write(`# The public types of @tallystick/client

Made by \`npm run api-report\`, and compared by a test. Not to be edited by hand.

${[...sections, section("Used by those, and not exported", [...used].sort())].join("\n")}`);
