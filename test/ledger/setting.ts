/** What the parts of a world share: the store, the model, whose world it is, and what was sent before. */
import { Model } from "./model.ts";
import type { TestLedger } from "./start-ledger.ts";

export const CURRENCIES = ["CNY", "CNY", "CNY", "USD"] as const;
export const NUMBERS = ["6222020200112233", "AB-7"] as const;
export const HOLDERS = ["北京贸易 ltd", "acme café"] as const;

let worlds = 0;

export class Setting {
  readonly book: TestLedger;
  readonly model = new Model();
  /** Parties of this world alone, so that worlds can share a store. */
  readonly parties: readonly string[];
  #fresh = 0;

  constructor(book: TestLedger) {
    this.book = book;
    worlds += 1;
    this.parties = ["a", "b", "c"].map((letter) => `${letter}-${worlds}`);
  }

  party(place: number): string {
    return pick(this.parties, place);
  }

  /** A number that no command and no write has had. */
  fresh(): number {
    this.#fresh += 1;
    return this.#fresh;
  }
}

export function pick<T>(list: readonly T[], place: number): T {
  return list[place % list.length] as T;
}
