/** The settlements of a voucher's drawings: against its log, the journal, the lists that name them, and the marks of credits. */
import { PARTY_PATTERN } from "@tallystick/protocol";
import { marksKey } from "../ledger/keys.ts";
import { readSettlement, type StoredSettlement } from "../ledger/settlement-record.ts";
import { settlementIdOf } from "../ledger/settlements.ts";
import type { VoucherFold } from "../ledger/voucher-fold.ts";
import { type Check, type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, readTogether } from "./read.ts";
import type { AuditedVoucher } from "./voucher-checks.ts";
import type { VoucherMoment } from "./voucher-moment.ts";

const FORM =
  /^(open|settled|failed)\|(book|external)\|[1-9]\d*\|[1-9]\d{0,2}\|[1-9]\d{0,15}\|[0-9a-f]{12}\|[^|]+\|[^|]+\|[^|]*\|.*$/;

/** Reads a settlement as it is stored; undefined when it is of another form. */
export function readSettlementStrictly(text: string): StoredSettlement | undefined {
  return FORM.test(text) ? readSettlement(text) : undefined;
}

function textOf(settlement: StoredSettlement): string {
  const { state, mode, attempt, drawingId, amount, digest, party, number, note, holder } = settlement;
  return [state, mode, attempt, drawingId, amount, digest, party, number, note, holder].join("|");
}

/** What never changes of a settlement. */
function originOf({ mode, drawingId, amount, digest }: StoredSettlement): string {
  return `${amount} of drawing ${drawingId} ${digest} in ${mode}`;
}

/** Each drawing that was honoured has a settlement, and each settlement its drawing. */
export function settlementChecks(
  { hash, fold }: AuditedVoucher,
  { lists }: VoucherMoment,
  journaled: VoucherFold | undefined,
): Check[] {
  const stored = new Map(
    Object.entries(hash)
      .filter(([field]) => field.startsWith("z:"))
      .map(([field, text]) => [field.slice(2), text]),
  );
  const lacks = [...(fold?.settlements.keys() ?? [])].filter((version) => !stored.has(version));
  return [
    [
      lacks.length > 0,
      "settlement_missing",
      `it has no settlement of what events ${lacks.join(", ")} honoured`,
    ],
    ...[...stored].flatMap(([version, text]): Check[] => {
      const settlement = readSettlementStrictly(text);
      if (!settlement) return [[true, "settlement_malformed", `its settlement ${version} is ${text}`]];
      const expected = journaled?.settlements.get(version);
      const other = expected && textOf(expected) !== text;
      const problem = `its settlement ${version} is ${text}, but the journal left it ${expected && textOf(expected)}`;
      return [
        ...(fold ? logChecksOf(settlement, version, fold) : []),
        [other === true, "settlement_unlike_journal", problem],
        ...listChecks(settlement, version, lists),
      ];
    }),
  ];
}

function logChecksOf(settlement: StoredSettlement, version: string, fold: VoucherFold): Check[] {
  const expected = fold.settlements.get(version);
  if (!expected)
    return [
      [
        true,
        "settlement_unlike_log",
        `it has a settlement ${version}, and event ${version} honoured nothing`,
      ],
    ];
  const { state, attempt, party, number } = settlement;
  const [is, was] = [originOf(settlement), originOf(expected)];
  // Further attempts are in the journal alone: by its log it may have failed and be open again.
  const isSettled = state === "settled";
  const isFirst = attempt === 1;
  const fits =
    isSettled === (expected.state === "settled") &&
    (state === "open" ? expected.state === "open" || !isFirst : isSettled || expected.state === "failed") &&
    (!isFirst || (party === expected.party && number === expected.number));
  return [
    [
      is !== was,
      "settlement_unlike_log",
      `its settlement ${version} is of ${is}, but event ${version} says ${was}`,
    ],
    [
      is === was && !fits,
      "settlement_unlike_log",
      `its settlement ${version} is ${state} at attempt ${attempt}, but its log leaves it ${expected.state}`,
    ],
  ];
}

/** What is not settled is listed, and what a hub has to pay out is in the queue of things undone. */
function listChecks(
  { state, mode }: StoredSettlement,
  version: string,
  lists: VoucherMoment["lists"],
): Check[] {
  const listed = lists.get(version);
  if (!listed) return [];
  const waits = state === "open" && mode === "book";
  return [
    [
      state !== "settled" && !listed[state],
      "settlement_unlisted",
      `its settlement ${version} is ${state}, and not in that list`,
    ],
    [waits && !listed.undone, "undone_missing", `its settlement ${version} is open, and no hub finds it`],
  ];
}

/** An attempt that has ended in the book has its mark in the partition of whoever was to be paid. */
export async function auditMarksOf(
  { book }: AuditedPartition,
  { voucherId, hash }: AuditedVoucher,
): Promise<Finding[]> {
  const ended = Object.entries(hash).flatMap(([field, text]) => {
    const settlement = field.startsWith("z:") ? readSettlementStrictly(text) : undefined;
    const isInBook = settlement?.mode === "book" && settlement.state !== "open";
    return isInBook && PARTY_PATTERN.test(settlement.party)
      ? [{ ...settlement, settlementId: settlementIdOf(voucherId, field.slice(2)) }]
      : [];
  });
  const findings = await Promise.all(
    ended.map(async (settlement) => {
      const { settlementId, attempt, party, state } = settlement;
      const key = marksKey(book.ledger.partitionOf(party), settlementId);
      const [mark] = await readTogether(book.store, [["HGET", key, attempt] satisfies Command]);
      const problem = `${settlementId} is ${state} at attempt ${attempt}, and its mark is ${mark ?? "missing"}`;
      // Of a key of another type there is a finding of its own.
      const isWrong = mark !== undefined && !fitsMark(settlement, mark as string | null);
      return findingsOf(voucherId, [[isWrong, "credit_missing", problem]]);
    }),
  );
  return findings.flat();
}

/** Whether the mark says what the settlement has come to. */
function fitsMark(settlement: StoredSettlement, mark: string | null): boolean {
  if (mark === null) return false;
  const { state, digest, amount, party, number, note } = settlement;
  const [of, code, ...paid] = mark.split("|");
  if (state === "settled" && note === "") return mark === [digest, "done", amount, party, number].join("|");
  // It was paid for another past, which has a finding of its own.
  if (of !== digest || paid.join("|") !== [amount, party, number].join("|")) return true;
  return code !== "done" && (state === "settled" || note === code);
}
