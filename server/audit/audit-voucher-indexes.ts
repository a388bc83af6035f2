/**
 * The indexes of vouchers. The payer's is written with the voucher; those of issuer and beneficiary, who may be in other
 * partitions, come later, and what has ended moves later still. What is there must be right, and nobody is left out.
 */
import { hasVoucherEnded, ISSUANCE_ID_PATTERN, issuanceIdOf, type VoucherState } from "@tallystick/protocol";
import { groupBy } from "../ledger/group-by.ts";
import { openMember, partitionKeys, partitionOfIssuance, voucherKey } from "../ledger/keys.ts";
import { unpack } from "../ledger/packing.ts";
import { readTerms, type VoucherTerms } from "../ledger/voucher-record.ts";
import { walkSortedSet } from "./audit-indexes.ts";
import type { BookKey } from "./book-key.ts";
import { type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, readAtOnce, readTogether } from "./read.ts";
import type { AuditedVoucher } from "./voucher-checks.ts";
import type { VoucherMoment } from "./voucher-moment.ts";

/** Each of its parties finds it. */
export async function auditIndexesOf(
  { book }: AuditedPartition,
  { voucherId, terms, standing }: AuditedVoucher,
  { isUndone, issuance }: VoucherMoment,
): Promise<Finding[]> {
  const { issuer, payer, beneficiary, issuedAt } = terms;
  const { liveVouchers, endedVouchers, open } = partitionKeys;
  const findings = await Promise.all(
    [...new Set([issuer, payer, beneficiary])].map(async (party) => {
      const home = book.ledger.partitionOf(party);
      const member = openMember({ party, indexedAt: issuedAt, issuanceId: voucherId });
      const issuanceId = issuanceIdOf(voucherId);
      // The issuer's comes out of its index of issuances, in one step.
      const request = openMember({ party, indexedAt: issuance?.indexedAt ?? "", issuanceId });
      const [live, ended, requested] = await readAtOnce(book.store, [
        ["ZSCORE", liveVouchers(home), member],
        ["ZSCORE", endedVouchers(home), member],
        ["ZSCORE", open(home), request],
      ]);
      const waits =
        (party === beneficiary && isUndone) || (party === issuer && typeof requested === "string");
      const hasEnded = hasVoucherEnded(standing.state as VoucherState);
      const isListed = live !== null || (hasEnded && ended !== null);
      return findingsOf(voucherId, [
        [!isListed && !waits, "voucher_unlisted", `it is ${standing.state}, and ${party} does not find it`],
      ]);
    }),
  );
  return findings.flat();
}

/** An index of vouchers: each entry names a voucher of its party. One that has ended may still be among those that live. */
export function auditVoucherIndex(audited: AuditedPartition, { key, kind }: BookKey): Promise<Finding[]> {
  const { book, partition, subject } = audited;
  return walkSortedSet(audited, key, async (members) => {
    const entries = members.map((member) => {
      const [party = "", issuedAt = "", voucherId = "", more] = member.split(":");
      const id = issuanceIdOf(voucherId);
      const isForm =
        more === undefined &&
        voucherId.startsWith("v") &&
        ISSUANCE_ID_PATTERN.test(id) &&
        partitionOfIssuance(id) < book.ledger.partitions &&
        book.ledger.partitionOf(party) === partition;
      return { member, party, issuedAt, voucherId, isForm };
    });
    const known = await readVouchers(
      audited,
      entries.filter(({ isForm }) => isForm).map(({ voucherId }) => voucherId),
    );
    await audited.findRetired(
      entries.flatMap(({ voucherId, isForm }) => (isForm && !known.has(voucherId) ? [voucherId] : [])),
    );
    return entries.flatMap(({ member, party, issuedAt, voucherId, isForm }) => {
      // Its entries leave right after it.
      if (isForm && audited.retired.has(voucherId) && !known.has(voucherId)) return [];
      const voucher = isForm ? known.get(voucherId) : undefined;
      const { issuer, payer, beneficiary } = voucher?.terms ?? {};
      const isIts =
        [issuer, payer, beneficiary].includes(party) && String(voucher?.terms.issuedAt) === issuedAt;
      const fits = isIts && (kind === "live-vouchers" || (voucher && hasVoucherEnded(voucher.state)));
      const problem = `its ${kind} have ${member}, which does not belong there`;
      return findingsOf(subject, [[!fits, "voucher_entry_of_nothing", problem]]);
    });
  });
}

/** Reads vouchers of any partitions. */
async function readVouchers(
  { book }: AuditedPartition,
  voucherIds: readonly string[],
): Promise<Map<string, { terms: VoucherTerms; state: VoucherState }>> {
  const byPartition = groupBy([...new Set(voucherIds)], (id) => partitionOfIssuance(issuanceIdOf(id)));
  const found = new Map<string, { terms: VoucherTerms; state: VoucherState }>();
  await Promise.all(
    [...byPartition.values()].map(async (ids) => {
      const commands = ids.map((id): Command => ["HMGET", voucherKey(issuanceIdOf(id)), "o", "s"]);
      const values = await readTogether(book.store, commands);
      for (const [index, id] of ids.entries()) {
        const [packed, standing] = (values[index] ?? []) as (string | null)[];
        const terms = typeof packed === "string" ? readTerms(id, packed) : undefined;
        if (terms && typeof standing === "string")
          found.set(id, { terms, state: (unpack(standing)[1] ?? "") as VoucherState });
      }
    }),
  );
  return found;
}
