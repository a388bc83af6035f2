/** When all faults are healed: waits until every issuance has ended and every terminal was told, so that the book no longer changes. */
import { hasEnded } from "@tallystick/client";
import { type Fence, isVoucherId } from "@tallystick/protocol";
import type { AuditedBook } from "../../server/audit/findings.ts";
import { partitionKeys } from "../../server/ledger/keys.ts";
import { noticedAlive, remembered } from "./check-noticed.ts";
import { isKept } from "./findings.ts";
import { type History, hasEndedIn, type View } from "./history.ts";
import type { Setting } from "./negotiate.ts";
import { pause, type Random } from "./random.ts";
import { stateOf } from "./recording-terminal.ts";
import { recordIn } from "./records.ts";
import { AllRecords } from "./retired-records.ts";
import { LONGEST_WAIT_MS, PARTITIONS } from "./settings.ts";

/** How long issuances get to end once their deadlines have passed, milliseconds. */
const SETTLE_MS = 15_000;
/** How long terminals get to hear the last of everything: a voucher that is calm is synced every 25 s at the least. */
const HEARD_MS = 30_000;
const POLL_MS = 100;
/** What is due later than in this time, milliseconds, is due after every run. */
const SOON_MS = 3_600_000;
/** Far more than a run can make. */
const MOST_FENCES = 100_000;

export interface QuiesceOptions {
  setting: Setting;
  /** Decides for the operator. */
  random: Random;
  /** How long terminals get to notice and to hear the last of everything, milliseconds. */
  heardMs?: number | undefined;
  /** Waits for the archive, which may find what the store has lost and nobody else knows. */
  untilArchived: () => Promise<unknown>;
}

/** Ends whatever is open, fenced issuances by an operator's decision; the checker reports what stays open. */
export async function quiesce(
  book: AuditedBook,
  { setting, random, heardMs = HEARD_MS, untilArchived }: QuiesceOptions,
): Promise<void> {
  // What is fenced waits with its deadlines, so it is decided about first; something may be noticed after that.
  for (let round = 0; round < 2; round += 1) {
    await untilArchived();
    await untilNoticed(book, setting.history, heardMs);
    for (const { issuanceId, voucherId, issuance } of await listFences(book, setting.history)) {
      const isOpen = issuance !== undefined && !hasEnded(issuance.state);
      const decision = isOpen && random.chance(0.5) ? "cancel" : "resume";
      await setting.operator.decide((issuanceId ?? voucherId) as string, decision);
    }
    await untilNothingIsOpen(book);
  }
  await untilHeard(book, setting.history, heardMs);
}

/** An issuance that nobody ends ends at its deadline. */
async function untilNothingIsOpen({ store }: AuditedBook): Promise<void> {
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partition);
  const until = performance.now() + 2 * LONGEST_WAIT_MS + SETTLE_MS;
  while (performance.now() < until) {
    const soon = Date.now() + SOON_MS;
    const open = await Promise.all(
      partitions.flatMap((partition) => [
        // A voucher lives on for as long as it is good.
        store.zcount(partitionKeys.deadlines(partition), 0, soon),
        store.zcard(partitionKeys.undone(partition)),
      ]),
    );
    if (open.every((count) => count === 0)) return;
    await pause(POLL_MS);
  }
}

/** Until terminals have shown all that they know and the store has lost, or have had the time for it. */
async function untilNoticed(book: AuditedBook, history: History, heardMs: number): Promise<void> {
  const until = performance.now() + heardMs;
  const all = new AllRecords(book);
  for (;;) {
    await listFences(book, history);
    const records = await all.read();
    const known = noticedAlive(history);
    const lost = [...remembered(history)].filter(({ mark }) => !isKept(records, mark));
    if (lost.every(({ mark }) => known.has(mark.issuanceId)) || performance.now() > until) return;
    await pause(POLL_MS);
  }
}

/** What waits for an operator, who has heard of it then. */
async function listFences({ ledger }: AuditedBook, history: History): Promise<Fence[]> {
  const { fences } = await ledger.fences.list({ limit: MOST_FENCES });
  for (const { issuanceId, voucherId } of fences) history.listed.add((issuanceId ?? voucherId) as string);
  return fences;
}

/**
 * Until every terminal has seen an end of each issuance that it follows, and the newest of each voucher, or was told that what it
 * saw is lost.
 */
async function untilHeard(book: AuditedBook, { views }: History, heardMs: number): Promise<void> {
  const until = performance.now() + heardMs;
  const followed = views.filter(({ failed }) => failed === undefined);
  const records = await new AllRecords(book).read();
  const isElsewhere = (view: View) => {
    if (view.failed !== undefined) return false;
    const { issuanceId, from, events } = view;
    if (!isVoucherId(issuanceId)) return !hasEndedIn(issuanceId, stateOf(view));
    return (events.at(-1) ?? from).version !== recordIn(records, issuanceId)?.version;
  };
  while (followed.some(isElsewhere) && performance.now() < until) await pause(POLL_MS);
}
