// What tsc leaves behind: the Lua commands go beside the code that loads them, and the command is made executable.
import { chmodSync, cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

rmSync(path("dist/ledger/lua"), { recursive: true, force: true });
cpSync(path("ledger/lua"), path("dist/ledger/lua"), { recursive: true });
if (existsSync(path("dist/cli/main.js"))) chmodSync(path("dist/cli/main.js"), 0o755);
// By its time bin/build.mjs knows which sources have changed since.
writeFileSync(path("dist/.built"), "");
