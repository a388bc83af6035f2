/** The queues and indexes of a partition: each entry has to name something that belongs there. */
import { hasEnded, ISSUANCE_ID_PATTERN, issuanceIdOf, isVoucherId, type State } from "@tallystick/protocol";
import { issuanceKeys, missingKey, partitionOfIssuance, requestKey, voucherKey } from "../ledger/keys.ts";
import { unpack } from "../ledger/packing.ts";
import type { BookKey } from "./book-key.ts";
import { type AuditRule, type Check, type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, readAtOnce, readTogether } from "./read.ts";

/** About how many entries are read at once. */
const PAGE = 200;

type Look = (members: readonly string[]) => Promise<Finding[]>;

/** Walks a sorted set in pages. */
export async function walkSortedSet({ book }: AuditedPartition, key: string, look: Look): Promise<Finding[]> {
  const findings: Finding[] = [];
  let cursor = "0";
  do {
    const [next, entries] = await book.store.zscan(key, cursor, "COUNT", PAGE);
    cursor = next;
    findings.push(...(await look(entries.filter((_, index) => index % 2 === 0))));
  } while (cursor !== "0");
  return findings;
}

/** Who made an issuance, for whom, since when, and how it stands. */
interface Summary {
  issuer: string;
  payer: string;
  indexedAt: string;
  state: State;
}

function readSummary(value: unknown): Summary | undefined {
  const [offer, standing] = (value ?? []) as (string | null)[];
  if (typeof offer !== "string" || typeof standing !== "string") return undefined;
  const [issuer = "", payer = "", , , , , , indexedAt = ""] = unpack(offer);
  return { issuer, payer, indexedAt, state: (unpack(standing)[1] ?? "") as State };
}

/** The queue of deadlines, or the list of fences. What an issuance or a voucher says of its entry is looked at with it. */
export function auditQueue(audited: AuditedPartition, { key, kind }: BookKey): Promise<Finding[]> {
  const { book, partition, subject } = audited;
  const rule: AuditRule = kind === "fences" ? "fence_of_nothing" : "deadline_of_nothing";
  const issuanceOf = (id: string) => (isVoucherId(id) ? issuanceIdOf(id) : id);
  const isOurs = (id: string) =>
    ISSUANCE_ID_PATTERN.test(issuanceOf(id)) && partitionOfIssuance(issuanceOf(id)) === partition;
  const keyOf = (id: string) => (isVoucherId(id) ? voucherKey(issuanceOf(id)) : issuanceKeys(id)[0]);
  return walkSortedSet(audited, key, async (members) => {
    const strange = members.filter((id) => !isOurs(id));
    const ids = members.filter(isOurs);
    // Terms never change, so that they tell beforehand whose claims may stop a voucher.
    const offers = await readTogether(
      book.store,
      ids.map((id): Command => ["HGET", keyOf(id), "o"]),
    );
    const claims = offers.map((offer) =>
      unpack(String(offer ?? ""))
        .slice(0, 3)
        .map((party) => `k:${party}`),
    );
    const values = await readAtOnce(
      book.store,
      ids.flatMap((id, index): Command[] => [
        ["ZSCORE", key, id],
        ["HMGET", keyOf(id), "s", "q", ...(claims[index] ?? [])],
        ["GET", missingKey(id)],
      ]),
    );
    const empty = ids.filter((id, index) => {
      const [score, record, missing] = values.slice(3 * index, 3 * index + 3);
      const [standing, fence, ...stops] = (record ?? []) as (string | null)[];
      const isThere = typeof standing === "string";
      const isStopped = isVoucherId(id) && stops.some((stop) => stop !== null);
      const isFenced = isThere && (fence?.startsWith("fenced|") || isStopped);
      const waits = isFenced || String(missing).startsWith("open|");
      return score !== null && !(kind === "fences" ? waits : isThere);
    });
    return [...strange, ...empty].flatMap((id) =>
      findingsOf(subject, [[true, rule, `its ${kind} have ${id}, which does not belong there`]]),
    );
  });
}

/**
 * The index of open issuances. The entries of payers go with the end of the issuance; those of issuers, and of who
 * is both, are a hint, and stay until they are pruned.
 */
export function auditOpen(audited: AuditedPartition, { key }: BookKey): Promise<Finding[]> {
  const { book, partition, subject } = audited;
  return walkSortedSet(audited, key, async (members) => {
    const entries = members.map(readEntry);
    const ids = entries.map(({ issuanceId }) => issuanceId);
    const summaries = await readSummaries(audited, ids);
    const values = await readAtOnce(
      book.store,
      entries.flatMap(({ member, issuanceId }): Command[] => [
        ["ZSCORE", key, member],
        ["EXISTS", requestKey(partition, issuanceId)],
      ]),
    );
    return entries.flatMap((entry, index) => {
      if (entry.isForm) audited.listed.add(entry.issuanceId);
      const isHome = book.ledger.partitionOf(entry.party) === partition;
      const [score, request] = values.slice(2 * index, 2 * index + 2);
      const summary = summaries.get(entry.issuanceId);
      if (isHome && summary?.issuer === entry.party) audited.issuers.add(entry.party);
      const complaint = score === null ? undefined : complain(entry, { isHome, summary, request });
      const problem = `its index of open issuances has ${entry.member}, which ${complaint}`;
      return findingsOf(subject, [[complaint !== undefined, "open_of_nothing", problem]]);
    });
  });
}

interface Entry {
  member: string;
  party: string;
  indexedAt: string;
  issuanceId: string;
  isForm: boolean;
}

function readEntry(member: string): Entry {
  const [party = "", indexedAt = "", issuanceId = "", more] = member.split(":");
  const isForm = more === undefined && ISSUANCE_ID_PATTERN.test(issuanceId);
  return { member, party, indexedAt, issuanceId, isForm };
}

interface Around {
  /** It is in the partition of its party. */
  isHome: boolean;
  summary: Summary | undefined;
  /** 1 when the partition remembers the request. */
  request: unknown;
}

/** What is wrong with an entry of the index; undefined when nothing is. */
function complain(entry: Entry, { isHome, summary, request }: Around): string | undefined {
  const { party, indexedAt, isForm } = entry;
  if (!isForm) return "is none";
  if (!isHome) return "is of a party of another partition";
  // A request may be under way; or what it made is gone, and the entry has not been pruned yet.
  if (!summary) return request === 1 ? undefined : "names nothing";
  if (summary.indexedAt !== indexedAt || (party !== summary.issuer && party !== summary.payer))
    return "is not that of the issuance";
  return party !== summary.issuer && hasEnded(summary.state) ? `has ended: ${summary.state}` : undefined;
}

/** Reads issuances of any partitions. */
async function readSummaries(
  { book }: AuditedPartition,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Summary>> {
  const byPartition = new Map<number, string[]>();
  for (const id of new Set(ids)) {
    const partition = partitionOfIssuance(id);
    if (!ISSUANCE_ID_PATTERN.test(id) || partition >= book.ledger.partitions) continue;
    byPartition.set(partition, [...(byPartition.get(partition) ?? []), id]);
  }
  const summaries = new Map<string, Summary>();
  const read = async (some: readonly string[]) => {
    const commands = some.map((id): Command => ["HMGET", issuanceKeys(id)[0], "o", "s"]);
    const values = await readTogether(book.store, commands);
    for (const [index, id] of some.entries()) {
      const summary = readSummary(values[index]);
      if (summary) summaries.set(id, summary);
    }
  };
  await Promise.all([...byPartition.values()].map(read));
  return summaries;
}

/** What an issuer's partition remembers of requests, against the issuances that they made. */
export async function auditRequests(
  audited: AuditedPartition,
  keys: readonly BookKey[],
): Promise<Map<string, Finding[]>> {
  const values = await readAtOnce(
    audited.book.store,
    keys.flatMap(({ key }): Command[] => [
      ["GET", key],
      ["PTTL", key],
    ]),
  );
  const requests = keys.map(({ key, request }, index) => {
    const [value, ttl] = values.slice(2 * index, 2 * index + 2);
    const [, payers = ""] = /^(0|[1-9]\d{0,4}):\d+(:ended)?$/.exec(String(value)) ?? [];
    const isForm = payers !== "" && Number(payers) < audited.book.ledger.partitions;
    return { key, value, leaves: Number(ttl) >= 0, isForm, issuanceId: `${payers}-${request}` };
  });
  const ids = requests.filter(({ isForm }) => isForm).map(({ issuanceId }) => issuanceId);
  const summaries = await readSummaries(audited, ids);
  await audited.findRetired(ids.filter((id) => !summaries.has(id)));
  return new Map(
    requests.map(({ key, value, leaves, isForm, issuanceId }) => {
      if (value === null || value === undefined) return [key, []];
      if (!isForm) return [key, findingsOf(key, [[true, "request_malformed", `it is ${value}`]])];
      const checks = requestChecks(audited, { issuanceId, leaves, summary: summaries.get(issuanceId) });
      return [key, findingsOf(key, checks)];
    }),
  );
}

function requestChecks(
  { book, partition, listed, retired }: AuditedPartition,
  { issuanceId, leaves, summary }: { issuanceId: string; leaves: boolean; summary: Summary | undefined },
): Check[] {
  const isListed = listed.has(issuanceId);
  // What remembers it leaves right after it.
  if (!summary && retired.has(issuanceId)) return [];
  if (!summary) return [[!leaves && !isListed, "request_of_nothing", `there is no ${issuanceId}`]];
  const { issuer, state } = summary;
  const stays = !hasEnded(state) || state === "issued";
  return [
    [book.ledger.partitionOf(issuer) !== partition, "wrong_partition", `it is in partition ${partition}`],
    [leaves && stays, "ttl_unexpected", `its issuance is ${state}, and it has a time to live`],
    [
      !leaves && !stays && !isListed && !book.isArchived,
      "ttl_missing",
      `its issuance is ${state}, and it has no time to live`,
    ],
  ];
}

/** What is kept of issuances that are not in the store: for as long as an operator has not decided. */
export async function auditMissing({ book }: AuditedPartition, { key }: BookKey): Promise<Finding[]> {
  const [value, ttl] = await readAtOnce(book.store, [
    ["GET", key],
    ["PTTL", key],
  ]);
  if (typeof value !== "string") return [];
  const [, status] = /^(open|decided)\|[^|]+\|\d+\|[^|]*\|\d+$/.exec(value) ?? [];
  return findingsOf(key, [
    [status === undefined, "missing_malformed", `it is ${value}`],
    [status === "open" && Number(ttl) >= 0, "ttl_unexpected", "it is not decided, and has a time to live"],
    [status === "decided" && Number(ttl) === -1, "ttl_missing", "it is decided, and has no time to live"],
  ]);
}
