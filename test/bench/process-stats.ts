/** What the system says of a process. */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** The numbers of a process's line, counted from the third field on, its state. */
function fieldsOf(pid: number): string[] {
  // The second field is the program's name in parentheses, and may itself hold spaces.
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
}

function seconds(fields: readonly (string | undefined)[]): number {
  return fields.reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

/** CPU time that a process has used, user and system, in seconds. */
export function cpuSeconds(pid: number): number {
  return seconds(fieldsOf(pid).slice(11, 13));
}

/** The same in nanoseconds, of the threads that a process has now: what does next to nothing has no tick in a second. */
export function cpuNanos(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const nanos = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8"));
  return nanos.reduce((sum, text) => sum + Number(text.split(" ")[0]), 0);
}

/** How often the main thread of a process has waited for something, and gone on. */
export function wakeUps(pid: number): number {
  const status = readFileSync(`/proc/${pid}/task/${pid}/status`, "utf8");
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
}

/** CPU time of a process and of all that it has started, those that have ended among them, in seconds. */
export function treeCpuSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + ofChild(Number(child)), seconds(fieldsOf(pid).slice(11, 15)));
}

function ofChild(pid: number): number {
  try {
    return treeCpuSeconds(pid);
  } catch (error) {
    // It has ended since it was listed; its parent has its time by now, or will the next time.
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return 0;
    throw error;
  }
}
