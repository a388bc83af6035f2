/**
 * Proves from what the terminals have lived through, and from what the store holds at the end, that the
 * guarantees held (design, section 5). It asks nobody anything, so that it can itself be tested.
 */

import type { Finding } from "../../server/audit/findings.ts";
import { checkArchive } from "./check-archive.ts";
import { checkEffects } from "./check-effects.ts";
import { checkJournal } from "./check-journal.ts";
import { checkKept } from "./check-kept.ts";
import { checkLifecycle } from "./check-lifecycle.ts";
import { checkNoticed } from "./check-noticed.ts";
import { checkPast } from "./check-past.ts";
import { checkStore } from "./check-store.ts";
import { checkViews } from "./check-views.ts";
import { checkVoucherLifecycle } from "./check-voucher-lifecycle.ts";
import { type Evidence, rewound, type Violation } from "./findings.ts";

/** Everything that is wrong; nothing when all guarantees held. */
export function check(evidence: Evidence): Violation[] {
  const { book, history, mayRollBack } = evidence;
  const ids = [...rewound(history)].map((issuanceId) => issuanceId.slice(issuanceId.indexOf("-")));
  const isOfRewound = ({ subject, problem }: Finding) =>
    ids.some((id) => problem.includes(id) || subject.endsWith(`:${id.slice(1)}`));
  const audited = book.findings
    .filter((finding) => !isAcrossPartitions(finding) || !(mayRollBack || isOfRewound(finding)))
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
    ...checkNoticed(evidence),
    ...checkPast(evidence),
    ...checkStore(evidence),
    ...audited,
    ...checkJournal(evidence),
    ...checkArchive(evidence),
  ];
}

/**
 * What an issuer's partition remembers of a request or of a voucher is a hint that is written before or after the
 * issuance, in the payer's partition. Where one of their masters goes back alone, or both go back between the two, they
 * differ, and no money is concerned.
 */
function isAcrossPartitions({ rule, subject }: Finding): boolean {
  const isHint =
    rule === "open_unlisted" || rule === "voucher_entry_of_nothing" || rule.startsWith("request_");
  return isHint || subject.includes(":request:");
}
