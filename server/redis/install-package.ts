/** Gets a program through the machine's package manager, when this process may. */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Folders that a service's PATH often lacks. */
const MORE_FOLDERS = [
  "/usr/sbin",
  "/usr/local/sbin",
  "/usr/local/bin",
  "/opt/homebrew/bin",
  "/usr/local/opt/redis/bin",
];

/** The path of the first of these programs that is on the machine. */
export function findProgram(names: readonly string[]): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...MORE_FOLDERS];
  for (const name of names) {
    const found = folders.map((folder) => join(folder, name)).find(isExecutable);
    if (found) return found;
  }
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface Manager {
  program: string;
  /** The commands to run, in order. */
  commands: (name: string) => string[][];
  /** Needs root, or `sudo` without a password. */
  needsRoot: boolean;
}

const MANAGERS: readonly Manager[] = [
  {
    program: "apt-get",
    commands: (name) => [
      ["apt-get", "update", "-qq"],
      ["apt-get", "install", "-y", "-qq", "--no-install-recommends", name],
    ],
    needsRoot: true,
  },
  { program: "apk", commands: (name) => [["apk", "add", "--no-cache", name]], needsRoot: true },
  { program: "dnf", commands: (name) => [["dnf", "install", "-y", "-q", name]], needsRoot: true },
  { program: "brew", commands: (name) => [["brew", "install", "--quiet", name]], needsRoot: false },
];

/** What each package manager calls the package. */
export type PackageNames = { readonly [program: string]: string };

export type Installation = { installed: true } | { installed: false; why: string };

/** Installs a package, and says in a line what it does. */
export function installPackage(names: PackageNames, log: (line: string) => void): Installation {
  const manager = MANAGERS.find(({ program }) => names[program] !== undefined && findProgram([program]));
  if (!manager) return { installed: false, why: "there is no apt-get, apk, dnf or brew here" };
  const name = names[manager.program] as string;
  const prefix = manager.needsRoot ? rootPrefix() : [];
  if (!prefix)
    return { installed: false, why: `${manager.program} needs root, and sudo asks for a password` };
  log(`Installing ${name} with ${manager.program} …`);
  for (const command of manager.commands(name)) {
    const [program = "", ...args] = [...prefix, ...command];
    const { status, stderr } = spawnSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
      // With RUNLEVEL=1 Debian's packages don't start the service that they bring.
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
    });
    if (status !== 0)
      return { installed: false, why: `"${command.join(" ")}" failed: ${lastLine(stderr ?? "")}` };
  }
  return { installed: true };
}

/** What to put before a command that needs root; undefined when it can't be had. */
function rootPrefix(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0
    ? ["sudo", "-n", "-E"]
    : undefined;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
