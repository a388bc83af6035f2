// What the SDK's README says is what is there: its code compiles, its tables are complete, its links lead somewhere.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CLIENT_ERRORS } from "@tallystick/client";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const readme = suite("the SDK's README");
const ROOT = dirname(dirname(import.meta.dirname));
const SDK = join(ROOT, "client-sdk");
const TEXT = readFileSync(join(SDK, "README.md"), "utf8");
const REPORT = readFileSync(join(SDK, "api-report.md"), "utf8");

/** The cells of the tables whose header starts with these. */
function table(...header: string[]): string[][] {
  const [, ...tables] = TEXT.split(`| ${header.join(" | ")} |`);
  return tables
    .flatMap((rows) => (rows.split("\n\n")[0] ?? "").split("\n"))
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The names of an interface's or a class's members, as the API report has them. */
function members(declaration: string): string[] {
  const [, body = ""] = REPORT.split(`\n${declaration} `);
  const inside = body.slice(0, body.indexOf("\n}"));
  const names = [...inside.matchAll(/^ {4}(?:get )?(\w+)[?(<:]/gm)].map(([, name]) => name as string);
  assert.ok(names.length > 0, `${declaration} is in the report`);
  return names;
}

const called = (cells: (string | undefined)[]) =>
  cells.flatMap((cell = "") => [...cell.matchAll(/`(\w+)(?:\([^`]*\))?`/g)].map(([, name]) => name));

readme("has code that compiles as it stands", () => {
  const folder = temporaryFolder();
  const blocks = [...TEXT.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code);
  assert.ok(blocks.length > 5);
  const files = blocks.map((code, index) => {
    const file = join(folder, `block-${index}.ts`);
    writeFileSync(file, `${code}\nexport {};\n`);
    return file;
  });
  // What the text leaves to its reader.
  writeFileSync(
    join(folder, "given.d.ts"),
    `declare const token: string;
declare const anotherAccount: import("@tallystick/client").Account;
declare const issuance: import("@tallystick/client").IssuerIssuance;
declare const voucher: import("@tallystick/client").BeneficiaryVoucher;
declare const terminal: import("@tallystick/client").Terminal;
`,
  );
  const config = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions: {
      typeRoots: [join(ROOT, "node_modules", "@types")],
      paths: {
        "@tallystick/client": [join(SDK, "index.ts")],
        "@tallystick/client/money": [join(SDK, "money.ts")],
        "@tallystick/client/operator": [join(SDK, "operator.ts")],
      },
    },
    include: [],
    files: [...files, "given.d.ts"],
  };
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  try {
    execFileSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8" });
  } catch (error) {
    assert.unreachable((error as { stdout: string }).stdout);
  }
});

readme("has every option of connect", () => {
  const options = [
    ...members("interface ConnectOptions extends WaitOptions"),
    ...members("interface WaitOptions"),
  ];
  assert.equal(
    called(table("option", "unless given", "what it is").map(([name]) => name)).sort(),
    options.sort(),
  );
});

readme("has every event of a terminal", () => {
  const events = members("interface TerminalEvents");
  assert.equal(called(table("event", "when").map(([name]) => name)).sort(), events.sort());
});

readme("has every code of the terminal's own, with its row", () => {
  const rows = table("code", "retry", "money", "meaning").map(([code, retry, money]) => [code, retry, money]);
  const expected = Object.entries(CLIENT_ERRORS).map(([code, { retry, money }]) => [
    `\`${code}\``,
    retry,
    money,
  ]);
  assert.equal(rows, expected);
});

readme("has every call", () => {
  const passedOver = [
    "party",
    "connected",
    "on",
    "close",
    "id",
    "snapshot",
    "state",
    "toJSON",
    "sync",
    "role",
    "voucherId",
    "durability",
  ];
  const calls = [
    "declare class Terminal",
    "declare abstract class LiveObject<N extends Noun>",
    'declare abstract class Issuance extends LiveObject<"issuance">',
    "declare class IssuerIssuance extends Issuance",
    "declare class PayerIssuance extends Issuance",
    "declare class BeneficiaryVoucher extends Voucher",
    "declare abstract class ApproverVoucher extends Voucher",
    "declare class IssuerVoucher extends ApproverVoucher",
    "declare class Drawing",
    "declare class ApproverDrawing extends Drawing",
  ]
    .flatMap(members)
    .filter((name) => !passedOver.includes(name));
  const said = called(table("on", "call", "what it does").map(([, call]) => call));
  assert.equal([...new Set(said)].filter((name) => name !== "on").sort(), [...new Set(calls)].sort());
});

readme("has every call of an operator's", () => {
  const said = called(table("call", "what it does").map(([call]) => call)).filter((name) => name !== "etag");
  assert.equal(
    said.sort(),
    members("declare class Operator")
      .filter((name) => name !== "constructor")
      .sort(),
  );
});

readme("links to files that are there", () => {
  const links = [...TEXT.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link]) => link as string);
  assert.ok(links.length > 3);
  for (const link of links) assert.ok(existsSync(join(SDK, link)), link);
});

readme.run();
