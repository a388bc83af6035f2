/**
 * What the hub has told of: ids, digests, numbers, by the pattern that a field asks for. A made-up id leads nowhere; a
 * known one leads to where things happen.
 */
import {
  ACCOUNT_NUMBER_PATTERN,
  COMMAND_ID_PATTERN,
  ISSUANCE_ID_PATTERN,
  PARTY_PATTERN,
  REFERENCE_PATTERN,
  VOUCHER_ID_PATTERN,
} from "@tallystick/protocol";

/** How many of a kind are kept, the newest. */
const KEPT = 24;
const ID = ISSUANCE_ID_PATTERN.source;
const VOUCHER_ID = VOUCHER_ID_PATTERN.source;

/** The fields of answers that are worth keeping, by their names, and the patterns of the fields that take them. */
const FIELDS: { readonly [name: string]: readonly string[] } = {
  issuanceId: [ID, `${ID}|${VOUCHER_ID}`],
  voucherId: [VOUCHER_ID, `${ID}|${VOUCHER_ID}`],
  digest: ["^[0-9a-f]{12}$"],
  drawingId: ["^[1-9]\\d{0,2}$"],
  settlementId: ["^v\\d{1,5}-[A-Za-z0-9_-]{16}\\.[1-9]\\d{0,2}$"],
  commandId: [COMMAND_ID_PATTERN.source],
  reference: [REFERENCE_PATTERN.source],
};
/** No texts of people, by this name: a field without a pattern. */
export const ANY_TEXT = "";

export class Known {
  readonly #texts = new Map<string, string[]>();

  constructor(parties: readonly string[], numbers: readonly string[]) {
    this.#texts.set(PARTY_PATTERN.source, [...parties]);
    this.#texts.set(ANY_TEXT, [...parties]);
    this.#texts.set(ACCOUNT_NUMBER_PATTERN.source, [...numbers]);
    this.#texts.set("^[A-Z]{3}$", ["CNY", "CNY", "EUR"]);
  }

  /** Keeps what is worth it of something that was sent or answered, however deep it sits. */
  learn(value: unknown): void {
    if (Array.isArray(value)) for (const inner of value) this.learn(inner);
    else if (typeof value === "object" && value !== null)
      for (const [name, inner] of Object.entries(value)) {
        if (typeof inner === "string") this.#keep(name, inner);
        else this.learn(inner);
      }
  }

  /** One that fits a pattern, the newer the likelier; undefined where none is known. */
  pick(pattern: string, number: number): string | undefined {
    const texts = this.#texts.get(pattern) ?? [];
    return texts.at(-1 - (number % Math.max(1, texts.length)));
  }

  #keep(name: string, text: string): void {
    for (const pattern of Object.hasOwn(FIELDS, name) ? (FIELDS[name] ?? []) : []) {
      const texts = this.#texts.get(pattern) ?? [];
      this.#texts.set(pattern, texts);
      if (texts.includes(text) || text.length > 100) continue;
      texts.push(text);
      if (texts.length > KEPT) texts.shift();
    }
  }
}
