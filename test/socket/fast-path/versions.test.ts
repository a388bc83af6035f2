/** The fast path leans on the insides of three packages, so it is held to their minor versions. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const versions = suite("the fast path's versions");
const ROOT = dirname(dirname(dirname(import.meta.dirname)));
const SERVER = join(ROOT, "server");
const PACKAGES = ["socket.io", "engine.io", "ws"];

const manifest = JSON.parse(readFileSync(join(SERVER, "package.json"), "utf8"));
const document = readFileSync(join(SERVER, "socket/fast-path/README.md"), "utf8");

/** The manifest of a package as a file finds it; not every package lets its own be imported. */
function manifestOf(name: string, from: string): { path: string; version: string } {
  let folder = dirname(createRequire(from).resolve(name));
  for (;;) {
    const path = join(folder, "package.json");
    if (existsSync(path)) {
      const found = JSON.parse(readFileSync(path, "utf8"));
      if (found.name === name) return { path, version: found.version };
    }
    folder = dirname(folder);
  }
}

const HUB = join(SERVER, "index.ts");

for (const name of PACKAGES) {
  versions(`${name} is held to the minor version that README names`, () => {
    const minor = manifestOf(name, HUB).version.replace(/\.\d+$/, "");
    assert.match(manifest.dependencies[name], new RegExp(`^~${minor.replace(".", "\\.")}\\.\\d+$`));
    assert.match(document, `${name} ${minor}`);
  });
}

versions("Socket.IO and its engine use the very packages that are held", () => {
  const socketIo = manifestOf("socket.io", HUB).path;
  const engine = manifestOf("engine.io", HUB).path;
  assert.is(manifestOf("engine.io", socketIo).path, engine);
  assert.is(manifestOf("ws", engine).path, manifestOf("ws", HUB).path);
});

versions.run();
