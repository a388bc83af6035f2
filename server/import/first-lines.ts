/** The first of many rows by their lines in the file, in whichever order they come; and how many there were. */
export class FirstLines<R extends { line: number }> {
  readonly #most: number;
  #rows: R[] = [];
  #count = 0;

  /** @param most how many are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  get count(): number {
    return this.#count;
  }

  add(row: R): void {
    this.#count += 1;
    this.#rows.push(row);
    if (this.#rows.length >= 2 * this.#most) this.#rows = this.rows();
  }

  /** Those that are kept, in the order of the file. */
  rows(): R[] {
    return this.#rows.toSorted((one, other) => one.line - other.line).slice(0, this.#most);
  }
}
