/** The journal, and issuances and vouchers, tell the same: the same lines in the same order, none missing, none too many. */

import { type Evidence, groupBy, type Violation } from "./findings.ts";
import { recordIn, recordsIn } from "./records.ts";

export function checkJournal({ book }: Evidence): Violation[] {
  const told = groupBy(book.journals.flat(), ({ issuanceId }) => issuanceId);
  const violations: Violation[] = [];
  const complain = (subject: string, problem: string) =>
    void violations.push({ rule: "journal", subject, problem });
  for (const { issuanceId, log } of recordsIn(book)) {
    const lines = (told.get(issuanceId) ?? []).map(({ line }) => line);
    const differing = log.findIndex((line, index) => line !== lines[index]);
    if (differing >= 0)
      complain(
        issuanceId,
        `version ${differing + 1} is ${log[differing]}, in the journal ${lines[differing]}`,
      );
    else if (lines.length > log.length)
      complain(issuanceId, `the journal has ${lines.length} events, the log ${log.length}`);
  }
  for (const issuanceId of told.keys())
    if (!recordIn(book, issuanceId))
      complain(issuanceId, "the journal has events of it, but it is not there");
  return violations;
}
