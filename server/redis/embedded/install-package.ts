/** Gets a program through the machine's package manager, when this process may. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Folders that a service's PATH often lacks. */
const MORE_FOLDERS = [
  "/usr/sbin",
  "/usr/local/sbin",
  "/usr/local/bin",
  "/opt/homebrew/bin",
  "/usr/local/opt/redis/bin",
];

/** Where programs are: the PATH, then the folders that it often lacks. */
export function searchFolders(): string[] {
  const path = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return [...new Set([...path, ...MORE_FOLDERS])];
}

/** The paths of these programs on the machine, in the order of the names, then of the folders. */
export function findPrograms(
  names: readonly string[],
  folders: readonly string[] = searchFolders(),
): string[] {
  return names.flatMap((name) => folders.map((folder) => join(folder, name)).filter(isExecutable));
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
  /** Fetches the list of packages, where that is a step of its own. */
  update?: { args: readonly string[]; isNeeded: () => boolean };
  install: (name: string) => readonly string[];
  /** Needs root, or `sudo` without a password. */
  needsRoot: boolean;
}

const MANAGERS: readonly Manager[] = [
  {
    program: "apt-get",
    update: { args: ["update", "-q"], isNeeded: hasNoLists },
    // Another apt-get that is at work is waited for.
    install: (name) => [
      "install",
      "-y",
      "-q",
      "--no-install-recommends",
      "-o",
      "DPkg::Lock::Timeout=120",
      name,
    ],
    needsRoot: true,
  },
  { program: "apk", install: (name) => ["add", "--no-cache", name], needsRoot: true },
  { program: "dnf", install: (name) => ["install", "-y", "-q", name], needsRoot: true },
  { program: "brew", install: (name) => ["install", "--quiet", name], needsRoot: false },
];

function hasNoLists(): boolean {
  try {
    return !readdirSync("/var/lib/apt/lists").some((file) => file.includes("_Packages"));
  } catch {
    return true;
  }
}

/** What each package manager calls the package, the best first. */
export type PackageNames = { readonly [program: string]: readonly string[] };

export type Installation = { installed: true } | { installed: false; why: string };

export interface InstallOptions {
  packages: PackageNames;
  log: (line: string) => void;
  /** Where to look for package managers; the PATH and the usual folders unless said otherwise. */
  folders?: readonly string[];
}

/** Installs a package with the first package manager that may be used here, and says in a line what it does. */
export function installPackage(options: InstallOptions): Installation {
  const { packages, log, folders = searchFolders() } = options;
  const reasons: string[] = [];
  for (const manager of MANAGERS) {
    const [path] = findPrograms([manager.program], folders);
    const names = packages[manager.program];
    if (!path || !names) continue;
    const prefix = manager.needsRoot ? rootPrefix() : [];
    if (prefix) return installWith({ manager, run: [...prefix, path], names, log });
    reasons.push(`${manager.program} needs root, and sudo asks for a password`);
  }
  const why = reasons.join("; ") || `${list(Object.keys(packages))} is not on this machine`;
  return { installed: false, why };
}

function list(names: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "disjunction" }).format(names);
}

interface Installing {
  manager: Manager;
  /** The command up to its arguments. */
  run: readonly string[];
  names: readonly string[];
  log: (line: string) => void;
}

function installWith({ manager, run, names, log }: Installing): Installation {
  const { update, program } = manager;
  const refresh = () => {
    log(`Fetching ${program}'s list of packages …`);
    execute([...run, ...(update?.args ?? [])]);
  };
  if (update?.isNeeded()) refresh();
  let why = "";
  for (const [index, name] of names.entries()) {
    log(`Installing ${name} with ${program} …`);
    const command = [...run, ...manager.install(name)];
    let failure = execute(command);
    // The list may be too old to know the package, or where it is now.
    if (failure !== undefined && update && index === 0) {
      refresh();
      failure = execute(command);
    }
    if (failure === undefined) return { installed: true };
    why = `"${program} ${manager.install(name).join(" ")}" failed: ${failure}`;
  }
  return { installed: false, why };
}

/** Keeps Debian's packages from asking, and from starting the services that they bring. */
const ENVIRONMENT = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1", SYSTEMD_OFFLINE: "1" };

/** Runs a command; the last line of what it said when it failed. */
function execute([program = "", ...args]: readonly string[]): string | undefined {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, ...ENVIRONMENT },
  });
  if (status === 0) return undefined;
  const lines = `${stdout ?? ""}\n${stderr ?? ""}`.split("\n").filter((line) => line.trim() !== "");
  return error?.message ?? lines.at(-1)?.trim() ?? `it ended with ${status}`;
}

/** What to put before a command that needs root; undefined when it can't be had. */
function rootPrefix(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  if (spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status !== 0) return undefined;
  // sudo drops the environment, so it is given once more behind it.
  return ["sudo", "-n", "env", ...Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`)];
}
