/** What each package may import. Import cycles are Biome's rule `noImportCycles`. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const dependencies = suite("dependencies");
const ROOT = dirname(dirname(import.meta.dirname));

/** Packages by folder; a package's own subpaths come with it. */
const ALLOWED: { readonly [folder: string]: readonly string[] } = {
  shared: ["zod"],
  "client-sdk": ["@tallystick/protocol", "socket.io-client"],
};

/** What a source text imports or exports from other packages. */
function packagesOf(source: string): string[] {
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(
    ([, name]) => name as string,
  );
  return specifiers.filter((name) => !name.startsWith("."));
}

function strangers(folder: string, source: string): string[] {
  const allowed = ALLOWED[folder] ?? [];
  return packagesOf(source).filter(
    (name) => !allowed.some((one) => name === one || name.startsWith(`${one}/`)),
  );
}

function sourcesOf(folder: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  return files.filter((file) => file.endsWith(".ts") && !/^(dist|node_modules|examples)\//.test(file));
}

for (const folder of Object.keys(ALLOWED)) {
  dependencies(
    `${folder} imports only ${ALLOWED[folder]?.join(" and ")}, and nothing beside its folder`,
    () => {
      const files = sourcesOf(folder);
      assert.ok(files.length > 5);
      for (const file of files) {
        const source = readFileSync(join(ROOT, folder, file), "utf8");
        assert.equal(strangers(folder, source), [], file);
        assert.not.match(source, /from "\.\.\//, `${file} stays in its folder`);
      }
    },
  );
}

dependencies("a stranger is seen, however it is imported", () => {
  const texts = [
    'import x from "express";',
    'export * from "ioredis";',
    'await import("node:fs")',
    'import "socket.io";',
  ];
  for (const text of texts) assert.is(strangers("client-sdk", text).length, 1, text);
  assert.equal(strangers("client-sdk", 'import type { A } from "@tallystick/protocol/errors";'), []);
});

dependencies("import cycles are an error", () => {
  const rules = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8")).linter.rules;
  assert.is(rules.suspicious.noImportCycles, "error");
});

dependencies.run();
