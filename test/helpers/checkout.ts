/** A checkout of the project in a folder of its own, so that a test can build, pack and spoil it. */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";

export const ROOT = dirname(dirname(import.meta.dirname));
const SOURCES = ["package.json", "tsconfig.json", "LICENSE", "shared", "client-sdk", "server"];
const MADE = ["dist", "node_modules", ".tallystick"];
const WORKSPACES = { client: "client-sdk", protocol: "shared", server: "server" };

export interface CheckoutOptions {
  /** Packages that are not installed. */
  without?: readonly string[];
  /** With what has been built in another checkout. */
  builtIn?: string;
}

/** Copies the sources; packages are links to those that are installed. */
export function makeCheckout(options: CheckoutOptions = {}): string {
  const folder = join(temporaryFolder(), "tallystick");
  mkdirSync(folder);
  const from = options.builtIn ?? ROOT;
  const left = options.builtIn === undefined ? MADE : MADE.filter((name) => name !== "dist");
  const filter = (path: string) => !left.includes(basename(path));
  for (const name of SOURCES) {
    cpSync(join(from, name), join(folder, name), { recursive: true, preserveTimestamps: true, filter });
  }
  linkPackages(join(folder, "node_modules"), installed(options.without ?? []));
  for (const [name, workspace] of Object.entries(WORKSPACES))
    link(join(folder, workspace), join(folder, "node_modules", "@tallystick", name));
  return folder;
}

/** Makes a folder of packages from links to those of the project. */
export function linkPackages(folder: string, names: readonly string[]): void {
  for (const name of names) link(join(ROOT, "node_modules", name), join(folder, name));
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** The names of all packages that the project has installed, but for its own. */
function installed(without: readonly string[]): string[] {
  const folder = join(ROOT, "node_modules");
  const names = readdirSync(folder).flatMap((name) =>
    name.startsWith("@") ? readdirSync(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  );
  return names.filter((name) => !/^(\.(?!bin$)|@tallystick\/)/.test(name) && !without.includes(name));
}
