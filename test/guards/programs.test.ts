/** The programs in the documents are type-checked, as a reader would have them who copies them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ROOT, readDocument } from "./documents.ts";

const programs = suite("the programs in the documents");

/** Documents with programs that are whole. */
const PATHS = ["README.md", "test/README.md"];
/** The folder that they are checked in, as if they stood there: a test imports its helpers from beside it. */
const PLACE = "test/guards";
/** What a reader has before a program begins. */
const GIVEN = "declare global { const token: string; }\nexport {};\n";
/** Shows that the compiler sees what is wrong. */
const WRONG =
  'import { connect } from "@tallystick/client";\nawait connect("http://localhost:3000", { tokn: "x" });\n';

/** Type-checks files by name, and answers what the compiler says, a line each. */
function check(sources: ReadonlyMap<string, string>): string[] {
  // Below node_modules, where packages are found and no other check looks.
  const cache = join(ROOT, "node_modules/.cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "programs-"));
  try {
    const files = [...sources].map(([name, source]) => {
      const file = join(folder, PLACE, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, source);
      return file;
    });
    const compilerOptions = { rootDirs: [folder, ROOT], typeRoots: [join(ROOT, "node_modules/@types")] };
    const config = { extends: join(ROOT, "tsconfig.json"), compilerOptions, files, include: [], exclude: [] };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
    const { stdout } = spawnSync("npx", ["tsc", "--noEmit", "--pretty", "false", "-p", folder], {
      cwd: ROOT,
      encoding: "utf8",
    });
    return stdout.split("\n").filter((line) => / error TS/.test(line));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

programs("are right, and would be seen to be wrong", () => {
  const sources = new Map([
    ["given.ts", GIVEN],
    ["wrong.ts", WRONG],
  ]);
  for (const path of PATHS) {
    const found = readDocument(path).programs;
    assert.ok(found.length > 0, `${path} has a program`);
    for (const [index, source] of found.entries())
      sources.set(`${path.replaceAll(/\W/g, "-")}-${index}.ts`, source);
  }
  const complaints = check(sources);
  assert.is(complaints.length, 1, complaints.join("\n"));
  assert.match(complaints[0] ?? "", /wrong\.ts.*tokn/);
});

programs.run();
