/** The unit for systemd that the server's package brings. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readSettings } from "../../server/config.ts";
import { findPrograms } from "../../server/redis/embedded/install-package.ts";

const unit = suite("the unit for systemd");
const PATH = join(dirname(dirname(import.meta.dirname)), "server", "systemd", "tallystick.service");
const lines = readFileSync(PATH, "utf8").split("\n");

/** The values of a name, in their order. */
function valuesOf(name: string): string[] {
  return lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
}

unit("gives the hub good settings, and a folder of its own that is absolute", () => {
  const pairs = valuesOf("Environment").flatMap((line) => line.split(" ").map((pair) => pair.split("=")));
  const settings = readSettings(Object.fromEntries(pairs));
  assert.ok(isAbsolute(settings.DATA_DIR));
  assert.equal([`/var/lib/${valuesOf("StateDirectory")[0]}`], [settings.DATA_DIR]);
});

unit("lets a hub stop in order: the signal to it alone, and more time than it takes", () => {
  assert.equal([valuesOf("KillMode"), valuesOf("TimeoutStopSec")], [["mixed"], ["15"]]);
});

unit("starts a program that the package has", () => {
  const [command = ""] = valuesOf("ExecStart");
  const program = /node_modules\/@tallystick\/server\/(\S+) serve$/.exec(command)?.[1] as string;
  assert.ok(readFileSync(join(dirname(PATH), "..", program)).length > 0);
});

unit("passes systemd's own check, where systemd is", () => {
  const [program] = findPrograms(["systemd-analyze"]);
  if (!program) return;
  const { status, stdout, stderr } = spawnSync(program, ["verify", PATH], { encoding: "utf8" });
  assert.equal([status, stdout], [0, ""], stderr);
  assert.not.match(stderr, "tallystick.service");
});

unit.run();
