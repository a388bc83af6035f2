/** What is written of a partition that was made anew from its journal: each key as the scripts keep it. */
import { comparableName, hasVoucherEnded, issuanceIdOf } from "@tallystick/protocol";
import {
  accountKeys,
  accountsKey,
  causedFencesKey,
  issuanceKeys,
  marksKey,
  missingKey,
  openMember,
  pairMember,
  partitionKeys,
  REVOKED_KEY,
  requestKey,
  retiredKey,
  SIGNING_KEYS_KEY,
  voucherKey,
  writeKey,
} from "../ledger/keys.ts";
import { partsOf } from "../ledger/settlements.ts";
import type { RestoredAccount } from "./account-fold.ts";
import type { IssuanceFold } from "./issuance-fold.ts";
import type { PartitionFold } from "./partition-fold.ts";
import { packOutages } from "./silence.ts";
import type { VoucherRecord } from "./voucher-record.ts";

/** A command on a key of a partition. */
export interface Write {
  partition: number;
  command: [name: string, ...args: (string | number)[]];
}

/** What the writing of a partition depends on besides its journal. */
export interface Surroundings {
  partition: number;
  /** The store's clock, ms. */
  now: number;
  /** How long what ended without a voucher stays, ms. */
  retentionMs: number;
  /** How long `commandId`s of what has left the store are remembered, ms. */
  rememberMs?: number;
  /** With an archive nothing leaves by itself. */
  isArchived?: boolean;
  /** What has left the store, and when, ms, by id. */
  retired?: ReadonlyMap<string, number> | undefined;
  /** The partition of a party. */
  homeOf: (party: string) => number;
}

/** How long the id of a write is known, ms; `lua/lib/write.lua` has it too. */
const REMEMBERED_MS = 24 * 3600 * 1000;
/** How many fields of a hash, or members of a set, one command has. */
const AT_ONCE = 200;

type Writes = Generator<Write, void, undefined>;

/** Everything but what `silenceOf` makes, in this partition and in those of the other parties. */
export function* writesOf(fold: PartitionFold, around: Surroundings): Writes {
  const { partition, now, retired } = around;
  for (const [name, account] of fold.money.accounts) yield* writesOfAccount(name, account, partition);
  yield* hash(
    partition,
    partitionKeys.sums(partition),
    [...fold.money.sums].flatMap(([field, sum]) => [field, String(sum)]),
  );
  for (const [settlementId, marks] of fold.money.marks)
    if (!retired?.has(partsOf(settlementId).voucherId))
      yield* hash(partition, marksKey(partition, settlementId), [...marks].flat());
  for (const issuance of fold.issuances.values()) {
    const leftAt = retired?.get(issuance.issuanceId);
    if (leftAt === undefined) yield* writesOfIssuance(issuance, around);
    else yield* writesOfRetired(issuance, leftAt, around);
  }
  for (const [voucherId, voucher] of fold.vouchers)
    if (!retired?.has(voucherId)) yield* writesOfVoucher(voucher, fold, around);
  yield* writesOfFences(fold, around);
  for (const [id, { text, at }] of fold.writes) {
    const left = at + REMEMBERED_MS - now;
    if (left > 0) yield { partition, command: ["SET", writeKey(partition, id), text, "PX", left] };
  }
  for (const [key, until] of fold.keys)
    if (until > now) yield sorted(partition, SIGNING_KEYS_KEY, until, key);
  for (const [party, until] of fold.revoked) yield sorted(partition, REVOKED_KEY, until, party);
}

/** When hubs were away while drawings waited. @param aliveAt when the book was last seen at work, ms. */
export function* silenceOf(fold: PartitionFold, partition: number, aliveAt: number): Writes {
  if (fold.waiting === 0) return;
  const swept = Math.max(aliveAt, fold.waitingSince, fold.outages.at(-1)?.to ?? 0);
  const fields = ["waiting", String(fold.waiting), "swept", String(swept)];
  if (fold.outages.length > 0) fields.push("outages", packOutages(fold.outages));
  yield* hash(partition, partitionKeys.silence(partition), fields);
}

function* hash(partition: number, key: string, fields: readonly string[]): Writes {
  for (let first = 0; first < fields.length; first += 2 * AT_ONCE)
    yield { partition, command: ["HSET", key, ...fields.slice(first, first + 2 * AT_ONCE)] };
}

function sorted(partition: number, key: string, score: number | string, member: string): Write {
  return { partition, command: ["ZADD", key, score, member] };
}

function* writesOfAccount(name: string, account: RestoredAccount, partition: number): Writes {
  const [party = "", number = ""] = name.split("/");
  const { holder, kind, currency, total, frozen, used, status } = account;
  const keys = accountKeys({ partition, party, number });
  const sums = ["total", String(total), "status", status, "frozen", String(frozen), "used", String(used)];
  const fields = [
    "holder",
    holder,
    "name",
    comparableName(holder),
    "kind",
    kind,
    "currency",
    currency,
    ...sums,
  ];
  if (account.isMoved) fields.push("moved", "1");
  yield* hash(partition, keys.account, fields);
  yield* hash(
    partition,
    keys.freezes,
    [...account.freezes].flatMap(([id, amount]) => [id, String(amount)]),
  );
  yield* hash(partition, keys.adjustments, [...account.adjustments].flat());
  yield* hash(partition, keys.repayments, [...account.repayments].flat());
  yield sorted(partition, accountsKey(partition, party), 0, number);
}

/** What remembers that it has left the store. */
function* writesOfRetired(
  { issuanceId, offer }: IssuanceFold,
  leftAt: number,
  { partition, now, rememberMs = 0, homeOf }: Surroundings,
): Writes {
  const left = leftAt + rememberMs - now;
  if (left <= 0) return;
  const home = homeOf(offer.issuer);
  const request = `${partition}:${offer.indexedAt}:ended`;
  yield { partition, command: ["SET", retiredKey(issuanceId), "1", "PX", left] };
  yield { partition: home, command: ["SET", requestKey(home, issuanceId), request, "PX", left] };
}

function* writesOfIssuance(issuance: IssuanceFold, around: Surroundings): Writes {
  const { partition, now, homeOf, isArchived } = around;
  const retentionMs = isArchived ? Number.POSITIVE_INFINITY : around.retentionMs;
  const { issuanceId, offer, state, deadline, leavesSince, hasEnded, endedAt } = issuance;
  const leavesIn = leavesSince === undefined ? undefined : leavesSince + retentionMs - now;
  if (leavesIn !== undefined && leavesIn <= 0) return;
  const [record, deadlines, open] = issuanceKeys(issuanceId);
  yield* hash(partition, record, issuance.fields());
  if (leavesIn !== undefined && !isArchived) yield { partition, command: ["PEXPIRE", record, leavesIn] };
  if (deadline !== undefined) yield sorted(partition, deadlines, deadline, issuanceId);
  const { issuer, payer, indexedAt } = offer;
  const home = homeOf(issuer);
  const memberOf = (party: string) => openMember({ party, indexedAt, issuanceId });
  if (!hasEnded) {
    yield sorted(partition, open, 0, memberOf(payer));
    yield sorted(home, partitionKeys.open(home), 0, memberOf(issuer));
    yield { partition: home, command: ["HINCRBY", partitionKeys.requested(home), issuer, 1] };
    const pair = pairMember({ of: payer, by: issuer, id: issuanceId });
    if (state === "proposed") yield sorted(partition, partitionKeys.proposed(partition), 0, pair);
  }
  const request = requestKey(home, issuanceId);
  const remembered = `${partition}:${indexedAt}`;
  if (!hasEnded) yield { partition: home, command: ["SET", request, remembered] };
  else if (state === "issued" || isArchived)
    yield { partition: home, command: ["SET", request, `${remembered}:ended`] };
  else {
    const left = Number(endedAt) + retentionMs - now;
    if (left > 0) yield { partition: home, command: ["SET", request, `${remembered}:ended`, "PX", left] };
  }
}

function* writesOfVoucher(
  voucher: VoucherRecord,
  { outages }: PartitionFold,
  { partition, homeOf }: Surroundings,
): Writes {
  const { terms, fold, isFenced, isUntouched } = voucher;
  const { voucherId, issuer, payer, beneficiary, issuedAt } = terms;
  const { deadlines, undone, openSettlements, failedSettlements } = partitionKeys;
  yield* hash(partition, voucherKey(issuanceIdOf(voucherId)), voucher.fields(outages));
  const nextAt = voucher.nextAt(outages);
  // What time brings about waits while it is fenced.
  if (nextAt !== "" && !isFenced) yield sorted(partition, deadlines(partition), nextAt, voucherId);
  const ended = fold.snapshot !== undefined && hasVoucherEnded(fold.snapshot.state);
  const { liveVouchers, endedVouchers } = partitionKeys;
  for (const party of new Set([issuer, payer, beneficiary])) {
    const home = homeOf(party);
    const index = ended ? endedVouchers(home) : liveVouchers(home);
    yield sorted(home, index, 0, openMember({ party, indexedAt: issuedAt, issuanceId: voucherId }));
  }
  const pair = pairMember({ of: beneficiary, by: issuer, id: voucherId });
  const isCounted = fold.snapshot?.state === "issued" && beneficiary !== issuer;
  if (isCounted) yield sorted(homeOf(beneficiary), partitionKeys.untouched(homeOf(beneficiary)), 0, pair);
  // Whether its beneficiary was told nobody knows: it is told once more.
  const isThird = beneficiary !== issuer && beneficiary !== payer;
  if (isThird && isUntouched && !ended) yield sorted(partition, undone(partition), issuedAt, voucherId);
  for (const { settlementId, state, isUndone, since } of voucher.listed()) {
    const list = state === "open" ? openSettlements : failedSettlements;
    yield sorted(partition, list(partition), since, settlementId);
    if (isUndone) yield sorted(partition, undone(partition), since, settlementId);
  }
}

function* writesOfFences(
  { fences, missing }: PartitionFold,
  { partition, now, retentionMs, homeOf }: Surroundings,
): Writes {
  for (const [id, { at, causedBy }] of fences) {
    yield sorted(partition, partitionKeys.fences(partition), at, id);
    for (const party of causedBy) {
      const home = homeOf(party);
      yield sorted(home, causedFencesKey(home, party), at, id);
    }
  }
  for (const [id, { text, leavesSince }] of missing) {
    const left = leavesSince === undefined ? undefined : leavesSince + retentionMs - now;
    if (left === undefined) yield { partition, command: ["SET", missingKey(id), text] };
    else if (left > 0) yield { partition, command: ["SET", missingKey(id), text, "PX", left] };
  }
}
