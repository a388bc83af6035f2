/**
 * An entry of a journal without what people have written: holders, memos and reasons. Digests stay as they were: they are
 * of the texts that were there, so that nobody can make them anew, and each still says which event it follows.
 */
import { isVoucherId } from "@tallystick/protocol";
import { JournalFields } from "./journal-fields.ts";
import { pack, unpack } from "./packing.ts";

/** Which part of an event's line is its text, which comes last. Account numbers, references and codes are none. */
const TEXT_OF_ISSUANCE: { readonly [type: string]: number } = {
  "account.verified": 9,
  "voucher.issued": 9,
  "account.change_agreed": 7,
  "payer.declined": 6,
  "issuance.cancelled": 6,
};
const TEXT_OF_VOUCHER: { readonly [type: string]: number } = {
  "voucher.rejected": 5,
  "voucher.withdrawn": 5,
  "drawing.presented": 9,
  "drawing.honoured": 11,
  "drawing.refused": 8,
  "voucher.voided": 7,
};
/** Where the memo is in an offer, and in a voucher's terms. */
const MEMO_OF_OFFER = 4;
const MEMO_OF_TERMS = 5;

/** @param fields names and values in turn, as the store has them. */
export function blankEntry(fields: readonly string[]): string[] {
  const ofVoucher = isVoucherId(new JournalFields(fields).find("id") ?? "");
  return fields.map((value, index) => {
    if (index % 2 === 0) return value;
    switch (fields[index - 1]) {
      case "event":
        return blankLine(value, ofVoucher ? TEXT_OF_VOUCHER : TEXT_OF_ISSUANCE);
      case "offer":
        return blankMemo(value, MEMO_OF_OFFER);
      case "terms":
        return blankTerms(value);
      case "holder":
        return "";
      default:
        return value;
    }
  });
}

/** The terms of a voucher without its memo. */
export function blankTerms(packed: string): string {
  return blankMemo(packed, MEMO_OF_TERMS);
}

/** Whether an entry, as JSON, is the one that the archive has, as it was written or blanked. */
export function isEntry(stored: string, archived: string): boolean {
  return stored === archived || JSON.stringify(blankEntry(JSON.parse(stored))) === archived;
}

function blankLine(line: string, texts: { readonly [type: string]: number }): string {
  const parts = line.split("|");
  const text = texts[parts[1] ?? ""];
  return text === undefined || parts.length <= text ? line : [...parts.slice(0, text), ""].join("|");
}

function blankMemo(packed: string, position: number): string {
  const values = unpack(packed);
  return values.length <= position ? packed : pack(values.with(position, ""));
}
