// Takes away what pack.mjs has made for the package alone. Run by "postpack", which then builds dist/ anew.
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const sdk = dirname(dirname(fileURLToPath(import.meta.url)));
for (const name of ["dist", "LICENSE"]) rmSync(join(sdk, name), { recursive: true, force: true });
