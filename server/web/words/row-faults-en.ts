/** What is wrong with a row of an imported file. */
import { formatAmount } from "@tallystick/client/money";
import type { ImportReport } from "@tallystick/client/operator";

type BadRow = ImportReport["bad"][number];
export type RowFault = BadRow["fault"];
/** A sentence for each code, of its values. */
export type RowFaultWords = { [C in RowFault["code"]]: (fault: Extract<RowFault, { code: C }>) => string };

/** Why a row is bad; a hub that is newer than the page may have a code of which only it has the words. */
export function whyBad(words: RowFaultWords, { fault, reason }: BadRow): string {
  const say = words[fault.code] as ((fault: RowFault) => string) | undefined;
  return say?.(fault) ?? reason;
}

type InvalidField = Extract<RowFault, { code: "invalid_fields" }>["fields"][number];
/** What a column has to hold. */
export type FieldRules = { [F in InvalidField]: string };

const RULES: FieldRules = {
  party: "party: must be 1 to 64 of a-z 0-9 . _ -, starting with a letter or digit",
  number: "number: must be 1 to 34 of A-Z a-z 0-9 -",
  holder: "holder: must be 1 to 140 characters, no control characters",
  kind: "kind: must be funds or credit",
  currency: "currency: must be an active ISO 4217 code, in capitals",
  status: "status: must be active, blocked, or nothing",
};

export const rowFaultsEn: RowFaultWords = {
  quote_not_closed: () => "A quote is not closed.",
  quote_closed_early: () =>
    "A quote is closed before its field ends. Write two for one that belongs to the text.",
  quote_in_field: () => "A quote within a field. Quote the whole field, and write two for one.",
  not_csv: ({ why }) => `It is no row of CSV (${why}).`,
  line_too_long: ({ most }) => `It is longer than ${most} characters.`,
  field_count: ({ fields, columns }) => `It has ${fields} fields, and the first line ${columns}.`,
  damaged_text: () => "It holds U+FFFD, which stands where a text was damaged before.",
  invalid_fields: ({ fields }) => `${fields.map((field) => RULES[field]).join("; ")}.`,
  amount_unreadable: ({ text, instead }) =>
    `“${text}” is not an amount. Write ${instead ? `${instead}, with a point before the decimals` : "digits, as in 1250.50"}.`,
  amount_too_precise: ({ text, currency, decimals, thousand }) =>
    `“${text}” has more decimals than ${currency}, which has ${decimals}.${thousand ? ` For a thousand and more write ${thousand}.` : ""}`,
  amount_ambiguous: ({ text, currency, readings: [one, other] }) =>
    `“${text}” could be two amounts in ${currency}. Write ${one} or ${other}.`,
  amount_too_large: ({ text, currency }) => `“${text}” ${currency} is more than can be kept exactly.`,
  kind_or_currency_fixed: ({ kind, currency }) =>
    `Amounts in ${kind} ${currency} are frozen or used in it. Kind and currency can't change.`,
  less_than_held: ({ held, currency }) =>
    `${formatAmount(held, currency)} ${currency} are frozen or used in it, which is more.`,
  sum_too_large: () => "The sum of all accounts would be more than can be kept exactly.",
  not_here: () => "The store does not hold this book here.",
};
