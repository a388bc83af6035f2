#!/usr/bin/env node
// npm links a command when it installs, and what tsc makes is not there yet by then.
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error("tallystick: this checkout is not built yet: run npm run build");
  process.exitCode = 1;
}
