/** Each command was carried out on the past that its author knew, or on one that had gone on from it. */

import { type Evidence, groupBy, readLine, type Violation } from "./findings.ts";
import { nameOf, type Sent } from "./history.ts";
import { recordsIn, type StoredRecord } from "./records.ts";

export function checkPast({ history, book }: Evidence): Violation[] {
  const sent = groupBy(history.sent, nameOf);
  return recordsIn(book).flatMap((issuance) =>
    issuance.answers.flatMap((answer): Violation[] => {
      const messages = sent.get(nameOf(answer)) ?? [];
      // Which message it was that was carried out, nobody knows.
      if (messages.length === 0 || messages.some((message) => isOf(message, issuance, answer.version)))
        return [];
      const seen = messages.map((message) => `${message.seen?.version} (${message.seen?.digest})`).join(", ");
      const problem = `version ${answer.version} is the effect of ${nameOf(answer)}, whose author had seen ${seen}`;
      return [{ rule: "own_past", subject: issuance.issuanceId, problem }];
    }),
  );
}

/** What the author had seen comes before the effect. */
function isOf({ seen }: Sent, { log }: StoredRecord, version: number): boolean {
  if (!seen) return true;
  const line = log[seen.version - 1];
  return seen.version < version && line !== undefined && readLine(line).digest === seen.digest;
}
