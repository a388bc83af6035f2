/**
 * Compiles test files, and what they start, once for a whole run. A process that compiles what it imports while it
 * starts, as with tsx, needs 1.5 s of CPU for a hub's 250 modules and the 600 of other packages that they use; joined
 * into a few files all of them take 0.4 s.
 *
 * A module is still told the address of its source by `import.meta`, so that it finds what is beside it.
 */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

const ROOT = dirname(dirname(import.meta.dirname));

/** What tests start in processes and threads of their own. */
const STARTED = [
  "client-sdk/examples/*.ts",
  "server/archive/thread.ts",
  "server/cli/main.ts",
  "server/load/thread.ts",
  "server/webhooks/thread.ts",
  "test/bench/*-server.ts",
  "test/bench/flooder.ts",
  "test/faults/broken-script.ts",
  "test/fixtures/*.ts",
  "test/helpers/child-hub-process.ts",
  "test/helpers/sdk-party.ts",
  "test/run.ts",
];

/** Packages that look for files of their own. */
const LEFT_OUT = ["@seriousme/openapi-schema-validator", "esbuild", "libsql", "pg-native", "playwright-core"];

/** CommonJS packages ask for Node's modules so. */
const REQUIRE =
  'import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);';

/**
 * Compiles these files. Answers the address of the folder that has them, with the paths of the repository, until this
 * process ends.
 */
export async function compile(files: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tests-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  // The packages that are left out are found as from the repository.
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  await build({
    entryPoints: [...files, ...STARTED.map((pattern) => join(ROOT, pattern))],
    outbase: ROOT,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // What several of them import is in a file of its own, so that a process has each module once.
    splitting: true,
    chunkNames: "shared/[hash]",
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["tallystick-source"],
    external: LEFT_OUT,
    banner: { js: REQUIRE },
    plugins: [ownAddresses, uvuThatSays],
    sourcemap: true,
    sourcesContent: false,
    logLevel: "error",
  });
  return pathToFileURL(`${folder}/`).href;
}

/** Puts a source's own address where it asks for it. */
const ownAddresses: Plugin = {
  name: "own addresses",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const own = { url: pathToFileURL(path).href, filename: path, dirname: dirname(path) };
      const contents = text.replace(
        /\bimport\.meta\.(url|filename|dirname)\b/g,
        (_, name: keyof typeof own) => JSON.stringify(own[name]),
      );
      return { contents, loader: path.endsWith("x") ? "tsx" : "ts" };
    });
  },
};

/** Gives test files what says more than uvu. */
const uvuThatSays: Plugin = {
  name: "uvu that says",
  setup: ({ onResolve }) => {
    const path = join(import.meta.dirname, "uvu.ts");
    onResolve({ filter: /^uvu$/ }, ({ importer }) => (importer === path ? undefined : { path }));
  },
};
