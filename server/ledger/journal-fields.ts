/** The fields of one entry of a journal, names and values in turn. */
import { wholeNumber } from "./whole-number.ts";

export class JournalFields {
  readonly #fields: readonly string[];
  /** False once a field was asked for that is not there, or not as it has to be. */
  isSound = true;

  constructor(fields: readonly string[]) {
    this.#fields = fields;
  }

  find(name: string): string | undefined {
    for (let index = 0; index + 1 < this.#fields.length; index += 2)
      if (this.#fields[index] === name) return this.#fields[index + 1];
    return undefined;
  }

  text(name: string): string {
    const text = this.find(name);
    if (text === undefined) this.isSound = false;
    return text ?? "";
  }

  whole(name: string): number {
    const number = wholeNumber(this.find(name));
    if (number === undefined) this.isSound = false;
    return number ?? 0;
  }

  oneOf<T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const text = this.find(name);
    const found = values.find((value) => value === text);
    if (found === undefined) this.isSound = false;
    return found ?? values[0];
  }

  /** What an intent is known by, and the digest of what it asks: `id digest`. The digest has no blank in it. */
  identityIfAny(name: string): { id: string; digest: string } | undefined {
    const text = this.find(name);
    if (text === undefined) return undefined;
    const blank = text.lastIndexOf(" ");
    if (blank <= 0) this.isSound = false;
    return { id: text.slice(0, blank), digest: text.slice(blank + 1) };
  }

  identity(name: string): { id: string; digest: string } {
    const identity = this.identityIfAny(name);
    if (!identity) this.isSound = false;
    return identity ?? { id: "", digest: "" };
  }
}
