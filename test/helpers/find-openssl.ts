/** Finds openssl, which verifies what the hub has signed without any of the hub's libraries. */
import { execFileSync } from "node:child_process";
import { findPrograms, installPackage } from "../../server/redis/embedded/install-package.ts";

const PACKAGES = { "apt-get": ["openssl"], apk: ["openssl"], dnf: ["openssl"], brew: ["openssl"] };

/**
 * The path of an openssl that knows Ed25519 at its command line, installed through the package manager when there is
 * none and that is allowed; undefined, with a line that says why, when it can't be had: its test is then skipped.
 */
export function findOpenssl({ log }: { log: (line: string) => void }): string | undefined {
  const look = () => findPrograms(["openssl"]).find(knowsEd25519);
  const found = look();
  if (found) return found;
  const result = installPackage({ packages: PACKAGES, log });
  const installed = result.installed ? look() : undefined;
  if (installed === undefined) {
    const why = result.installed ? "what was installed is too old" : result.why;
    log(`No openssl 3 is on this machine, and none could be installed: ${why}. Its test is skipped.`);
  }
  return installed;
}

/** From version 3 on; LibreSSL, which has the same name on a Mac, does not. */
function knowsEd25519(path: string): boolean {
  return /^OpenSSL ([3-9]|\d\d)\./.test(execFileSync(path, ["version"], { encoding: "utf8" }));
}
