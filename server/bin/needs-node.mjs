// Ends at once, with a sentence, where Node is too old. It is imported before anything else, and written for
// old versions of Node, which could not even read the rest.
import { readFileSync } from "node:fs";

const { engines } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
const oldest = engines.node.replace(/[^\d.]/g, "");
const [major, minor] = process.versions.node.split(".").map(Number);
const [oldestMajor, oldestMinor] = oldest.split(".").map(Number);

if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  console.error(`tallystick: needs Node ${oldest} or newer, and this is Node ${process.versions.node}`);
  process.exit(1);
}
