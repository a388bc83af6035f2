// What tsc leaves behind: the Lua commands go beside the code that loads them, and the command is made executable.
import { chmodSync, cpSync, existsSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));

rmSync(path("dist/ledger/lua"), { recursive: true, force: true });
cpSync(path("ledger/lua"), path("dist/ledger/lua"), { recursive: true });
if (existsSync(path("dist/cli/main.js"))) chmodSync(path("dist/cli/main.js"), 0o755);
