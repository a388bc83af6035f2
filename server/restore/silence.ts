/** Times in which nobody could have refused a drawing, as `lua/lib/outage.lua` and `lua/advance-voucher.lua` keep them. */
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
  return [{ from: Math.min(first.from, second.from), to: second.to }, ...others, outage];
}

export function packOutages(outages: readonly Outage[]): string {
  return outages.map(({ from, to }) => `${from}:${to}`).join(" ");
}

/** When silence honours a drawing, ms: later than its deadline by the time in which nobody could have refused it. */
export function endOfSilence(
  { at, deadline }: Pick<Waiting, "at" | "deadline">,
  outages: readonly Outage[],
): number {
  return outages.reduce(
    (till, { from, to }) => (from < till && to > at ? till + to - Math.max(from, at) : till),
    deadline,
  );
}
