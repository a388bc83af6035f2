#!/usr/bin/env node
import "./needs-node.mjs";
import { existsSync } from "node:fs";

// npm links a command when it installs, and what tsc makes is not there yet by then.
const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  import(main.href);
} else {
  console.error("tallystick: this checkout is not built yet: run npm run build");
  process.exitCode = 1;
}
