/** The project's documents as tests read them: their headings, tables, links and what is in code style. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import GithubSlugger from "github-slugger";
import { lexer, type Token, type Tokens, walkTokens } from "marked";

export const ROOT = dirname(dirname(import.meta.dirname));

/** Every document of the repository, by its path from the root. */
export const DOCUMENTS: readonly string[] = [
  ...namesIn("."),
  ...[".github", "shared", "client-sdk", "server", "test"].flatMap((folder) => namesIn(folder, true)),
];

function namesIn(folder: string, recursive = false): string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive, encoding: "utf8" })
      .filter((name) => name.endsWith(".md") && !/(^|\/)(node_modules|dist)\//.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

export interface Document {
  readonly path: string;
  readonly text: string;
  /** What a link can point to with `#`: the headings, in the form that GitHub gives them. */
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly string[];
  /** What is in code style within sentences and tables. */
  readonly spans: readonly string[];
  /** The lines of all blocks of code in shell. */
  readonly commands: readonly string[];
  /** The blocks of code in TypeScript that are whole programs. */
  readonly programs: readonly string[];
  /** The text of the first block of code in a language under a heading. */
  code(heading: string, language: string): string;
  /** The rows of the first table under a heading, each a list of its cells' source. */
  table(heading: string): string[][];
}

export function readDocument(path: string): Document {
  const text = readFileSync(join(ROOT, path), "utf8");
  const tokens = lexer(text);
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const links: string[] = [];
  const spans: string[] = [];
  const commands: string[] = [];
  const programs: string[] = [];
  walkTokens(tokens, (token) => {
    if (token.type === "heading") anchors.add(slugger.slug(plainText(token.tokens ?? [])));
    else if (token.type === "link") links.push(token.href);
    else if (token.type === "codespan") spans.push(token.text);
    else if (token.type === "code" && token.lang === "sh") commands.push(...token.text.split("\n"));
    else if (token.type === "code" && token.lang === "ts" && /^import /m.test(token.text))
      programs.push(token.text);
  });
  return {
    path,
    text,
    anchors,
    links,
    spans,
    commands,
    programs,
    code: (heading, language) => {
      const isIt = (token: Token) => token.type === "code" && token.lang === language;
      return (find(path, tokens, heading, isIt) as Tokens.Code).text;
    },
    table: (heading) => {
      const { rows } = find(path, tokens, heading, ({ type }) => type === "table") as Tokens.Table;
      return rows.map((row) => row.map((cell) => cell.text));
    },
  };
}

/** The first token of a kind between a heading and the next one. */
function find(path: string, tokens: Token[], heading: string, isIt: (token: Token) => boolean): Token {
  const start = tokens.findIndex((token) => token.type === "heading" && token.text === heading);
  if (start < 0) throw new Error(`${path} has no heading "${heading}"`);
  for (const token of tokens.slice(start + 1)) {
    if (isIt(token)) return token;
    if (token.type === "heading") break;
  }
  throw new Error(`${path} has nothing of that kind under "${heading}"`);
}

function plainText(tokens: Token[]): string {
  return tokens.map((token) => ("text" in token ? token.text : token.raw)).join("");
}

/** What is in code style in a cell, in its order. */
export function spansOf(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text as string);
}

/** Where a cell's links lead, in their order. */
export function linksOf(cell = ""): string[] {
  return [...cell.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target as string);
}
