/** So many characters are kept of the claims that an operator has decided about, as `lua/lib/decided.lua` says. */
const LENGTH = 320;

/** The claims that were decided about, the newest first, each with its version and digest between blanks. */
export function decide(
  claims: readonly (readonly [version: string, digest: string])[],
  before: string,
): string {
  const all = claims.reduce((text, [version, digest]) => ` ${version}:${digest} ${text}`, before);
  const kept = all.slice(0, LENGTH);
  return kept.slice(0, kept.lastIndexOf(" ") + 1);
}
