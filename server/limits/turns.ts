/**
 * Work that anybody can bring about, as letting connections in and reading what they send: it goes on beside everything
 * else, one step in each turn of the event loop, so that whoever asks for something meanwhile waits for one of them, and
 * not for all.
 */
import { FairQueue } from "./fair-queue.ts";

/** What waits for its turn; once at a time. */
export interface InTurn {
  /** Its turn has come. */
  step(): void;
}

export class Turns<T extends InTurn = InTurn> {
  readonly #share: number;
  /** Those that are nearly done, and those that have just come. */
  readonly #first = new Set<InTurn>();
  readonly #others = new FairQueue<T>();
  #isDue = false;
  #endedAt = 0;

  /** @param share of the time that everything else takes between two turns; as long as they take less several have theirs. */
  constructor({ share = 0 }: { share?: number } = {}) {
    this.#share = share;
  }

  /** How many wait, without those that are first. */
  get waiting(): number {
    return this.#others.size;
  }

  /** Waits in a line, of which each has its turn after the others. */
  wait(one: T, line = ""): void {
    this.#others.add(one, line);
    this.#start();
  }

  /** Waits behind those alone that wait to be first. */
  waitFirst(one: InTurn): void {
    this.#first.add(one);
    this.#start();
  }

  /** Who is to go, so that there is room in a line, if that is not the longest. */
  givesWayTo(line: string): T | undefined {
    return this.#others.givesWayTo(line);
  }

  /** Waits no more. */
  forget(one: T): void {
    this.#others.delete(one);
  }

  #start(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#endedAt = performance.now();
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const began = performance.now();
    const until = began + this.#share * (began - this.#endedAt);
    do this.#next()?.step();
    while (performance.now() < until && this.#isWaitedFor);
    this.#endedAt = performance.now();
    this.#isDue = this.#isWaitedFor;
    if (this.#isDue) setImmediate(this.#run);
  };

  get #isWaitedFor(): boolean {
    return this.#first.size + this.#others.size > 0;
  }

  #next(): InTurn | undefined {
    const [one] = this.#first;
    if (!one) return this.#others.take();
    this.#first.delete(one);
    return one;
  }
}
