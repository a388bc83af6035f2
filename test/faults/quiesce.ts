/** When all faults are healed: waits until every issuance has ended and every terminal was told, so that the book no longer changes. */
import { hasEnded } from "@tallystick/client";
import { isVoucherId } from "@tallystick/protocol";
import type { AuditedBook } from "../../server/audit/findings.ts";
import { partitionKeys } from "../../server/ledger/keys.ts";
import { LONGEST_WAIT_MS, PARTITIONS } from "./fleet.ts";
import type { History } from "./history.ts";
import type { Setting } from "./negotiate.ts";
import { pause, type Random } from "./random.ts";
import { stateOf } from "./recording-terminal.ts";

/** How long terminals get to hear the last of everything, milliseconds. */
const SETTLE_MS = 15_000;
const POLL_MS = 100;
/** Far more than a run can make. */
const MOST_FENCES = 100_000;

/** Ends whatever is open, fenced issuances by an operator's decision; the checker reports what stays open. */
export async function quiesce(book: AuditedBook, setting: Setting, random: Random): Promise<void> {
  await untilNothingIsOpen(book);
  const { fences } = await book.ledger.fences.list({ limit: MOST_FENCES });
  for (const { issuanceId = "", issuance } of fences) {
    const isOpen = issuance !== undefined && !hasEnded(issuance.state);
    await setting.operator.decide(issuanceId, isOpen && random.chance(0.5) ? "cancel" : "resume");
  }
  await untilNothingIsOpen(book);
  await untilHeard(setting.history);
}

/** An issuance that nobody ends ends at its deadline. */
async function untilNothingIsOpen({ store }: AuditedBook): Promise<void> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const until = performance.now() + 2 * LONGEST_WAIT_MS + SETTLE_MS;
  while (performance.now() < until) {
    const waiting = await Promise.all(
      partitions.map((partition) => store.zrange(partitionKeys.deadlines(partition), "0", "-1")),
    );
    // A voucher lives on for as long as it is good.
    if (waiting.flat().every(isVoucherId)) return;
    await pause(POLL_MS);
  }
}

/** Until every terminal has seen an end of what it follows. */
async function untilHeard({ views }: History): Promise<void> {
  const until = performance.now() + SETTLE_MS;
  const isOpen = () => views.some((view) => view.failed === undefined && !hasEnded(stateOf(view)));
  while (isOpen() && performance.now() < until) await pause(POLL_MS);
}
