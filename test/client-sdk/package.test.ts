// The package as it is published: its size, what it depends on, and that it works where nothing else is installed.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeCheckout, ROOT } from "../helpers/checkout.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const packages = suite("the published package");
const SDK = join(ROOT, "client-sdk");
/** The design's budget, section 6, is 8 KiB: what vouchers have added over it is still to be saved. */
const LARGEST_BYTES = 10 * 1024;

/** The SDK as a page would have it: its compressed size, and the files that went into it. */
async function measure(...external: string[]): Promise<{ bytes: number; files: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(SDK, "index.ts")],
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    conditions: ["tallystick-source"],
    external,
  });
  const bytes = gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
  return { bytes, files: Object.keys(metafile.inputs) };
}

packages(
  "adds no more than 10 KiB to socket.io-client, minified and compressed, and has no schema library",
  async () => {
    const { bytes, files } = await measure("socket.io-client");
    console.log(`the SDK adds ${bytes} bytes`);
    assert.ok(bytes <= LARGEST_BYTES, `${bytes} bytes`);
    assert.equal(
      files.filter((path) => path.includes("node_modules")),
      [],
    );
  },
);

packages("is as large as its document says", async () => {
  const said = /less than (\d+) KiB to it; with it, it is less than (\d+) KiB/.exec(
    readFileSync(join(SDK, "README.md"), "utf8").replace(/\s+/g, " "),
  );
  const [alone, whole] = [await measure("socket.io-client"), await measure()];
  const kibibytes = [alone, whole].map(({ bytes }) => String(Math.floor(bytes / 1024) + 1));
  assert.equal(said?.slice(1), kibibytes);
});

/** Packs the SDK, and puts it into a folder where nothing but socket.io-client is installed. */
function install(): { folder: string; client: string } {
  const folder = temporaryFolder();
  const scope = join(folder, "node_modules", "@tallystick");
  mkdirSync(scope, { recursive: true });
  // Not where it is: what makes the package takes away what other tests run meanwhile.
  const cwd = join(makeCheckout({ builtIn: ROOT }), "client-sdk");
  for (const args of [
    ["run", "prepack"],
    ["pack", "--ignore-scripts", "--pack-destination", folder],
  ])
    execFileSync("npm", ["--silent", ...args], { cwd, stdio: ["ignore", "ignore", "inherit"] });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) as string;
  execFileSync("tar", ["-xzf", join(folder, tarball), "-C", scope]);
  const client = join(scope, "client");
  renameSync(join(scope, "package"), client);
  symlinkSync(
    join(ROOT, "node_modules", "socket.io-client"),
    join(folder, "node_modules", "socket.io-client"),
  );
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return { folder, client };
}

let folder = "";
let client = "";
packages.before(() => {
  ({ folder, client } = install());
});

/** Type-checks a program in the folder, as strictly as can be. */
function compile(file: string, ...more: string[]): void {
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const options = [
    "--strict",
    "--module",
    "nodenext",
    "--target",
    "es2023",
    "--lib",
    "es2023,dom,esnext.disposable",
  ];
  const types = ["--exactOptionalPropertyTypes", "--types", ""];
  try {
    execFileSync(process.execPath, [tsc, ...options, ...types, ...more, file], {
      cwd: folder,
      encoding: "utf8",
    });
  } catch (error) {
    assert.unreachable((error as { stdout: string }).stdout);
  }
}

packages("stands alone: with socket.io-client beside it, it type-checks strictly and runs", () => {
  writeFileSync(join(folder, "consumer.ts"), CONSUMER);
  compile("consumer.ts", "--skipLibCheck", "false");
  const run = (file: string) => execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
  assert.is(run("consumer.js"), "timeout same 1,250.00\n");
  writeFileSync(join(folder, "required.cjs"), REQUIRED);
  assert.is(run("required.cjs"), "function function 125000\n");
});

packages("says where it comes from, and has its licence and its document in it", () => {
  const manifest = JSON.parse(readFileSync(join(client, "package.json"), "utf8"));
  assert.equal(Object.keys(manifest.dependencies), ["socket.io-client"]);
  assert.is(manifest.repository.url, "github:tallystick/tallystick");
  assert.is(manifest.repository.directory, "client-sdk");
  assert.is(manifest.author, "Tallystick contributors");
  assert.is(manifest.engines.node, ">=20.19");
  assert.ok(manifest.keywords.length > 0 && manifest.bugs && manifest.license === "Apache-2.0");
  for (const [name, from] of [
    ["LICENSE", ROOT],
    ["README.md", SDK],
  ] as const)
    assert.is(readFileSync(join(client, name), "utf8"), readFileSync(join(from, name), "utf8"));
});

packages("has the types that the protocol has, where they are written out", () => {
  const names = [
    "CommandAck",
    "SyncAck",
    "ListAck",
    "CheckAck",
    "ErrorBody",
    "SessionReady",
    "DurabilityLevel",
    "MessageName",
    "VoucherAck",
    "VoucherSyncAck",
    "VoucherListAck",
    "VoucherCommandPayloads",
    "VoucherQueryPayloads",
    "VoucherQueryAcks",
  ];
  const checks = names.map((name) => `export const ${name}: Same<packed.${name}, protocol.${name}> = true;`);
  writeFileSync(
    join(folder, "same.ts"),
    `import type * as packed from "./node_modules/@tallystick/client/dist/protocol.js";
import type * as protocol from "${join(ROOT, "shared", "index.ts")}";
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
${checks.join("\n")}
`,
  );
  compile(
    "same.ts",
    "--noEmit",
    "--skipLibCheck",
    "--allowImportingTsExtensions",
    "--customConditions",
    "tallystick-source",
  );
});

packages("has the public types of api-report.md, which `npm run api-report` writes anew", () => {
  const report = execFileSync(process.execPath, [join(SDK, "pack", "api-report.mjs"), join(client, "dist")], {
    encoding: "utf8",
  });
  assert.fixture(report, readFileSync(join(SDK, "api-report.md"), "utf8"));
});

/** Uses the types as a stranger would; the lines that must not compile are marked. */
const CONSUMER = `
import { connect, isTallystickError, type IssuerIssuance, type Snapshot, type IssuanceEvent } from "@tallystick/client";
import { formatAmount } from "@tallystick/client/money";
export async function issue(issuance: IssuerIssuance): Promise<string> {
  // @ts-expect-error an issuer is not offered this
  issuance.submitAccount;
  const snapshot: Snapshot = issuance.snapshot;
  const state: "proposed" | "agreed" | "opened" | "verified" | "changing" | "issued" | "declined" | "cancelled" | "expired" | "failed" = snapshot.state;
  // @ts-expect-error an amount is a number of minor units
  const amount: string = snapshot.amount;
  const told = (event: IssuanceEvent) => (event.type === "voucher.issued" ? event.voucher.voucherId : event.type);
  issuance.on((event) => console.log(told(event), amount));
  issuance.on("account.refused", async ({ attemptsLeft }) => console.log(attemptsLeft.toFixed()));
  // @ts-expect-error there is no such type of event
  issuance.on("voucher.lost", () => {});
  // @ts-expect-error an event without a voucher
  issuance.on("payer.agreed", ({ voucher }) => console.log(voucher));
  const { durability, voucher } = await issuance.accept();
  const level: "memory" | "fsynced" | "replicated" = durability;
  console.log(level, voucher.voucherId);
  return state;
}
try {
  await connect("http://127.0.0.1:9", { token: "none", timeoutMs: 100 });
} catch (error) {
  if (isTallystickError(error)) console.log(error.code, error.retry, formatAmount(125_000, "CNY"));
}
`;

const REQUIRED = `
const { connect, newCommandId } = require("@tallystick/client");
const { parseAmount } = require("@tallystick/client/money");
console.log(typeof connect, typeof newCommandId, parseAmount("1,250.00", "CNY"));
`;

packages.run();
