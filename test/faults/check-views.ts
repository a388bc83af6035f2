/** Each terminal saw each event of what it followed once and in order of version, and the last one. */

import { type Evidence, excused, isKept, type Violation } from "./findings.ts";
import { hasEndedIn, type View } from "./history.ts";
import { recordIn } from "./records.ts";

export function checkViews(evidence: Evidence): Violation[] {
  const lost = excused(evidence);
  return evidence.history.views.flatMap((view) => checkView(view, evidence, lost));
}

function checkView(view: View, evidence: Evidence, lost: ReadonlySet<string>): Violation[] {
  const { terminal, issuanceId } = view;
  const rolledBack = lost.has(issuanceId);
  return [...orderOf(view), ...keptOf(view, evidence, rolledBack)].map((problem) => ({
    rule: "in_order",
    subject: issuanceId,
    problem: `${terminal} ${problem}`,
  }));
}

/** Each version follows the one before it. */
function orderOf({ from, events }: View): string[] {
  const versions = [from.version, ...events.map(({ version }) => version)];
  return versions.flatMap((version, index) => {
    const next = (versions[index - 1] ?? version - 1) + 1;
    return version === next ? [] : [`saw version ${version} where ${next} comes next`];
  });
}

/** What it saw is in the store, and the last of it is the store's last. */
function keptOf(
  { from, events, issuanceId, failed }: View,
  { book }: Evidence,
  rolledBack: boolean,
): string[] {
  const seen = [from, ...events].map(({ version, digest, state }) => ({
    issuanceId,
    version,
    digest,
    state,
  }));
  const last = seen.at(-1) as (typeof seen)[number];
  const lost = seen.filter((mark) => !isKept(book, mark));
  // It was told what was lost. One that was told an end, lost since, follows no longer: whoever asks is told.
  if (rolledBack && (failed !== undefined || (hasEndedIn(issuanceId, last.state) && lost.includes(last))))
    return [];
  if (failed !== undefined) return [`was told no more: ${failed}`];
  const stored = recordIn(book, issuanceId)?.version;
  return [
    ...lost.map(({ version, digest }) => `saw version ${version} (${digest}), which the store has not`),
    ...(last.version === stored
      ? []
      : [`saw version ${last.version} ${last.state} last, and the store has ${stored ?? "nothing"}`]),
  ];
}
