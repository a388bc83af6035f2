/**
 * Keeps whoever floods off the processor of those who are measured, as one would be who floods from elsewhere: otherwise
 * what a bystander waits for is mostly the machine that makes the flood. `taskset` of util-linux does it.
 */
import { execFileSync } from "node:child_process";

export interface Pinning {
  /** Gives a process the processor of what is measured. */
  toMeasured(pid: number): void;
  /** Gives a process all the others. */
  toOthers(pid: number): void;
  /** Lets a process have all that this one had before. */
  undo(pid: number): void;
}

/** Splits the processors in two; undefined, with a sentence, where that can't be done. */
export function pinning(): Pinning | undefined {
  const processors = readProcessors();
  const [first, ...others] = processors ?? [];
  if (first === undefined || others.length === 0) {
    const why = processors ? "there is one processor" : "there is no taskset here";
    console.log(`floods: ${why}, so that the flood takes what it needs from those who are measured`);
    return undefined;
  }
  return {
    toMeasured: (pid) => pin(pid, [first]),
    toOthers: (pid) => pin(pid, others),
    undo: (pid) => pin(pid, [first, ...others]),
  };
}

function pin(pid: number, processors: readonly number[]): void {
  // All of its threads; those that it starts later come after them.
  execFileSync("taskset", ["--all-tasks", "--cpu-list", "--pid", processors.join(","), String(pid)], {
    stdio: "ignore",
  });
}

function readProcessors(): number[] | undefined {
  try {
    const said = execFileSync("taskset", ["--cpu-list", "--pid", String(process.pid)], { encoding: "utf8" });
    return (said.split(": ")[1] ?? "").trim().split(",").flatMap(expand);
  } catch {
    return undefined;
  }
}

/** `0-3` is four processors. */
function expand(part: string): number[] {
  const [from = 0, to = from] = part.split("-").map(Number);
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
