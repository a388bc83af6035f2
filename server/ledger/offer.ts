/** The offer of an issuance as one text, as its record has it. */
import type { Review } from "@tallystick/protocol";
import { pack, unpack } from "./packing.ts";
import { wholeNumber } from "./whole-number.ts";

export interface Offer {
  issuer: string;
  payer: string;
  /** Minor units. */
  amount: number;
  currency: string;
  /** Empty when there is none. */
  memo: string;
  review: Review;
  /** Milliseconds. */
  createdAt: number;
  /** When the issuer's index was written; names the entry of the index. */
  indexedAt: string;
  /** The party that the voucher is made out to. */
  beneficiary: string;
  /** Seconds from the issue in which the voucher can be drawn on. */
  validFor: number;
  /** Whose word drawings wait for, as `readApproval` reads it; empty where they don't wait. */
  approval: string;
  /** Of the digests, which no terminal is told. */
  salt: string;
}

const LENGTH = 12;

/** Reads an offer; undefined when the text is none. */
export function readOffer(packed: string): Offer | undefined {
  const values = unpack(packed);
  if (values.length !== LENGTH) return undefined;
  const at = (position: number) => values[position] as string;
  const [amount, createdAt, validFor] = [2, 6, 9].map((position) => wholeNumber(at(position)));
  if (amount === undefined || createdAt === undefined || validFor === undefined) return undefined;
  return {
    issuer: at(0),
    payer: at(1),
    amount,
    currency: at(3),
    memo: at(4),
    review: at(5) as Review,
    createdAt,
    indexedAt: at(7),
    beneficiary: at(8) || at(0),
    validFor,
    approval: at(10),
    salt: at(11),
  };
}

const [CREATED_AT, INDEXED_AT] = [6, 7];

/**
 * An offer as the record has it, from what the journal has: that leaves out when it was made, which is when its event
 * came, and when the issuer's index was written, where that was in the same step.
 */
export function withTimes(packed: string, at: string): string {
  const values = unpack(packed);
  if (values.length !== LENGTH) return packed;
  values[CREATED_AT] = at;
  values[INDEXED_AT] ||= at;
  return pack(values);
}
