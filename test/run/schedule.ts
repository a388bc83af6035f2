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
    // Of those that wait, as many as there are cores: one at a time they alone would take ten minutes on two.
    { queue: pathsOf(true), atOnce: cores },
  ];
}

function timesOf(text: string): { seconds: number; waits: boolean } {
  const [, seconds = 0, waiting] = ABOUT.exec(text) ?? [];
  return { seconds: Number(seconds), waits: waiting !== undefined };
}

/** Runs what is in the lanes, all of them at the same time. */
export async function runLanes(lanes: readonly Lane[], run: (path: string) => Promise<void>): Promise<void> {
  const work = async (queue: string[]) => {
    for (let path = queue.shift(); path !== undefined; path = queue.shift()) await run(path);
  };
  const workers = lanes.flatMap(({ queue, atOnce }) => Array.from({ length: atOnce }, () => work(queue)));
  await Promise.all(workers);
}
