// Runs the command tallystick from a checkout: what is built is run as it is, and what is not is built first.
import "./needs-node.mjs";
import { build, needsBuild } from "./build.mjs";

// A worker is started by a process that has just looked.
const complaint = process.env.TALLYSTICK_WORKER !== "1" && needsBuild() ? build() : undefined;
if (complaint) {
  console.error(`tallystick: ${complaint}`);
  process.exitCode = 1;
} else {
  // What is run from here on is the command, for its workers and for what it tells people to type.
  process.argv[1] = process.argv[1].replace(/start\.mjs$/, "tallystick.mjs");
  import("./tallystick.mjs");
}
