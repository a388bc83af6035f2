/** A text as it may be printed: what steers a terminal, or turns the direction of reading, is left out. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, "");
}

/** The same of each of its lines. */
export function plainLines(text: string): string {
  return text.split("\n").map(plain).join("\n");
}
