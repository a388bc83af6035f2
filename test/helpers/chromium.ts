/** A headless browser for the tests of the SDK. */
import { spawnSync } from "node:child_process";
import { findPrograms, installPackage } from "../../server/redis/embedded/install-package.ts";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
// Ubuntu's package of this name is only a pointer to a snap, which the check below finds out.
const PACKAGES = { "apt-get": ["chromium"], apk: ["chromium"], dnf: ["chromium"] };

/** What a browser in a container of tests is started with. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * The path of Chromium or Chrome, installed through the package manager when there is none and that is
 * allowed; undefined, with a line that says why, when it can't be had: tests in a browser are then skipped.
 */
export function findChromium({ log }: { log: (line: string) => void }): string | undefined {
  const found = look();
  if (found) return found;
  const result = installPackage({ packages: PACKAGES, log });
  const installed = result.installed ? look() : undefined;
  if (installed === undefined) {
    const why = result.installed ? "what was installed does not start" : result.why;
    log(`No Chromium is on this machine, and none could be installed: ${why}. Browser tests are skipped.`);
  }
  return installed;
}

/** The first that starts. */
function look(): string | undefined {
  return findPrograms(PROGRAMS).find(
    (path) => spawnSync(path, ["--version"], { stdio: "ignore", timeout: 30_000 }).status === 0,
  );
}
