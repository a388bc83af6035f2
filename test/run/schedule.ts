/**
 * In which order test files run, and how many at once. A file's header may say how long it takes alone on an idle
 * machine, and that it mostly waits: `// about 40 s, mostly waiting`. Those that say so run beside the others, since
 * they leave the cores to them.
 */

export interface TestFile {
  path: string;
  text: string;
}

/** Files of one kind, in the order in which they are begun, and how many of them run at once. */
export interface Lane {
  queue: string[];
  atOnce: number;
}

/** Shorter files need say nothing, seconds. */
const SHORT = 10;
/** Files that use less of a core than this mostly wait. */
const WAITING = 1 / 3;

const ABOUT = /^\/\/ about (\d+) s(, mostly waiting)?$/m;

/** The lanes of these files; each lane's own longest come first, so that none of them is left for the end. */
export function lanesOf(files: readonly TestFile[], cores: number): Lane[] {
  const longestFirst = files
    .map((file) => ({ ...file, ...timesOf(file.text) }))
    // Of those that say nothing, the largest tend to take longest.
    .sort((a, b) => b.seconds - a.seconds || b.text.length - a.text.length);
  const pathsOf = (waits: boolean) =>
    longestFirst.filter((file) => file.waits === waits).map(({ path }) => path);
  return [
    // One more than there are cores, since every file waits a little: for processes, and for its Redis.
    { queue: pathsOf(false), atOnce: cores + 1 },
    // As many of those that wait: they take a sixth of a core each, and two at a time would take longer than all others.
    { queue: pathsOf(true), atOnce: cores + 1 },
  ];
}

function timesOf(text: string): { seconds: number; waits: boolean } {
  const [, seconds = 0, waiting] = ABOUT.exec(text) ?? [];
  return { seconds: Number(seconds), waits: waiting !== undefined };
}

/** What a file's header should say that took so long and used so much, where what it says is far from that. */
export function betterHeader(text: string, seconds: number, cpuSeconds: number): string | undefined {
  const said = timesOf(text);
  const waits = cpuSeconds < WAITING * seconds;
  const isNear = seconds < 2 * Math.max(said.seconds, SHORT) && said.seconds < 2 * Math.max(seconds, SHORT);
  // The half of a core is near enough to either.
  const isOfItsKind =
    said.waits === waits || seconds < SHORT || Math.abs(cpuSeconds / seconds - WAITING) < 1 / 6;
  if (isNear && isOfItsKind) return undefined;
  return seconds < SHORT ? "none" : `// about ${Math.round(seconds)} s${waits ? ", mostly waiting" : ""}`;
}

/** Runs what is in the lanes, all of them at the same time. */
export async function runLanes(lanes: readonly Lane[], run: (path: string) => Promise<void>): Promise<void> {
  const work = async (queue: string[]) => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) await run(path);
  };
  const workers = lanes.flatMap(({ queue, atOnce }) => Array.from({ length: atOnce }, () => work(queue)));
  await Promise.all(workers);
}
