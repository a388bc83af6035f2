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
  return files.filter((file) => /\.tsx?$/.test(file) && !/^(dist|node_modules|examples)\//.test(file));
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

/** The modules that a source text runs; what is imported for its types alone is not. */
function runs(source: string): string[] {
  const statements = [...source.matchAll(/^(?:import|export)\s+(?!type\b)([^;]*?)\s*from\s+"([^"]+)"/gm)];
  return statements.flatMap(([, names = "", specifier = ""]) => {
    const listed = /^\{([^}]*)\}$/
      .exec(names)?.[1]
      ?.split(",")
      .filter((name) => name.trim() !== "");
    return listed?.every((name) => /^\s*type\s/.test(name)) ? [] : [specifier];
  });
}

dependencies("the SDK runs no schemas: what it takes of the protocol needs no library", () => {
  const seen = new Set<string>();
  const follow = (file: string, by: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const specifier of runs(readFileSync(join(ROOT, "shared", file), "utf8"))) {
      assert.match(specifier, /^\.\//, `${by} → shared/${file} → ${specifier}`);
      follow(specifier.slice(2), `${by} → shared/${file}`);
    }
  };
  for (const file of sourcesOf("client-sdk")) {
    for (const specifier of runs(readFileSync(join(ROOT, "client-sdk", file), "utf8"))) {
      assert.is.not(specifier, "@tallystick/protocol", `client-sdk/${file} takes all of it`);
      const [, module] = /^@tallystick\/protocol\/(.+)$/.exec(specifier) ?? [];
      if (module) follow(`${module}.ts`, `client-sdk/${file}`);
    }
  }
  assert.ok(seen.size > 5);
  assert.equal(runs('import { z } from "zod";\nimport type { A } from "a";\nimport { type B } from "b";'), [
    "zod",
  ]);
});

dependencies(
  "the command line loads the hub for no command but serve, so that all others start sooner",
  () => {
    const seen = new Set<string>();
    const follow = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const specifier of runs(readFileSync(file, "utf8")))
        if (specifier.startsWith(".")) follow(join(dirname(file), specifier));
        else assert.not.match(specifier, /^(express|socket\.io)$/, `${file} is loaded by each command`);
    };
    follow(join(ROOT, "server", "cli", "main.ts"));
    assert.ok(seen.size > 50);
    assert.not.ok([...seen].some((file) => file.startsWith(join(ROOT, "server", "hub"))));
  },
);

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

/**
 * The rooms of server/, its folders and the files beside them, from the top: each may import what stands below its
 * own line, and nothing else.
 */
const LAYERS: readonly (readonly string[])[] = [
  // The pages run in a browser, and have nothing of the server but what it answers.
  ["web"],
  ["index"],
  ["cli"],
  ["hub", "load"],
  ["open-ledger", "workers", "socket", "http", "deadlines"],
  ["audit", "import"],
  ["api-docs", "book-metrics", "live", "webhooks"],
  ["revocations", "history", "limits", "secure-headers", "tls-files"],
  ["issuances", "vouchers", "documents", "tokens"],
  ["archive"],
  ["restore"],
  ["ledger", "config"],
  ["redis"],
  ["archive-url", "key-set", "log", "metrics", "package-version", "private-file", "refusals", "work-in-hand"],
];

/** The room of a file of server/: the folder that it is in, or its own name. */
function roomOf(file: string): string {
  return file.replace(/\/.*$/, "").replace(/\.ts$/, "");
}

function layerOf(room: string): number {
  return LAYERS.findIndex((rooms) => rooms.includes(room));
}

/** The rooms that a file of server/ imports from, itself left out. */
function importsOf(file: string, source: string): string[] {
  const paths = [...source.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, path]) =>
    join(dirname(file), path as string),
  );
  return paths.map(roomOf).filter((room) => room !== roomOf(file));
}

dependencies("each room of server/ has its layer, and imports only from those below", () => {
  const files = sourcesOf("server");
  assert.equal(LAYERS.flat().sort(), [...new Set(files.map(roomOf))].sort());
  const upward = files.flatMap((file) =>
    importsOf(file, readFileSync(join(ROOT, "server", file), "utf8"))
      .filter((room) => layerOf(room) <= layerOf(roomOf(file)))
      .map((room) => `${file} imports ${room}`),
  );
  assert.equal(upward, []);
});

dependencies(
  "the pages are made of the SDK, the protocol and the view library, and of nothing of the server",
  () => {
    const files = sourcesOf("server").filter((file) => file.startsWith("web/"));
    assert.ok(files.length > 20);
    const allowed = [
      "@tallystick/client",
      "@tallystick/protocol",
      "preact",
      "@preact/signals",
      "qr",
      "uplot",
    ];
    for (const file of files) {
      const source = readFileSync(join(ROOT, "server", file), "utf8");
      const others = packagesOf(source).filter(
        (name) => !allowed.some((one) => name === one || name.startsWith(`${one}/`)),
      );
      assert.equal([others, importsOf(file, source)], [[], []], file);
      // The protocol's index has the schemas, and their library with them.
      assert.not.match(source, /^import (?!type).*"@tallystick\/protocol";/m, `${file} has no schemas`);
    }
  },
);

dependencies("import cycles are an error, those of types alone included", () => {
  const rules = JSON.parse(readFileSync(join(ROOT, "biome.json"), "utf8")).linter.rules;
  assert.equal(rules.suspicious.noImportCycles, { level: "error", options: { ignoreTypes: false } });
});

dependencies("no source file has more than 400 lines", () => {
  const giants = ["shared", "client-sdk", "server"].flatMap((folder) => {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
    return files
      .filter((file) => /\.(ts|tsx|lua)$/.test(file) && !/(^|\/)(dist|node_modules)\//.test(file))
      .filter((file) => readFileSync(join(ROOT, folder, file), "utf8").split("\n").length > 401)
      .map((file) => `${folder}/${file}`);
  });
  assert.equal(giants, []);
});

dependencies.run();
