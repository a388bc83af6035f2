/** Finds nginx. It is a file of its own, since the runner needs it and must keep its own signal handlers. */
import { findPrograms, installPackage } from "../../server/redis/embedded/install-package.ts";

const PACKAGES = { "apt-get": ["nginx-light"], apk: ["nginx"], dnf: ["nginx-core"], brew: ["nginx"] };

/**
 * The path of nginx, installed through the package manager when there is none and that is allowed; undefined, with
 * a line that says why, when it can't be had: its tests are then skipped.
 */
export function findNginx({ log }: { log: (line: string) => void }): string | undefined {
  const look = () => findPrograms(["nginx"])[0];
  const found = look();
  if (found) return found;
  const result = installPackage({ packages: PACKAGES, log });
  const installed = result.installed ? look() : undefined;
  if (installed === undefined) {
    const why = result.installed ? "what was installed is not there" : result.why;
    log(`No nginx is on this machine, and none could be installed: ${why}. Its tests are skipped.`);
  }
  return installed;
}
