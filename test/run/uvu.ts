/**
 * What the test runner gives test files for uvu. It tells at the end what CPU the file took. uvu itself puts what was
 * thrown into words only then, and where it can't, because that is no error or has `details` that are no text, ends the
 * suite and says nothing. So does what is thrown before all tests, or after one.
 */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import * as uvu from "uvu";
import { Assertion } from "uvu/assert";

type Hook = "before" | "after";

process.once("exit", () => console.log(`  CPU:       ${cpuSeconds().toFixed(1)} s`));

/** What this process used, and where there is a /proc, what the processes used that it started and saw end. */
function cpuSeconds(): number {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return (userCPUTime + systemCPUTime) / 1e6 + childrenSeconds();
}

function childrenSeconds(): number {
  try {
    // After the name, which may have blanks in it; in hundredths of a second, whatever the kernel counts in.
    const [user, system] = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /, "")
      .split(" ")
      .slice(13, 15);
    return (Number(user) + Number(system)) / 100;
  } catch {
    return 0;
  }
}

export function suite<T = uvu.Context>(name?: string, state?: T): uvu.Test<T> {
  const own = uvu.suite(name, state);
  const given = (title: string, test: uvu.Callback<T>) => own(title, rethrowing(test));
  const hook = (which: Hook) => {
    const each = (work: uvu.Callback<T>) => own[which].each(saying(`${which} each`, work));
    return Object.assign((work: uvu.Callback<T>) => own[which](saying(which, work)), { each });
  };
  return Object.assign(given, {
    only: (title: string, test: uvu.Callback<T>) => own.only(title, rethrowing(test)),
    skip: own.skip,
    run: own.run,
    before: hook("before"),
    after: hook("after"),
  });
}

/** A test that throws only what uvu can put into words. */
function rethrowing<T>(test: uvu.Callback<T>): uvu.Callback<T> {
  return async (context) => {
    try {
      await test(context);
    } catch (thrown) {
      throw plain(thrown);
    }
  };
}

/** A hook that itself says what it throws, and in which suite and test. */
function saying<T>(which: string, work: uvu.Callback<T>): uvu.Callback<T> {
  return async (context) => {
    try {
      await work(context);
    } catch (thrown) {
      const error = plain(thrown);
      const where = [context.__suite__, context.__test__].filter((name) => name !== "");
      const details = error instanceof Assertion ? `\n${error.details}` : "";
      console.error(`\n${which} in ${where.map((name) => `"${name}"`).join(", ")}: ${error.stack}${details}`);
      throw error;
    }
  };
}

/** What uvu can put into words, with all that it would leave out. */
function plain(thrown: unknown): Error {
  if (thrown instanceof Assertion && typeof thrown.details !== "object") return thrown;
  const { message, stack, details } = (
    thrown instanceof Error ? thrown : new Error(`it threw ${inspect(thrown)}`)
  ) as Error & { details?: unknown };
  const error = new Error(details === undefined ? message : `${message} ${inspect(details)}`);
  error.stack = `${error.message}${/\n +at .*/s.exec(stack ?? "")?.[0] ?? ""}`;
  return error;
}
