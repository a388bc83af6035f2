/** A queue of several lines: each line has its turn after all the others, and in each line who came first is first. */
export class FairQueue<T> {
  readonly #lines = new Map<string, Set<T>>();
  readonly #lineOf = new Map<T, string>();

  get size(): number {
    return this.#lineOf.size;
  }

  /** Puts one at the end of a line; where it waits already it keeps its place. */
  add(one: T, line: string): void {
    if (this.#lineOf.has(one)) return;
    const waiting = this.#lines.get(line) ?? new Set();
    this.#lines.set(line, waiting);
    waiting.add(one);
    this.#lineOf.set(one, line);
  }

  delete(one: T): void {
    const line = this.#lineOf.get(one);
    if (line === undefined) return;
    this.#lineOf.delete(one);
    const waiting = this.#lines.get(line);
    waiting?.delete(one);
    if (waiting?.size === 0) this.#lines.delete(line);
  }

  /** Takes the one whose turn it is. */
  take(): T | undefined {
    const [next] = this.#lines;
    if (!next) return undefined;
    const [line, waiting] = next;
    const [one] = waiting;
    this.delete(one as T);
    // Its turn comes again after all the others.
    if (this.#lines.delete(line)) this.#lines.set(line, waiting);
    return one;
  }

  /** Who is to go, so that there is room for one in this line: the last of the longest, unless this is as long. */
  givesWayTo(line: string): T | undefined {
    const length = this.#lines.get(line)?.size ?? 0;
    let longest: Set<T> | undefined;
    for (const waiting of this.#lines.values()) if (waiting.size > (longest?.size ?? 0)) longest = waiting;
    return longest && longest.size > length + 1 ? [...longest].at(-1) : undefined;
  }
}
