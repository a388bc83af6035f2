// What tsc leaves behind: the Lua commands and the style and script of pages go beside the code that loads them, and the
// command is made executable.
import { chmodSync, cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

rmSync(path("dist/ledger/lua"), { recursive: true, force: true });
cpSync(path("ledger/lua"), path("dist/ledger/lua"), { recursive: true });
rmSync(path("dist/api-docs/assets"), { recursive: true, force: true });
cpSync(path("api-docs/assets"), path("dist/api-docs/assets"), { recursive: true });
rmSync(path("dist/load/assets"), { recursive: true, force: true });
cpSync(path("load/assets"), path("dist/load/assets"), { recursive: true });
cpSync(path("web/look/tokens.css"), path("dist/load/assets/tokens.css"));
if (existsSync(path("dist/cli/main.js"))) chmodSync(path("dist/cli/main.js"), 0o755);
// By its time bin/build.mjs knows which sources have changed since.
writeFileSync(path("dist/.built"), "");
