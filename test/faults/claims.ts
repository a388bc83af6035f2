/**
 * A terminal that was told of an event that the store no longer has shows it to a hub, which has to answer `rolled_back`, or that
 * there is no such issuance any more. A terminal that follows shows it by itself; one that was told an end
 * follows no longer.
 */

import type { SyncAck } from "@tallystick/protocol";
import { openSocket } from "../helpers/raw-terminal.ts";
import type { Book } from "./book.ts";
import { groupBy, isKept, marksOf } from "./findings.ts";
import type { History, Mark } from "./history.ts";
import { makeToken } from "./make-token.ts";

export interface ClaimsOptions {
  history: History;
  book: Book;
  url: string;
}

/** The name of whoever asks ends so. */
export const ASKED_AT_THE_END = ", asked at the end";
const PATIENCE_MS = 60_000;

/** Shows each event that is missing once, as a party to it; what the hub says becomes a notice. */
export async function claimMissing({ history, book, url }: ClaimsOptions): Promise<number> {
  const parties = partiesOf(history);
  const missing = new Map<string, Mark>();
  for (const { mark } of marksOf(history))
    if (!isKept(book, mark)) missing.set(`${mark.issuanceId} ${mark.digest}`, mark);
  const byParty = groupBy([...missing.values()], ({ issuanceId }) => parties.get(issuanceId) ?? "nobody");
  for (const [party, marks] of byParty) {
    const token = await makeToken(party);
    const socket = openSocket(url, { auth: { token }, reconnection: true });
    for (const { issuanceId, version: after, digest } of marks) {
      const question = { issuanceId, after, digest };
      const answer = (await socket.timeout(PATIENCE_MS).emitWithAck("issuance:sync", question)) as SyncAck;
      const code = answer.ok ? undefined : answer.error.code;
      if (code === "rolled_back" || code === "not_found")
        history.notices.push({
          at: performance.now(),
          terminal: `${party}${ASKED_AT_THE_END}`,
          issuanceId,
          code,
        });
    }
    socket.disconnect();
  }
  return missing.size;
}

/** Who has followed each issuance; one party to it is enough. */
function partiesOf(history: History): Map<string, string> {
  const followed = history.views.map(({ issuanceId, party }) => [issuanceId, party] as const);
  const asked = history.acknowledged.flatMap(({ event, party }) =>
    event ? [[event.issuanceId, party] as const] : [],
  );
  return new Map([...asked, ...followed]);
}
