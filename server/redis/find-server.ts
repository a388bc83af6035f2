/** Finds a Redis or Valkey server on the machine, or gets one. */
import { execFileSync } from "node:child_process";
import { findProgram, installPackage } from "./install-package.ts";
import { parseVersionLine, refuseOldServer, type ServerVersion } from "./server-info.ts";

const PROGRAMS = ["redis-server", "valkey-server"];
const PACKAGES = { "apt-get": "redis-server", apk: "redis", dnf: "redis", brew: "redis" };

const WAYS = `Get one in any of these ways:
  - install it: Debian and Ubuntu "apt-get install redis-server", Alpine "apk add redis", Fedora "dnf install redis", macOS "brew install redis"
  - set REDIS_URL to one that runs elsewhere, as in REDIS_URL=redis://host:6379
  - run one in a container: docker run -d -p 127.0.0.1:6379:6379 redis:7 redis-server --appendonly yes --appendfsync always, then REDIS_URL=redis://127.0.0.1:6379`;

export interface FoundServer extends ServerVersion {
  path: string;
}

/**
 * The server's program, installed through the package manager when there is none and that is allowed.
 *
 * @throws Error that tells the ways to get one, or that the one found is too old.
 */
export function findRedisServer(options: { log: (line: string) => void; mayInstall?: boolean }): FoundServer {
  const path = findProgram(PROGRAMS) ?? install(options);
  const line = execFileSync(path, ["--version"], { encoding: "utf8" }).trim();
  const version = parseVersionLine(line);
  if (!version) throw new Error(`${path} --version prints "${line}", which is no Redis or Valkey.\n${WAYS}`);
  refuseOldServer(version);
  return { path, ...version };
}

function install({ log, mayInstall = true }: { log: (line: string) => void; mayInstall?: boolean }): string {
  const found = "No redis-server or valkey-server is on this machine";
  if (!mayInstall) throw new Error(`${found}.\n${WAYS}`);
  log(`${found}.`);
  const result = installPackage(PACKAGES, log);
  const path = findProgram(PROGRAMS);
  if (path) return path;
  throw new Error(
    `${found}, and none could be installed${result.installed ? "" : `: ${result.why}`}.\n${WAYS}`,
  );
}
