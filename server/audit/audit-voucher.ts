/** Vouchers against their logs, their freezes, their issuances, the journal, the queues and the settlements of their drawings. */
import { issuanceIdOf, voucherIdOf } from "@tallystick/protocol";
import { voucherKey } from "../ledger/keys.ts";
import { auditCountedVoucher } from "./audit-counted.ts";
import { auditIndexesOf } from "./audit-voucher-indexes.ts";
import { type Check, type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, readTogether } from "./read.ts";
import { auditMarksOf, settlementChecks } from "./settlement-checks.ts";
import {
  type AuditedVoucher,
  journalChecks,
  logChecks,
  readRecord,
  standingChecks,
  termsChecks,
} from "./voucher-checks.ts";
import { readVoucherMoments, type VoucherMoment } from "./voucher-moment.ts";

/** More fields than a record can have: 600 versions, nearly each with its answer, and 50 settlements. */
const MOST_FIELDS = 2000;
/** About how many fields of records are read at one moment. */
const FIELDS_AT_ONCE = 2000;

/** Looks at some vouchers of a partition. @param seen counts those that there are. */
export async function auditVouchers(
  audited: AuditedPartition,
  ids: readonly string[],
  seen: { vouchers: number },
): Promise<Map<string, Finding[]>> {
  const found = new Map<string, Finding[]>();
  const sizes = await readTogether(
    audited.book.store,
    ids.map((id): Command => ["HLEN", voucherKey(id)]),
  );
  const size = (id: string) => Number(sizes[ids.indexOf(id)] ?? 0);
  const large = ids.filter((id) => size(id) > MOST_FIELDS);
  for (const id of large) {
    seen.vouchers += 1;
    const problem = `its record has ${size(id)} fields`;
    found.set(id, findingsOf(voucherIdOf(id), [[true, "voucher_malformed", problem]]));
  }
  const readable = ids.filter((id) => !large.includes(id));
  for (let first = 0; first < readable.length; ) {
    let [next, fields] = [first, 0];
    while (
      next < readable.length &&
      (next === first || fields + size(readable[next] ?? "") <= FIELDS_AT_ONCE)
    )
      fields += size(readable[next++] ?? "");
    const moments = await readVoucherMoments(audited, readable.slice(first, next));
    const gone = moments.filter(({ hash }) => Object.keys(hash).length === 0);
    await audited.findRetired(gone.map(({ voucherId }) => voucherId));
    for (const moment of moments) {
      if (Object.keys(moment.hash).length > 0) seen.vouchers += 1;
      found.set(issuanceIdOf(moment.voucherId), await auditMoment(audited, moment));
    }
    first = next;
  }
  return found;
}

async function auditMoment(audited: AuditedPartition, moment: VoucherMoment): Promise<Finding[]> {
  const { journal } = audited;
  const { voucherId, hash } = moment;
  const journaled = journal.vouchers.get(voucherId);
  if (Object.keys(hash).length === 0) {
    const isMissing = journaled !== undefined && !audited.retired.has(voucherId);
    return findingsOf(voucherId, [[isMissing, "voucher_missing", "the journal has it, and it is gone"]]);
  }
  const record = readRecord(voucherId, hash);
  if (!record)
    return findingsOf(voucherId, [[true, "voucher_malformed", "its record is not one of a voucher"]]);
  const issuedFrom = journal.issuances.get(issuanceIdOf(voucherId))?.issuedFrom;
  return [
    ...findingsOf(voucherId, [
      ...logChecks(record, moment),
      ...standingChecks(record),
      ...termsChecks(record, moment, issuedFrom),
      ...freezeChecks(record, moment),
      ...queueChecks(record, moment),
      ...settlementChecks(record, moment, journaled?.fold),
      ...(journal.isEmpty ? [] : journalChecks(record, journaled)),
    ]),
    ...(await auditMarksOf(audited, record)),
    ...(await auditIndexesOf(audited, record, moment)),
    ...(await auditCounts(audited, record, moment)),
  ];
}

/** It is counted as long as its beneficiary, who was told of it, has not touched it. */
async function auditCounts(
  audited: AuditedPartition,
  { voucherId, terms, standing }: AuditedVoucher,
  { isUndone }: VoucherMoment,
): Promise<Finding[]> {
  const { issuer, beneficiary } = terms;
  if (standing.state !== "issued" || beneficiary === issuer || isUndone) return [];
  return auditCountedVoucher(audited, { voucherId, issuer, beneficiary });
}

/** What waits and what remains is frozen, and nothing else. */
function freezeChecks({ terms, standing }: AuditedVoucher, { frozen }: VoucherMoment): Check[] {
  const left = Number(standing.pending) + Number(standing.remaining);
  const account = `${terms.payer}/${terms.number}`;
  return [
    [
      frozen === null && left !== 0,
      "voucher_without_freeze",
      `nothing is frozen for it in ${account}, but ${left} of it is drawable`,
    ],
    [
      typeof frozen === "string" && (frozen !== String(left) || left === 0),
      "voucher_amount",
      `${frozen} is frozen for it in ${account}, but ${left} of it is drawable`,
    ],
  ];
}

/** When time next brings something about. */
function queueChecks({ standing, isFenced }: AuditedVoucher, { armed }: VoucherMoment): Check[] {
  const { nextAt, state } = standing;
  const waits = nextAt !== "";
  return [
    // The sweep takes one that is fenced out; the decision arms it anew.
    [
      waits && armed === null && !isFenced,
      "deadline_missing",
      `it is ${state}, and something comes at ${nextAt}, but no time is armed`,
    ],
    [
      waits && armed !== null && !(Number(armed) <= Number(nextAt)),
      "deadline_late",
      `something comes at ${nextAt}, but ${armed} is armed`,
    ],
    [!waits && armed !== null, "deadline_after_end", `it is ${state}, but a time is still armed`],
  ];
}
