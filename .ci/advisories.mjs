// Says which of the packages that are installed have an advisory against them. Where the registry answers no such
// question, as a mirror may not, that is said, and is no failure.
import { spawnSync } from "node:child_process";

/** What of an advisory is a failure. */
const SERIOUS = new Set(["moderate", "high", "critical"]);

/** Who has no network learns so soon. */
const PATIENCE = ["--fetch-retries=0", "--fetch-timeout=10000"];
const { stdout } = spawnSync("npm", ["audit", "--json", ...PATIENCE], {
  encoding: "utf8",
  shell: process.platform === "win32",
});
const found = read(stdout)?.vulnerabilities;
if (found === undefined) {
  console.log("The registry does not say whether there are advisories.");
} else {
  const packages = Object.values(found);
  for (const { name, severity, range, via } of packages) {
    const titles = via.flatMap((one) => (typeof one === "string" ? [] : [`${one.title} ${one.url}`]));
    console.log(`${severity} ${name} ${range} ${titles.join("; ")}`.trim());
  }
  const serious = packages.filter(({ severity }) => SERIOUS.has(severity));
  console.log(`${packages.length} packages with advisories, ${serious.length} of them serious.`);
  if (serious.length > 0) process.exitCode = 1;
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
