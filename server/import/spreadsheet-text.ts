/**
 * Text of others' making, as numbers and holders of accounts, in CSV that a spreadsheet opens. What begins with one of
 * `= + - @`, a tab or a line's end it would take for a formula and carry out, so such a text has an apostrophe before it, by
 * which spreadsheets know text (OWASP, CSV injection).
 */

/** What a spreadsheet takes for a formula, and what was one before apostrophes were put there. */
const FORMULA = /^'*[=+\-@\t\r]/;

/** The text as a spreadsheet shows it. */
export function asText(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text that `asText` was given. */
export function fromText(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}
