// time limit: 800 s
// about 90 s
/** The three packages as they are published, and a checkout as it is started. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { transform } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { saying } from "../cli/run-command.ts";
import { linkPackages, makeCheckout, ROOT } from "../helpers/checkout.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const FOLDERS = { protocol: "shared", client: "client-sdk", server: "server" };
const SETTINGS = { REDIS_URL: "", JWT_SECRET: "", JWKS_URL: "", DATA_DIR: "", LOG_LEVEL: "error", PORT: "0" };

interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  [field: string]: unknown;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

/** Starts a program, waits until it serves, asks it whether it is alive, and ends it. */
async function serves(program: string, args: string[], folder: string): Promise<string> {
  const hub = spawn(program, args, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...SETTINGS },
  });
  const said = await saying(hub, /Stop it with Ctrl-C/);
  const url = /listens at (\S+)/.exec(said)?.[1] as string;
  assert.is((await fetch(`${url}/healthz`)).status, 200);
  const gone = once(hub, "exit");
  hub.kill("SIGTERM");
  assert.equal(await gone, [0, null]);
  return said;
}

const checkouts = suite("a checkout");
let built: string;

const start = (folder: string, ...args: string[]) =>
  spawnSync(process.execPath, [join("server", "bin", "start.mjs"), ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, ...SETTINGS },
  });

checkouts("says what to do where nothing is built and the compiler is not installed", () => {
  const folder = makeCheckout({ without: ["typescript"] });
  const { status, stderr } = start(folder, "serve");
  assert.is(status, 1);
  assert.match(stderr, /^tallystick: nothing is built yet, and the compiler is not installed/);
  assert.match(stderr, "npm ci --include=dev && npm run build && npm prune --omit=dev");
  assert.is(stderr.trim().split("\n").length, 1);
});

checkouts("is built by its first start", async () => {
  built = makeCheckout();
  const { scripts } = readManifest(built) as unknown as { scripts: Record<string, string> };
  assert.is(scripts.prestart, undefined, "which some package managers would not run");
  const [program = "", ...args] = (scripts.start ?? "").split(" ");
  const said = await serves(program, args, built);
  assert.match(said, "sample accounts loaded");
  assert.match(said, "npx tallystick token --party");
  assert.match(said, /^tallystick: building, which the first start does once/);
});

checkouts("is not built again while nothing has changed, and is when something has", () => {
  const stamp = join(built, "server", "dist", ".built");
  const { mtimeMs } = statSync(stamp);
  assert.is(start(built, "--version").status, 0);
  assert.is(statSync(stamp).mtimeMs, mtimeMs, "nothing was built");
  // What others see of it stays the same, so that nothing else is compiled with it.
  appendFileSync(join(built, "shared", "money.ts"), '"BUILT_AGAIN";\n');
  const other = start(built, "--version");
  assert.equal([other.status, other.stderr], [0, ""]);
  assert.match(readFileSync(join(built, "shared", "dist", "money.js"), "utf8"), "BUILT_AGAIN");
  writeFileSync(join(built, "shared", "ids.ts"), "export const WRONG: number = 'text';\n");
  const wrong = start(built, "--version");
  assert.is(wrong.status, 1);
  assert.match(wrong.stderr, "tallystick: the sources could not be built");
  cpSync(join(ROOT, "shared", "ids.ts"), join(built, "shared", "ids.ts"));
  assert.is(start(built, "--version").status, 0);
});

checkouts("runs what is built where there is no compiler, however old", async () => {
  const folder = makeCheckout({ builtIn: built, without: ["typescript"] });
  utimesSync(join(folder, "server", "dist", ".built"), 1, 1);
  await serves(process.execPath, ["server/bin/start.mjs", "serve"], folder);
});

checkouts("says what stands in the way where it can't be written, and runs what is built", () => {
  const fresh = makeCheckout();
  const nothing = startReadOnly(fresh, join(fresh, "shared"));
  assert.is(nothing.status, 1);
  assert.match(
    nothing.stderr,
    `nothing is built yet, and this user may not write to ${join(fresh, "shared")}`,
  );
  const { version } = readManifest(join(built, "server"));
  utimesSync(join(built, "server", "dist", ".built"), 1, 1);
  const old = startReadOnly(built, join(built, "shared", "dist"));
  assert.equal([old.status, old.stdout], [0, `${version}\n`]);
  assert.match(old.stderr, "the sources are newer than what is built, but this user may not write to");
});

/** A start where the system says that one folder may not be written, as it says to all but root. */
function startReadOnly(folder: string, readOnly: string) {
  const preload = join(temporaryFolder(), "preload.mjs");
  writeFileSync(
    preload,
    `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { accessSync } = fs;
fs.accessSync = (path, mode) => {
  if (path === ${JSON.stringify(readOnly)} && mode === fs.constants.W_OK) throw new Error("EACCES");
  accessSync(path, mode);
};
syncBuiltinESMExports();
`,
  );
  const args = ["--import", preload, join("server", "bin", "start.mjs"), "--version"];
  return spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
}

const OLD =
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.18.3'}})";

checkouts("says first of all that Node is too old, in words that old Node can read", async () => {
  const bin = join(ROOT, "server", "bin");
  for (const name of ["start.mjs", "tallystick.mjs"]) {
    const { status, stderr, stdout } = spawnSync(
      process.execPath,
      ["--import", OLD, join(bin, name), "serve"],
      { encoding: "utf8" },
    );
    assert.equal([status, stdout], [1, ""]);
    assert.is(stderr, "tallystick: needs Node 20.19 or newer, and this is Node 20.18.3\n");
  }
  for (const name of readdirSync(bin)) {
    const code = readFileSync(join(bin, name), "utf8");
    const [now, then] = await Promise.all([
      transform(code, { target: "esnext" }),
      transform(code, { target: "node12.22" }),
    ]);
    assert.is(then.code, now.code, `${name} has nothing that Node 12 could not read`);
  }
});

checkouts.run();

const packages = suite("the published packages");

/** Where all three are installed, and where nothing else is but what they say that they need. */
let consumer: string;

packages.before(() => {
  consumer = temporaryFolder();
  const modules = join(consumer, "node_modules");
  const scope = join(modules, "@tallystick");
  mkdirSync(scope, { recursive: true });
  for (const [name, workspace] of Object.entries(FOLDERS)) {
    const tarballs = temporaryFolder();
    execFileSync("npm", ["pack", "--silent", "--pack-destination", tarballs], {
      cwd: join(built, workspace),
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [tarball = ""] = readdirSync(tarballs);
    execFileSync("tar", ["-xzf", join(tarballs, tarball), "-C", tarballs]);
    execFileSync("mv", [join(tarballs, "package"), join(scope, name)]);
  }
  const needed = readdirSync(scope).flatMap((name) =>
    Object.keys(readManifest(join(scope, name)).dependencies ?? {}),
  );
  linkPackages(
    modules,
    [...new Set(needed)].filter((name) => !name.startsWith("@tallystick/")),
  );
  // As npm links a package's command.
  mkdirSync(join(modules, ".bin"));
  const { bin } = readManifest(join(scope, "server")) as unknown as { bin: Record<string, string> };
  for (const [name, path] of Object.entries(bin)) {
    chmodSync(join(scope, "server", path), 0o755);
    symlinkSync(join("..", "@tallystick", "server", path), join(modules, ".bin", name));
  }
});

packages("say who made them, where they come from, what Node they need, and carry the licence", () => {
  const licence = readFileSync(join(ROOT, "LICENSE"), "utf8");
  for (const [name, folder] of Object.entries({ protocol: "shared", server: "server" })) {
    const path = join(consumer, "node_modules", "@tallystick", name);
    const manifest = readManifest(path);
    assert.equal(manifest.repository, {
      type: "git",
      url: "github:tallystick/tallystick",
      directory: folder,
    });
    assert.equal([manifest.author, manifest.engines], ["Tallystick contributors", { node: ">=20.19" }]);
    assert.ok(manifest.bugs && (manifest.keywords as string[]).length > 3);
    assert.is(readFileSync(join(path, "LICENSE"), "utf8"), licence);
    assert.not(existsSync(join(built, folder, "LICENSE")), "it is not left in the sources");
  }
});

packages("have nothing in them that is not meant to be published", () => {
  const scope = join(consumer, "node_modules", "@tallystick");
  const files = readdirSync(scope, { recursive: true, encoding: "utf8" });
  assert.ok(
    files.includes("server/dist/ledger/lua/issue.lua") || files.some((file) => file.endsWith(".lua")),
  );
  assert.ok(files.includes("server/systemd/tallystick.service"));
  const strange = files.filter((file) => /(^|\/)\.|(?<!\.d)\.ts$|\.test\.|tsbuildinfo/.test(file));
  assert.equal(strange, []);
});

packages("run where they are installed: npx tallystick serve comes up, answers and stops", async () => {
  const { version } = readManifest(join(ROOT, "server"));
  const npx = (...args: string[]) =>
    execFileSync("npx", ["tallystick", ...args], {
      cwd: consumer,
      encoding: "utf8",
      env: { ...process.env, npm_config_offline: "true" },
    });
  assert.is(npx("--version"), `${version}\n`);
  const said = await serves(join("node_modules", ".bin", "tallystick"), ["serve", "--sample"], consumer);
  assert.match(said, "sample accounts loaded");
  assert.match(said, "npx tallystick token --party");
  assert.match(npx("token", "--party", "acme"), /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
});

packages("are imported by their names", () => {
  writeFileSync(
    join(consumer, "consumer.mjs"),
    `import { createHub } from "@tallystick/server";
import { connect } from "@tallystick/client";
import { COMMANDS } from "@tallystick/protocol";
import { formatAmount } from "@tallystick/protocol/money";
console.log(typeof createHub, typeof connect, Object.keys(COMMANDS).length > 5, formatAmount(12345, "CNY"));
process.exit();`,
  );
  const said = execFileSync(process.execPath, ["consumer.mjs"], { cwd: consumer, encoding: "utf8" });
  assert.is(said, "function function true 123.45\n");
});

packages.run();
