/** Issuances against their logs, their journal, their deadlines, their indexes and their vouchers. */
import {
  hasEnded,
  ISSUANCE_ID_PATTERN,
  type IssuanceEvent,
  lastDigits,
  PARTY_PATTERN,
  STATES,
} from "@tallystick/protocol";
import { checkChain } from "../ledger/digest-chain.ts";
import { issuanceKeys, openMember, partitionKeys, voucherKey } from "../ledger/keys.ts";
import { unpack } from "../ledger/packing.ts";
import { RECORD_LENGTH, readEvents, readHash, type StoredIssuance } from "../ledger/record.ts";
import { wholeNumber } from "../ledger/whole-number.ts";
import { auditCountedRequest } from "./audit-counted.ts";
import { type Check, type Finding, findingsOf } from "./findings.ts";
import type { JournaledIssuance } from "./journal.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, lastEntry, readAtOnce, readTogether, toHash } from "./read.ts";

/** More fields than a record can have: 64 versions, each with its answer, and refusals that are no events. */
const MOST_FIELDS = 1000;
/** The fields of a record that are neither events nor answers. */
const FIELDS: ReadonlySet<string> = new Set(["o", "s", "a", "q", "d"]);

/** An issuance, and all that belongs to it in its partition, at one moment. */
interface Moment {
  issuanceId: string;
  hash: Record<string, string>;
  /** Milliseconds; -1 when it stays. */
  ttl: number;
  /** The time that its deadline is armed for; null when none is. */
  armed: string | null;
  /** The index of open issuances has it for its payer. */
  isListedOpen: boolean;
  hasVoucher: boolean;
}

/** Looks at some issuances of a partition at one moment. @param seen counts those that there are. */
export async function auditIssuances(
  audited: AuditedPartition,
  ids: readonly string[],
  seen: { issuances: number },
): Promise<Map<string, Finding[]>> {
  const moments = await readMoments(audited, ids);
  const gone = moments.filter(({ hash }) => Object.keys(hash).length === 0);
  await audited.findRetired(gone.map(({ issuanceId }) => issuanceId));
  const look = async (moment: Moment): Promise<[string, Finding[]]> => {
    const { issuanceId, hash } = moment;
    if (Object.keys(hash).length > 0) seen.issuances += 1;
    const findings = findingsOf(issuanceId, checksOf(audited, moment));
    const indexed = await auditIssuersIndex(audited, moment);
    return [issuanceId, [...findings, ...indexed, ...(await auditCounts(audited, moment))]];
  };
  return new Map(await Promise.all(moments.map(look)));
}

async function readMoments(audited: AuditedPartition, ids: readonly string[]): Promise<Moment[]> {
  const { book, partition, journal } = audited;
  const { deadlines, open } = partitionKeys;
  // An offer never changes, so that it tells beforehand under which name the index must have the issuance.
  const first = await readTogether(
    book.store,
    ids.flatMap((id): Command[] => [
      ["HGET", keyOf(id), "o"],
      ["HLEN", keyOf(id)],
    ]),
  );
  const readable = ids.filter((_, index) => Number(first[2 * index + 1] ?? 0) <= MOST_FIELDS);
  const commands = readable.flatMap((id): Command[] => {
    const offer = String(first[2 * ids.indexOf(id)] ?? "").split("\x1f");
    const member = openMember({ party: offer[1] ?? "", indexedAt: offer[7] ?? "", issuanceId: id });
    return [
      ["HGETALL", keyOf(id)],
      ["PTTL", keyOf(id)],
      ["ZSCORE", deadlines(partition), id],
      ["ZSCORE", open(partition), member],
      ["EXISTS", voucherKey(id)],
    ];
  });
  const last: Command = ["XREVRANGE", partitionKeys.journal(partition), "+", "-", "COUNT", 1];
  const values = await readAtOnce(book.store, [...commands, last]);
  await journal.readTo(lastEntry(values.at(-1)));
  return readable.map((issuanceId, index) => {
    const [hash, ttl, armed, listed, voucher] = values.slice(5 * index, 5 * index + 5);
    return {
      issuanceId,
      hash: toHash(hash),
      ttl: Number(ttl),
      armed: (armed ?? null) as string | null,
      isListedOpen: typeof listed === "string",
      hasVoucher: voucher === 1,
    };
  });
}

function keyOf(issuanceId: string): string {
  return issuanceKeys(issuanceId)[0];
}

function checksOf({ book, partition, journal, retired }: AuditedPartition, moment: Moment): Check[] {
  const { issuanceId, hash } = moment;
  const journaled = journal.issuances.get(issuanceId);
  if (Object.keys(hash).length === 0) return retired.has(issuanceId) ? [] : [missing(journaled)];
  const stored = readStored(issuanceId, hash);
  if (!stored) return [[true, "issuance_malformed", "its record is not one of an issuance"]];
  const { record, log } = stored;
  const events = readEvents(record, log, 1);
  const isHome = book.ledger.partitionOf(record.payer) === partition;
  return [
    [!isHome, "wrong_partition", `it is in partition ${partition}, and not in that of its payer`],
    ...logChecks(stored),
    ...standingChecks(stored, events, journaled),
    ...answerChecks(hash, events),
    ...queueChecks(stored, moment, book.isArchived === true),
    ...(journal.isEmpty ? [] : journalChecks(stored, hash, journaled)),
  ];
}

/** What has ended without a voucher leaves the store when its time is over. */
function missing(journaled: JournaledIssuance | undefined): Check {
  const state = journaled?.lines.at(-1)?.split("|")[3];
  const isMissing = state !== undefined && (state === "issued" || !hasEnded(state as "issued"));
  return [isMissing, "issuance_missing", `the journal left it ${state}, and it is gone`];
}

function readStored(issuanceId: string, hash: Record<string, string>): StoredIssuance | undefined {
  const { o: offer, s: standing } = hash;
  if (offer === undefined || standing === undefined) return undefined;
  if (unpack(offer).length + unpack(standing).length !== RECORD_LENGTH) return undefined;
  const stored = readHash(issuanceId, hash);
  if (!stored) return undefined;
  const { issuer, payer, amount, version, state } = stored.record;
  const isForm =
    ISSUANCE_ID_PATTERN.test(issuanceId) &&
    [issuer, payer].every((party) => PARTY_PATTERN.test(party)) &&
    [amount, version].every((number) => Number.isSafeInteger(number) && number > 0) &&
    (STATES as readonly string[]).includes(state) &&
    Object.keys(hash).every((field) => FIELDS.has(field) || /^([1-9]\d{0,2}|[ip]:.+)$/.test(field));
  return isForm ? stored : undefined;
}

function logChecks(stored: StoredIssuance): Check[] {
  const { record, log } = stored;
  const { version, digest } = record;
  const { altered, accountFits } = checkChain(stored);
  return [
    [
      version !== log.length,
      "log_incomplete",
      `its version is ${version}, but its log has ${log.length} events`,
    ],
    [
      log.length > 0 && !log.at(-1)?.startsWith(`${digest}|`),
      "digest_unlike_log",
      "its digest is not its last event's",
    ],
    // The offer goes into the digest of each event, so where it was changed the first no longer fits.
    [altered === 0, "log_altered", "event 1 of its log, or its offer, is not the one that was written"],
    [altered > 0, "log_altered", `event ${altered + 1} of its log is not the one that was written`],
    [altered < 0 && !accountFits, "account_unlike_log", "the account that stands is not the one in its log"],
  ];
}

/** How it stands, against what its events say. */
function standingChecks(
  { record }: StoredIssuance,
  events: readonly IssuanceEvent[],
  journaled: JournaledIssuance | undefined,
): Check[] {
  const last = events.at(-1);
  if (!last) return [];
  const { state, deadline, createdAt, endedAt, changes, kind, last4 } = record;
  const ended = hasEnded(last.state);
  const expected = { changes: 0, kind: "", last4: "" };
  for (const event of events) {
    if (event.type === "account.change_agreed") expected.changes = event.changes;
    else if (event.type === "account.refused" && event.state !== "changing")
      expected.kind = expected.last4 = "";
    else if ("account" in event && event.type !== "account.refused") Object.assign(expected, event.account);
  }
  const told = `${createdAt} ${endedAt} ${changes} ${kind} ${last4}`;
  const says = `${events[0]?.at} ${ended ? last.at : ""} ${expected.changes} ${expected.kind} ${expected.last4}`;
  // An operator's decision gives it a new one.
  const isOwn = journaled?.isResumed !== true;
  const until = last.deadline === undefined ? "" : String(last.deadline);
  return [
    [state !== last.state, "state_unlike_log", `it is ${state}, but its last event left it ${last.state}`],
    [
      isOwn && deadline !== until,
      "deadline_unlike_log",
      `its deadline is ${deadline || "none"}, but its last event's is ${until || "none"}`,
    ],
    [told !== says, "standing_unlike_log", `it says ${told}, but its events say ${says}`],
  ];
}

/** The answers that repeats of its commands get. */
function answerChecks(hash: Record<string, string>, events: readonly IssuanceEvent[]): Check[] {
  const answered = new Set<number>();
  const malformed: string[] = [];
  for (const [field, value] of Object.entries(hash)) {
    if (!/^[ip]:/.test(field)) continue;
    const [, version] = /^\S+ (\d+) ?(\S*)$/.exec(value) ?? [];
    if (!(Number(version) >= 1 && Number(version) <= events.length)) malformed.push(`${field} is ${value}`);
    else answered.add(Number(version));
  }
  const missing = events.filter(({ by, version }) => by !== "hub" && !answered.has(version));
  const types = missing.map(({ type }) => type).join(", ");
  return [
    [malformed.length > 0, "answer_malformed", `it has answers that name no event: ${malformed.join(", ")}`],
    [malformed.length === 0 && missing.length > 0, "answer_missing", `it has no answers for ${types}`],
  ];
}

/** Its deadline, its time to live, its places in the indexes, its voucher. */
function queueChecks({ record, fence }: StoredIssuance, moment: Moment, isArchived: boolean): Check[] {
  const { state, deadline } = record;
  const { armed, ttl, hasVoucher } = moment;
  const ended = hasEnded(state);
  const fenced = fence.startsWith("fenced|");
  const leaves = ended && state !== "issued" && !fenced;
  return [
    [!ended && armed === null, "deadline_missing", `it is ${state}, but no deadline is armed`],
    [
      // The queue may have a time before it: a deadline that moves later is armed anew when that time comes.
      !ended && armed !== null && !(Number(armed) <= Number(deadline)),
      "deadline_late",
      `its deadline is ${deadline}, but ${armed} is armed`,
    ],
    [ended && armed !== null, "deadline_after_end", `it is ${state}, but a deadline is still armed`],
    [state === "issued" && !hasVoucher, "voucher_missing", "it is issued, but there is no voucher"],
    [state !== "issued" && hasVoucher, "voucher_unexpected", `it is ${state}, but there is a voucher`],
    [leaves && ttl === -1 && !isArchived, "ttl_missing", `it is ${state}, and has no time to live`],
    [!leaves && ttl >= 0, "ttl_unexpected", `it is ${fenced ? "fenced" : state}, and has a time to live`],
    [!ended && !moment.isListedOpen, "open_unlisted", `it is ${state}, and not in its payer's index`],
  ];
}

/** Log, offer and account, against the journal. */
function journalChecks(
  { record, log, offer: packed }: StoredIssuance,
  hash: Record<string, string>,
  journaled: JournaledIssuance | undefined,
): Check[] {
  const lines = journaled?.lines ?? [];
  const other = log.findIndex((line, index) => index < lines.length && line !== lines[index]);
  if (!journaled) return [[true, "journal_lacks_events", "the journal has nothing of it"]];
  const { offer, standing } = journaled;
  const refusals = lines.filter((line) => line.split("|")[1] === "account.refused").length;
  const [count, number = ""] = unpack(hash.a ?? "0\x1f\x1f");
  const isStanding = wholeNumber(count) === refusals && number === standing;
  return [
    [
      lines.length < log.length,
      "journal_lacks_events",
      `the journal has ${lines.length} of the ${log.length} events in its log`,
    ],
    [
      lines.length > log.length && record.version === log.length,
      "journal_unlike_log",
      `its log has ${log.length} of the ${lines.length} events in the journal`,
    ],
    [other >= 0, "journal_unlike_log", `event ${other + 1} of its log is another one in the journal`],
    // Where entries were taken out, the first that is left is another than the request.
    [offer !== "" && packed !== offer, "offer_unlike_journal", "its offer is not the one that was made"],
    [
      !isStanding,
      "account_unlike_log",
      `it has ${count} refusals and …${lastDigits(number)}, but the journal ${refusals} and …${lastDigits(standing)}`,
    ],
  ];
}

/** What waits for its payer is counted. */
async function auditCounts(audited: AuditedPartition, { issuanceId, hash }: Moment): Promise<Finding[]> {
  const record = readStored(issuanceId, hash)?.record;
  if (record?.state !== "proposed" || record.issuer === record.payer) return [];
  const { issuer, payer } = record;
  return auditCountedRequest(audited, { issuanceId, issuer, payer });
}

/** The issuer's index may be in another partition: it was written before the issuance, and is pruned after its end. */
async function auditIssuersIndex(
  { book }: AuditedPartition,
  { issuanceId, hash }: Moment,
): Promise<Finding[]> {
  const record = readStored(issuanceId, hash)?.record;
  if (!record || hasEnded(record.state) || record.issuer === record.payer) return [];
  const { issuer, indexedAt } = record;
  const key = partitionKeys.open(book.ledger.partitionOf(issuer));
  const [listed] = await readTogether(book.store, [
    ["ZSCORE", key, openMember({ party: issuer, indexedAt, issuanceId })],
  ]);
  const problem = `it is ${record.state}, and not in its issuer's index`;
  return findingsOf(issuanceId, [[listed === null, "open_unlisted", problem]]);
}
