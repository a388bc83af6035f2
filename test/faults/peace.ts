/** When the faults are over: everything comes to an end, everybody hears of it, and the book is at rest. */
import { hasEnded } from "@tallystick/client";
import type { AuditedBook } from "../../server/audit/findings.ts";
import { partitionKeys } from "../../server/ledger/keys.ts";
import { LONGEST_WAIT_MS, PARTITIONS } from "./fleet.ts";
import type { History } from "./history.ts";
import type { Setting } from "./negotiate.ts";
import { pause, type Random } from "./random.ts";
import { stateOf } from "./station.ts";

/** How long terminals get to hear the last of everything, milliseconds. */
const SETTLE_MS = 15_000;
const LOOK_MS = 100;

/** Ends whatever is open, fenced issuances by an operator; what stays open in spite of it the checker finds. */
export async function comeToRest(book: AuditedBook, setting: Setting, random: Random): Promise<void> {
  await untilNothingIsOpen(book);
  const { fences } = await book.ledger.fences.list();
  for (const { issuanceId, issuance } of fences) {
    const isOpen = !hasEnded(issuance.state);
    await setting.operator.decide(issuanceId, isOpen && random.chance(0.5) ? "cancel" : "resume");
  }
  await untilNothingIsOpen(book);
  await untilHeard(setting.history);
}

/** What nobody ends comes to its deadline. */
async function untilNothingIsOpen({ store }: AuditedBook): Promise<void> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const until = performance.now() + 2 * LONGEST_WAIT_MS + SETTLE_MS;
  while (performance.now() < until) {
    const open = await Promise.all(
      partitions.map((partition) => store.zcard(partitionKeys.deadlines(partition))),
    );
    if (open.every((count) => count === 0)) return;
    await pause(LOOK_MS);
  }
}

/** Until every terminal has seen an end of what it follows. */
async function untilHeard({ views }: History): Promise<void> {
  const until = performance.now() + SETTLE_MS;
  const isOpen = () => views.some((view) => view.failed === undefined && !hasEnded(stateOf(view)));
  while (isOpen() && performance.now() < until) await pause(LOOK_MS);
}
