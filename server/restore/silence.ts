/** Times in which nobody could have refused a drawing, as `lua/lib/outage.lua` and `lua/lib/put-off.lua` have them. */
import type { Waiting } from "../ledger/voucher-fold.ts";

/** Milliseconds. */
export interface Outage {
  from: number;
  to: number;
}

/** Few are remembered: of more, the two oldest count as one. */
const MOST = 32;

export function withOutage(outages: readonly Outage[], outage: Outage): Outage[] {
  const [first, second, ...others] = outages;
  if (outages.length < MOST || !first || !second) return [...outages, outage];
  return [{ from: first.from, to: second.to }, ...others, outage];
}

export function packOutages(outages: readonly Outage[]): string {
  return outages.map(({ from, to }) => `${from}:${to}`).join(" ");
}

/** When silence honours a drawing, ms: later than its deadline by the time in which nobody could have refused it. */
export function endOfSilence(
  { at, deadline }: Pick<Waiting, "at" | "deadline">,
  outages: readonly Outage[],
): number {
  let [till, counted] = [deadline, at];
  for (const outage of outages.toSorted((one, other) => one.from - other.from)) {
    const from = Math.max(outage.from, counted);
    // What overlaps counts once.
    if (from < till && outage.to > from) [till, counted] = [till + outage.to - from, outage.to];
  }
  return till;
}
