/** Finds a Redis or Valkey server on the machine, or gets one. */
import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { isTooOld, OLDEST, parseVersionLine, type ServerVersion } from "../server-info.ts";
import { findPrograms, installPackage, searchFolders } from "./install-package.ts";

const PROGRAMS = ["redis-server", "valkey-server"];
// Fedora's redis is a name for valkey now, and the redis of RHEL 9 and older is too old.
const PACKAGES = { "apt-get": ["redis-server"], apk: ["redis"], dnf: ["valkey", "redis"], brew: ["redis"] };
export const NEWER = "https://redis.io/downloads or https://valkey.io/download";

const WAYS = `Get one in any of these ways:
  - install it: Debian and Ubuntu "apt-get install redis-server", Alpine "apk add redis", Fedora "dnf install valkey", macOS "brew install redis"
  - set REDIS_URL to one that runs elsewhere, as in REDIS_URL=redis://host:6379
  - run one in a container: docker run -d -p 127.0.0.1:6379:6379 -v tallystick:/data redis:7 redis-server --appendonly yes --appendfsync always, then REDIS_URL=redis://127.0.0.1:6379`;

export interface FoundServer extends ServerVersion {
  path: string;
}

export interface FindOptions {
  log: (line: string) => void;
  /** Install one through the machine's package manager when there is none; true unless said otherwise. */
  mayInstall?: boolean;
  /** Where to look for programs; the PATH and the usual folders unless said otherwise. */
  folders?: readonly string[];
}

/** The first of the servers' programs. @see findRedisServers */
export function findRedisServer(options: FindOptions): FoundServer {
  return findRedisServers(options)[0];
}

/** All that would do, the best first. */
export type FoundServers = readonly [FoundServer, ...FoundServer[]];

/**
 * The programs of all servers that are new enough, or one that is installed through the package manager when there is none and that is allowed.
 *
 * @throws Error that tells the ways to get one, or that the one found is too old and where newer ones are.
 */
export function findRedisServers(options: FindOptions): FoundServers {
  const { log, mayInstall = true, folders = searchFolders() } = options;
  const missing = "No redis-server or valkey-server is on this machine";
  const found = look(folders);
  if (found) return found;
  if (!mayInstall) throw new Error(`${missing}.\n${WAYS}`);
  log(`${missing}.`);
  const result = installPackage({ packages: PACKAGES, log, folders });
  const installed = result.installed ? look(folders) : undefined;
  if (installed) return installed;
  const why = result.installed ? "" : `: ${result.why}`;
  throw new Error(`${missing}, and none could be installed${why}.\n${WAYS}`);
}

/** Those that are new enough; undefined when there is none at all. */
function look(folders: readonly string[]): FoundServers | undefined {
  const found = eachOnce(findPrograms(PROGRAMS, folders)).map(examine);
  const [first, ...others] = found.filter((server) => !isTooOld(server));
  if (first) return [first, ...others];
  if (found.length === 0) return undefined;
  const list = found.map(({ flavour, version, path }) => `${path} is ${flavour} ${version}`).join(", ");
  throw new Error(
    `${list}, which is too old: Tallystick needs ${OLDEST}.\nGet a newer one from ${NEWER}, or set REDIS_URL to one that runs elsewhere.`,
  );
}

/** One program may be found by several paths, where /bin is /usr/bin, or redis-server a name for Valkey. */
function eachOnce(paths: readonly string[]): string[] {
  const byFile = new Map<string, string>();
  for (const path of paths) if (!byFile.has(realpathSync(path))) byFile.set(realpathSync(path), path);
  return [...byFile.values()];
}

function examine(path: string): FoundServer {
  const { stdout, error } = spawnSync(path, ["--version"], { encoding: "utf8", timeout: 10_000 });
  const said = error ? error.message : stdout.trim();
  const version = parseVersionLine(said);
  if (!version) throw new Error(`"${path} --version" says "${said}", which is no Redis or Valkey.\n${WAYS}`);
  return { path, ...version };
}
