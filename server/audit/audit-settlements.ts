/** Settlements from the other sides: the lists and the queue that name them, and the marks of what was paid into accounts. */
import {
  ACCOUNT_NUMBER_PATTERN,
  ISSUANCE_ID_PATTERN,
  issuanceIdOf,
  PARTY_PATTERN,
  voucherIdOf,
} from "@tallystick/protocol";
import { groupBy } from "../ledger/group-by.ts";
import { marksKey, partitionKeys, partitionOfIssuance, voucherKey } from "../ledger/keys.ts";
import { partitionOfVoucher, partsOf } from "../ledger/settlements.ts";
import { readTerms } from "../ledger/voucher-record.ts";
import { walkSortedSet } from "./audit-indexes.ts";
import type { BookKey } from "./book-key.ts";
import { type Check, type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, lastEntry, readAtOnce, readTogether, toHash } from "./read.ts";
import { readSettlementStrictly } from "./settlement-checks.ts";

/** More attempts than anybody makes. */
const MOST_ATTEMPTS = 1000;
const SETTLEMENT = /^v(.*)\.([1-9]\d{0,2})$/;

/** The lists of open and failed settlements, and the queue of things undone: each entry names something that is so. */
export function auditUndone(audited: AuditedPartition, { key, kind }: BookKey): Promise<Finding[]> {
  const { book, partition, subject } = audited;
  return walkSortedSet(audited, key, async (members) => {
    const entries = members.map((member) => {
      const [, id = member.slice(1), version = ""] = SETTLEMENT.exec(member) ?? [];
      const isOurs = ISSUANCE_ID_PATTERN.test(id) && partitionOfIssuance(id) === partition;
      const isForm = isOurs && (version !== "" || (kind === "undone" && member.startsWith("v")));
      return { member, id, version, isForm };
    });
    const own = entries.filter(({ isForm }) => isForm);
    const values = await readAtOnce(
      book.store,
      own.flatMap(({ member, id, version }): Command[] => [
        ["ZSCORE", key, member],
        ["HMGET", voucherKey(id), "o", `z:${version}`],
      ]),
    );
    const wrong = own.filter(({ id, version }, index) => {
      const [score, record] = values.slice(2 * index, 2 * index + 2);
      const [packed, text] = (record ?? []) as (string | null)[];
      if (score === null) return false;
      const terms = typeof packed === "string" ? readTerms(voucherIdOf(id), packed) : undefined;
      if (!terms) return true;
      const { beneficiary, issuer, payer } = terms;
      // Its beneficiary took no part in the issuance, and is to be told.
      if (version === "") return beneficiary === issuer || beneficiary === payer;
      const { state, mode } = readSettlementStrictly(text ?? "") ?? {};
      if (kind === "undone") return state !== "open" || mode !== "book";
      return state !== (kind === "open-settlements" ? "open" : "failed");
    });
    return [...entries.filter(({ isForm }) => !isForm), ...wrong].flatMap(({ member }) =>
      findingsOf(subject, [
        [true, "undone_of_nothing", `its ${kind} have ${member}, which does not belong there`],
      ]),
    );
  });
}

/** What an attempt to pay a drawing out has come to: `digest|code|amount|party|number`. */
interface Mark {
  attempt: string;
  text: string;
  digest: string;
  code: string;
  amount: string;
  party: string;
  number: string;
}

function readMark([attempt, text]: [string, string]): Mark | undefined {
  const [digest = "", code = "", amount = "", party = "", number = "", more] = text.split("|");
  const isForm =
    /^[1-9]\d{0,8}$/.test(attempt) &&
    /^[0-9a-f]{12}$/.test(digest) &&
    /^[a-z_]+$/.test(code) &&
    /^[1-9]\d{0,15}$/.test(amount) &&
    PARTY_PATTERN.test(party) &&
    ACCOUNT_NUMBER_PATTERN.test(number) &&
    more === undefined;
  return isForm ? { attempt, text, digest, code, amount, party, number } : undefined;
}

/** The marks of some settlements, against the journal of their partition and against the settlements in other partitions. */
export async function auditMarks(
  audited: AuditedPartition,
  settlementIds: readonly string[],
): Promise<Map<string, Finding[]>> {
  const hashes = await readMarks(audited, settlementIds);
  const settlements = await readSettlements(audited, settlementIds);
  const lost = settlementIds.filter((id) => !settlements.has(id)).map((id) => partsOf(id).voucherId);
  await audited.findRetired(lost);
  return new Map(
    settlementIds.map((settlementId) => {
      const hash = hashes.get(settlementId);
      // With the voucher its marks leave too, right after it.
      if (!hash || audited.retired.has(partsOf(settlementId).voucherId)) return [settlementId, []];
      return [
        settlementId,
        findingsOf(settlementId, [
          ...hash.checks,
          ...hash.marks.flatMap((mark) => creditChecks(mark, settlements.get(settlementId))),
        ]),
      ];
    }),
  );
}

/** Reads marks at one moment with the journal, and holds them against it. */
async function readMarks(
  { book, partition, journal }: AuditedPartition,
  settlementIds: readonly string[],
): Promise<Map<string, { marks: Mark[]; checks: Check[] }>> {
  const keys = settlementIds.map((id) => marksKey(partition, id));
  const sizes = await readTogether(
    book.store,
    keys.map((key): Command => ["HLEN", key]),
  );
  const isReadable = (index: number) => Number(sizes[index] ?? 0) <= MOST_ATTEMPTS;
  const values = await readAtOnce(book.store, [
    ...keys.map((key, index): Command => (isReadable(index) ? ["HGETALL", key] : ["HMGET", key, "1"])),
    ["XREVRANGE", partitionKeys.journal(partition), "+", "-", "COUNT", 1],
  ]);
  await journal.readTo(lastEntry(values.at(-1)));
  return new Map(
    settlementIds.map((id, index) => {
      if (!isReadable(index))
        return [id, { marks: [], checks: [[true, "mark_malformed", `it has ${sizes[index]} marks`]] }];
      const hash = toHash(values[index]);
      const entries = Object.entries(hash);
      const marks = entries.map(readMark).filter((mark) => mark !== undefined);
      const journaled = journal.marks.get(id) ?? new Map<string, string>();
      const lacks = [...journaled.keys()].filter((attempt) => hash[attempt] === undefined);
      const other = journal.isEmpty
        ? []
        : entries.filter(([attempt, text]) => journaled.get(attempt) !== text);
      const strange = marks.filter(({ party }) => book.ledger.partitionOf(party) !== partition);
      const list = entries.map(([attempt, text]) => `${attempt} ${text}`).join(", ");
      return [
        id,
        {
          marks,
          checks: [
            [marks.length < entries.length, "mark_malformed", `its marks are ${list}`],
            [strange.length > 0, "wrong_partition", `marks of it are in partition ${partition}`],
            [other.length > 0, "mark_unlike_journal", `its marks are ${list}, and the journal has others`],
            [
              lacks.length > 0,
              "mark_missing",
              `the journal has its attempts ${lacks.join(", ")}, without marks`,
            ],
          ],
        },
      ];
    }),
  );
}

type Settlement = NonNullable<ReturnType<typeof readSettlementStrictly>>;

/** Reads settlements of any partitions. */
async function readSettlements(
  { book }: AuditedPartition,
  settlementIds: readonly string[],
): Promise<Map<string, Settlement>> {
  const known = settlementIds.filter(
    (id) => partitionOfVoucher(partsOf(id).voucherId) < book.ledger.partitions,
  );
  const byPartition = groupBy(known, (id) => partitionOfVoucher(partsOf(id).voucherId));
  const found = new Map<string, Settlement>();
  await Promise.all(
    [...byPartition.values()].map(async (ids) => {
      const commands = ids.map((id): Command => {
        const { voucherId, version } = partsOf(id);
        return ["HGET", voucherKey(issuanceIdOf(voucherId)), `z:${version}`];
      });
      const values = await readTogether(book.store, commands);
      for (const [index, id] of ids.entries()) {
        const settlement = readSettlementStrictly(String(values[index] ?? ""));
        if (settlement) found.set(id, settlement);
      }
    }),
  );
  return found;
}

/**
 * What was paid into an account, against the settlement that it was paid for. One that is still open is in flight: it
 * was credited and is not closed yet.
 */
function creditChecks(mark: Mark, settlement: Settlement | undefined): Check[] {
  const { attempt, digest, code, amount, party, number } = mark;
  const isPaid = code === "done";
  const what = `${amount} for ${party}/${number} at attempt ${attempt}, ${code}`;
  const isKnown = settlement?.digest === digest && Number(attempt) <= settlement.attempt;
  if (!settlement || !isKnown)
    return [[isPaid, "credit_orphaned", `it has a mark of ${what}, and no drawing was honoured for that`]];
  const isNewest = Number(attempt) === settlement.attempt;
  const isSettledHere = settlement.state === "settled" && settlement.note === "";
  const fits = isNewest
    ? amount === String(settlement.amount) &&
      party === settlement.party &&
      number === settlement.number &&
      (settlement.state === "open" || isPaid === isSettledHere)
    : // What was tried again was refused before.
      !isPaid && amount === String(settlement.amount);
  const problem = `it has a mark of ${what}, but is ${settlement.state} at attempt ${settlement.attempt} with ${settlement.amount} for ${settlement.party}/${settlement.number}`;
  return [[!fits, "credit_unlike_settlement", problem]];
}
