/**
 * Work that anybody can bring about, as letting connections in and reading what they send: it goes on beside everything
 * else, one step in each turn of the event loop, so that whoever asks for something meanwhile waits for one of them, and
 * not for all.
 */

/** What waits for its turn; once at a time. */
export interface InTurn {
  /** Its turn has come. */
  step(): void;
}

export class Turns {
  readonly #share: number;
  /** Those that are nearly done, and those that have just come. */
  readonly #first = new Set<InTurn>();
  readonly #others = new Set<InTurn>();
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

  /** Waits behind those that wait already. */
  wait(one: InTurn): void {
    this.#add(one, this.#others);
  }

  /** Waits behind those alone that wait to be first. */
  waitFirst(one: InTurn): void {
    this.#add(one, this.#first);
  }

  /** Waits no more. */
  forget(one: InTurn): void {
    this.#others.delete(one);
  }

  #add(one: InTurn, all: Set<InTurn>): void {
    all.add(one);
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
    const all = this.#first.size > 0 ? this.#first : this.#others;
    const [one] = all;
    if (one) all.delete(one);
    return one;
  }
}
