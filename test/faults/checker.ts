/**
 * Proves from what the terminals have lived through, and from what the store holds at the end, that the
 * guarantees held (design, section 5). It asks nobody anything, so that it can itself be tested.
 */

import type { Finding } from "../../server/audit/findings.ts";
import { checkEffects } from "./check-effects.ts";
import { checkJournal } from "./check-journal.ts";
import { checkKept } from "./check-kept.ts";
import { checkLifecycle } from "./check-lifecycle.ts";
import { checkViews } from "./check-views.ts";
import { checkVoucherLifecycle } from "./check-voucher-lifecycle.ts";
import type { Evidence, Violation } from "./findings.ts";

/** Everything that is wrong; nothing when all guarantees held. */
export function check(evidence: Evidence): Violation[] {
  const { book, mayRollBack } = evidence;
  const audited = book.findings
    .filter((finding) => !(mayRollBack && isAcrossPartitions(finding)))
    .map(
      ({ subject, problem, rule }): Violation => ({
        rule: "audited",
        subject,
        problem: `${problem} (${rule})`,
      }),
    );
  return [
    ...checkKept(evidence),
    ...checkEffects(evidence),
    ...checkViews(evidence),
    ...checkLifecycle(evidence),
    ...checkVoucherLifecycle(evidence),
    ...audited,
    ...checkJournal(evidence),
  ];
}

/**
 * What an issuer's partition remembers of a request is a hint that is written before the issuance, in the payer's
 * partition. Where one of their masters goes back alone, they differ, and no money is concerned.
 */
function isAcrossPartitions({ rule, subject }: Finding): boolean {
  return rule === "open_unlisted" || rule.startsWith("request_") || subject.includes(":request:");
}
