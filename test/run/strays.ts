import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/**
 * Ends the processes that a test file left behind, and names them. They are known by the file's own folder:
 * in their environment, or they work in it, as Redis does, which overwrites its environment with its title.
 * Where there is no /proc, none is found.
 */
export function endStrays(folder: string): string[] {
  return processIds().flatMap((pid) => {
    try {
      if (!isOf(pid, folder)) return [];
      const name = read(pid, "cmdline").slice(0, 3).join(" ").trim();
      process.kill(pid, "SIGKILL");
      return [`${name} (process ${pid})`];
    } catch {
      // It has ended meanwhile, or is not ours to look at.
      return [];
    }
  });
}

function isOf(pid: number, folder: string): boolean {
  return (
    read(pid, "environ").includes(`TEST_FOLDER=${folder}`) ||
    readlinkSync(`/proc/${pid}/cwd`).startsWith(`${folder}/`)
  );
}

function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

function read(pid: number, file: "environ" | "cmdline"): string[] {
  return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
}
