/** Holds the events that a terminal is told of one issuance to what it was promised: each once, in order, all. */
export class Order {
  #version: number;
  #problem: string | undefined;

  /** @param version the one that was known before the first event is told. */
  constructor(version: number) {
    this.#version = version;
  }

  /** An event was told. */
  saw(version: number): void {
    if (version !== this.#version + 1) this.#problem ??= `version ${version} came after ${this.#version}`;
    this.#version = version;
  }

  /** What is wrong, when the issuance has ended with version `last`; undefined when all is well. */
  problem(last: number): string | undefined {
    if (this.#problem !== undefined || this.#version === last) return this.#problem;
    return `version ${this.#version} was the last that was told, of ${last}`;
  }
}
