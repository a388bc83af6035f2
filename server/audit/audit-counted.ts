/**
 * The indexes by which is counted what issuers have open: what is open must be in them, and each entry must name what it
 * counts. Those in other partitions than the issuance's or the voucher's follow a moment later: what has ended, or was
 * touched, may still be there.
 */
import { ISSUANCE_ID_PATTERN, issuanceIdOf, isVoucherId } from "@tallystick/protocol";
import {
  issuanceKeys,
  pairMember,
  parseOpenMember,
  parsePairMember,
  partitionKeys,
  partitionOfIssuance,
  rangeOf,
  voucherKey,
} from "../ledger/keys.ts";
import { unpack } from "../ledger/packing.ts";
import { walkSortedSet } from "./audit-indexes.ts";
import type { BookKey } from "./book-key.ts";
import { type AuditedBook, type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, readAtOnce, readTogether } from "./read.ts";

/** Of issuers with more entries the count is not looked at: that would take the store too long. */
const MOST_COUNTED = 20_000;

/** What an entry names: its issuer, whom it concerns, and how it stands. */
interface Counted {
  issuer: string;
  /** The payer of an issuance, the beneficiary of a voucher. */
  other: string;
  state: string;
}

/** A request that waits for another party's answer is counted. */
export async function auditCountedRequest(
  { book, partition }: AuditedPartition,
  { issuanceId, issuer, payer }: { issuanceId: string; issuer: string; payer: string },
): Promise<Finding[]> {
  const member = pairMember({ of: payer, by: issuer, id: issuanceId });
  const [counted] = await readTogether(book.store, [["ZSCORE", partitionKeys.proposed(partition), member]]);
  const problem = "it waits for its payer, and is not counted";
  return findingsOf(issuanceId, [[counted === null, "counted_missing", problem]]);
}

/** A voucher that its beneficiary has not touched is counted once the beneficiary is told. */
export async function auditCountedVoucher(
  { book }: AuditedPartition,
  { voucherId, issuer, beneficiary }: { voucherId: string; issuer: string; beneficiary: string },
): Promise<Finding[]> {
  const key = partitionKeys.untouched(book.ledger.partitionOf(beneficiary));
  const member = pairMember({ of: beneficiary, by: issuer, id: voucherId });
  const [counted] = await readTogether(book.store, [["ZSCORE", key, member]]);
  const problem = `${beneficiary} has not touched it, and it is not counted`;
  return findingsOf(voucherId, [[counted === null, "counted_missing", problem]]);
}

/** Of these issuers, whether the count of what they have requested is that of their entries in the index of open issuances. */
export async function auditRequested(
  { book, partition }: AuditedPartition,
  issuers: Iterable<string>,
): Promise<Finding[]> {
  const { open, requested } = partitionKeys;
  const findings: Finding[] = [];
  for (const issuer of issuers) {
    const [count, members] = await readAtOnce(book.store, [
      ["HGET", requested(partition), issuer],
      ["ZRANGEBYLEX", open(partition), ...rangeOf(issuer), "LIMIT", 0, MOST_COUNTED],
    ]);
    const ids = ((members ?? []) as string[]).map((member) => parseOpenMember(member).issuanceId);
    if (ids.length === MOST_COUNTED) continue;
    const found = await readCounted(book, ids);
    // One that is not there yet, or not any more, is its issuer's: a payer's entry goes with the issuance.
    const own = found.filter((issuance) => !issuance || issuance.issuer === issuer).length;
    const problem = `it is said to have ${count ?? 0} requests open, and has ${own}`;
    findings.push(...findingsOf(issuer, [[Number(count ?? 0) !== own, "counted_wrong", problem]]));
  }
  return findings;
}

/** The issuers of a partition of which something is counted. */
export async function countedIssuers({ book, partition }: AuditedPartition): Promise<string[]> {
  return Object.keys(await book.store.hgetall(partitionKeys.requested(partition)));
}

/** The index of requests that wait for their payers. */
export function auditProposed(audited: AuditedPartition, { key }: BookKey): Promise<Finding[]> {
  const { book } = audited;
  return walkCounted(audited, key, async (members) => {
    const entries = members.map(parsePairMember);
    const found = await readCounted(
      book,
      entries.map(({ id }) => id),
    );
    return entries.map(({ of, by, id }, index) => {
      const { issuer, other, state } = found[index] ?? {};
      const isOurs = partitionOfIssuance(id) === audited.partition;
      return isOurs && issuer === by && other === of && of !== by && state === "proposed";
    });
  });
}

/** The index of untouched vouchers. */
export function auditUntouched(audited: AuditedPartition, { key }: BookKey): Promise<Finding[]> {
  const { book, partition } = audited;
  return walkCounted(audited, key, async (members) => {
    const entries = members.map(parsePairMember);
    const found = await readCounted(
      book,
      entries.map(({ id }) => id),
    );
    return entries.map(({ of, by }, index) => {
      const { issuer, other } = found[index] ?? {};
      return book.ledger.partitionOf(of) === partition && issuer === by && other === of && of !== by;
    });
  });
}

/** Walks an index; each member either fits or is a finding. */
function walkCounted(
  audited: AuditedPartition,
  key: string,
  fits: (members: readonly string[]) => Promise<boolean[]>,
): Promise<Finding[]> {
  return walkSortedSet(audited, key, async (members) => {
    const fit = await fits(members);
    const wrong = members.filter((_, index) => !fit[index]);
    const still = await readTogether(
      audited.book.store,
      wrong.map((member): Command => ["ZSCORE", key, member]),
    );
    return wrong.flatMap((member, index) =>
      findingsOf(audited.subject, [
        [
          still[index] !== null,
          "counted_of_nothing",
          `its counts have ${member}, which does not belong there`,
        ],
      ]),
    );
  });
}

/** Issuances and vouchers by their ids; undefined where there is none. */
function readCounted(book: AuditedBook, ids: readonly string[]): Promise<(Counted | undefined)[]> {
  const read = async (id: string): Promise<Counted | undefined> => {
    const isVoucher = isVoucherId(id);
    const issuanceId = isVoucher ? issuanceIdOf(id) : id;
    if (!ISSUANCE_ID_PATTERN.test(issuanceId)) return undefined;
    if (partitionOfIssuance(issuanceId) >= book.ledger.partitions) return undefined;
    const key = isVoucher ? voucherKey(issuanceId) : issuanceKeys(issuanceId)[0];
    const [fields] = await readTogether(book.store, [["HMGET", key, "o", "s"]]);
    const [offer, standing] = (fields ?? []) as (string | null)[];
    if (typeof offer !== "string" || typeof standing !== "string") return undefined;
    const [issuer = "", payer = "", beneficiary = ""] = unpack(offer);
    return { issuer, other: isVoucher ? beneficiary : payer, state: unpack(standing)[1] ?? "" };
  };
  return Promise.all(ids.map(read));
}
