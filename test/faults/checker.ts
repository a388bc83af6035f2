/**
 * Proves from what the terminals have lived through, and from what the store holds at the end, that the
 * guarantees held (design, section 5). It asks nobody anything, so that it can itself be tested.
 */
import { checkEffects } from "./check-effects.ts";
import { checkJournal } from "./check-journal.ts";
import { checkKept } from "./check-kept.ts";
import { checkLifecycle } from "./check-lifecycle.ts";
import { checkViews } from "./check-views.ts";
import type { Evidence, Violation } from "./findings.ts";

/** Everything that is wrong; nothing when all guarantees held. */
export function check(evidence: Evidence): Violation[] {
  const audited = evidence.book.findings.map(
    ({ subject, problem }): Violation => ({ rule: "audited", subject, problem }),
  );
  return [
    ...checkKept(evidence),
    ...checkEffects(evidence),
    ...checkViews(evidence),
    ...checkLifecycle(evidence),
    ...audited,
    ...checkJournal(evidence),
  ];
}
