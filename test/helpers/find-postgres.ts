/** Finds PostgreSQL. It is a file of its own, since the runner needs it and must keep its own signal handlers. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { installPackage, searchFolders } from "../../server/redis/embedded/install-package.ts";

const DEBIAN_FOLDER = "/usr/lib/postgresql";
const PACKAGES = {
  "apt-get": ["postgresql"],
  apk: ["postgresql"],
  dnf: ["postgresql-server"],
  brew: ["postgresql"],
};

/** The folder of its programs; undefined where it is not installed. */
export function findPostgres(): string | undefined {
  const versions = existsSync(DEBIAN_FOLDER)
    ? readdirSync(DEBIAN_FOLDER).sort((a, b) => Number(b) - Number(a))
    : [];
  const folders = [...versions.map((version) => join(DEBIAN_FOLDER, version, "bin")), ...searchFolders()];
  return folders.find((folder) =>
    ["postgres", "initdb"].every((program) => existsSync(join(folder, program))),
  );
}

/**
 * Installs it through the package manager when it is not there and that is allowed. Where it can't be had a line says why,
 * and what is tested on both databases is tested on SQLite alone.
 */
export function getPostgres({ log }: { log: (line: string) => void }): void {
  if (findPostgres()) return;
  const result = installPackage({ packages: PACKAGES, log });
  if (findPostgres()) return;
  const why = result.installed ? "what was installed is not there" : result.why;
  log(`No PostgreSQL is on this machine, and none could be installed: ${why}. Its tests are skipped.`);
}
