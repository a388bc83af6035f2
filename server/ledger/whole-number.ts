/** A whole number, as the scripts write it; undefined for any other text. */
export function wholeNumber(text: string | null | undefined): number | undefined {
  if (typeof text !== "string" || !/^(0|-?[1-9]\d{0,15})$/.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : undefined;
}
