/** Audits one partition: its journal, then all keys that a scan has found there, then what only the journal has. */
import { hasEnded, issuanceIdOf } from "@tallystick/protocol";
import { groupBy } from "../ledger/group-by.ts";
import { accountKeys, issuanceKeys, marksKey, partitionKeys, voucherKey } from "../ledger/keys.ts";
import { auditAccountRecord, auditAdjustments, auditBelonging, auditList } from "./audit-account-record.ts";
import { auditArchive } from "./audit-archive.ts";
import { auditProposed, auditRequested, auditUntouched, countedIssuers } from "./audit-counted.ts";
import { auditMissing, auditOpen, auditQueue, auditRequests } from "./audit-indexes.ts";
import { auditIssuances } from "./audit-issuance.ts";
import { auditRevoked } from "./audit-revoked.ts";
import { auditMarks, auditUndone } from "./audit-settlements.ts";
import { auditSigningKeys } from "./audit-signing-keys.ts";
import { auditSilence, auditSums } from "./audit-sums.ts";
import { auditVouchers } from "./audit-voucher.ts";
import { auditVoucherIndex } from "./audit-voucher-indexes.ts";
import { type BookKey, KEY_FORMS, type KeyKind } from "./book-key.ts";
import { type AuditedBook, type AuditResult, type AuditRule, type Finding, findingsOf } from "./findings.ts";
import { AuditedPartition, type Money } from "./partition.ts";
import { type Command, readTogether } from "./read.ts";

/** A command takes far less than this from its first write to its last: it is one script. */
const SECOND_LOOK_AFTER_MS = 50;
/** How many records are read at one moment, so that the store is never busy for long. */
const RECORDS_AT_ONCE = 40;
/** How many keys are asked for their types at once. */
const KEYS_AT_ONCE = 200;

type Seen = Omit<AuditResult, "findings" | "forgotten">;
const nothingSeen = (): Seen => ({ accounts: 0, freezes: 0, issuances: 0, vouchers: 0 });
/** Looks at some keys; answers what it finds, by key. */
type Look = (keys: readonly BookKey[], seen: Seen) => Promise<ReadonlyMap<string, Finding[]>>;

/** What is looked at, in this order: the index of open issuances before the requests, which are held against it. */
const ORDER: readonly KeyKind[] = [
  "account",
  "freezes",
  "adjustments",
  "repayments",
  "accounts",
  "issuance",
  "voucher",
  "credits",
  "sums",
  "silence",
  "deadlines",
  "undone",
  "open-settlements",
  "failed-settlements",
  "live-vouchers",
  "ended-vouchers",
  "fences",
  "open",
  "requested",
  "proposed",
  "untouched",
  "missing",
  "request",
  "signing-keys",
  "revoked",
];

/** Adds to `result` and `money` what is found in a partition. */
export async function auditPartition(
  book: AuditedBook,
  { partition, keys }: { partition: number; keys: readonly BookKey[] },
  { result, money }: { result: AuditResult; money: Money },
): Promise<void> {
  const audited = new AuditedPartition(book, partition);
  const { journal } = audited;
  const journalKey = partitionKeys.journal(partition);
  const [type] = await readTogether(book.store, [["TYPE", journalKey]]);
  journal.isReadable = type === "stream";
  await journal.readTo();
  await audited.findRetired([...journal.issuances.keys(), ...journal.vouchers.keys()]);
  await audited.findForgotten();
  const looks = looksOf(audited);
  const kinds = new Map<string, BookKey>();
  for (let first = 0; first < keys.length; first += KEYS_AT_ONCE) {
    const page = keys.slice(first, first + KEYS_AT_ONCE);
    const sound = await lookTwice(page, (some) => auditForms(book, some), result);
    for (const key of sound) kinds.set(key.key, key);
  }
  const readable = [...kinds.values()];
  for (const kind of ORDER) {
    const some = readable.filter((key) => key.kind === kind);
    const look = looks[kind];
    if (look) await inPages(some, (page) => lookTwice(page, look, result));
  }
  for (const [kind, unseen] of onlyJournaled(audited, kinds)) {
    const look = looks[kind];
    if (look) await inPages(unseen, (page) => lookTwice(page, look, result));
  }
  const isGone = journal.isEmpty && readable.some(({ kind }) => RECORDS.has(kind));
  const archived = await auditArchive(audited);
  result.forgotten += archived.forgotten;
  result.findings.push(
    ...journal.findings,
    ...(journal.isEmpty ? [] : await journal.findCuts()),
    ...archived.findings,
    ...findingsOf(audited.subject, [[isGone, "journal_gone", "it has records, and no journal of them"]]),
  );
  if (!journal.isEmpty) audited.addMoney(money);
}

/** Rules by which the texts of a record, or digests of them, are held against the journal. */
const OF_TEXTS: ReadonlySet<AuditRule> = new Set<AuditRule>([
  "log_altered",
  "account_unlike_log",
  "journal_unlike_log",
  "offer_unlike_journal",
  "terms_unlike_journal",
  "voucher_memo",
]);

/** Nothing is said of texts that the archive has blanked and the store has again: it lets go of them once more. */
function withoutTexts({ forgotten }: AuditedPartition, findings: readonly Finding[]): Finding[] {
  return findings.filter(({ subject, rule }) => !(forgotten.has(subject) && OF_TEXTS.has(rule)));
}

const RECORDS: ReadonlySet<KeyKind> = new Set<KeyKind>(["account", "issuance", "voucher"]);

/** Looks at keys, and once more at those that something is found of; what is found then is final. */
async function lookTwice(
  keys: readonly BookKey[],
  look: Look,
  result: AuditResult,
): Promise<readonly BookKey[]> {
  const seen = nothingSeen();
  const first = await look(keys, seen);
  result.accounts += seen.accounts;
  result.freezes += seen.freezes;
  result.issuances += seen.issuances;
  result.vouchers += seen.vouchers;
  const suspects = keys.filter(({ key }) => (first.get(key)?.length ?? 0) > 0);
  if (suspects.length > 0) {
    await new Promise((wake) => setTimeout(wake, SECOND_LOOK_AFTER_MS));
    const second = await look(suspects, nothingSeen());
    for (const findings of second.values()) result.findings.push(...findings);
  }
  return keys.filter(({ key }) => !unreadable(first.get(key)));
}

function unreadable(findings: readonly Finding[] | undefined): boolean {
  return findings?.some(({ rule }) => rule === "wrong_type") === true;
}

async function inPages(
  keys: readonly BookKey[],
  act: (page: readonly BookKey[]) => Promise<unknown>,
): Promise<void> {
  for (let first = 0; first < keys.length; first += RECORDS_AT_ONCE)
    await act(keys.slice(first, first + RECORDS_AT_ONCE));
}

/** Each key is of the type and the life of its kind. */
async function auditForms(
  { store }: AuditedBook,
  keys: readonly BookKey[],
): Promise<ReadonlyMap<string, Finding[]>> {
  const values = await readTogether(
    store,
    keys.flatMap(({ key }): Command[] => [
      ["TYPE", key],
      ["PTTL", key],
    ]),
  );
  return new Map(
    keys.map(({ key, kind }, index) => {
      const [type, ttl] = [values[2 * index], Number(values[2 * index + 1])];
      const form = KEY_FORMS[kind];
      const isThere = type !== "none";
      return [
        key,
        findingsOf(key, [
          [isThere && type !== form.type, "wrong_type", `it is a ${type}, and not a ${form.type}`],
          [form.life === "stays" && ttl >= 0, "ttl_unexpected", "it has a time to live"],
          [form.life === "leaves" && ttl === -1, "ttl_missing", "it has no time to live"],
        ]),
      ];
    }),
  );
}

/** How the keys of each kind are looked at. */
function looksOf(audited: AuditedPartition): { readonly [K in KeyKind]?: Look } {
  const each =
    (look: (key: BookKey, seen: Seen) => Promise<Finding[]>): Look =>
    async (keys, seen) => {
      const found = new Map<string, Finding[]>();
      for (const key of keys) found.set(key.key, await look(key, seen));
      return found;
    };
  const byId = (keys: readonly BookKey[], found: ReadonlyMap<string, Finding[]>) =>
    new Map(keys.map(({ key, issuanceId }) => [key, withoutTexts(audited, found.get(issuanceId) ?? [])]));
  const idsOf = (keys: readonly BookKey[]) => keys.map(({ issuanceId }) => issuanceId);
  const queue = each((key) => auditQueue(audited, key));
  const undone = each((key) => auditUndone(audited, key));
  const index = each((key) => auditVoucherIndex(audited, key));
  return {
    account: each((key, seen) => auditAccountRecord(audited, key, seen)),
    freezes: each((key) => auditBelonging(audited, key)),
    adjustments: each((key) => auditAdjustments(audited, key)),
    repayments: each((key) => auditAdjustments(audited, key)),
    accounts: each((key) => auditList(audited, key)),
    issuance: async (keys, seen) => byId(keys, await auditIssuances(audited, idsOf(keys), seen)),
    voucher: async (keys, seen) => byId(keys, await auditVouchers(audited, idsOf(keys), seen)),
    credits: async (keys) => {
      const found = await auditMarks(
        audited,
        keys.map(({ settlementId }) => settlementId),
      );
      return new Map(keys.map(({ key, settlementId }) => [key, found.get(settlementId) ?? []]));
    },
    sums: each(() => auditSums(audited)),
    silence: each(() => auditSilence(audited)),
    undone,
    "open-settlements": undone,
    "failed-settlements": undone,
    "live-vouchers": index,
    "ended-vouchers": index,
    deadlines: queue,
    fences: queue,
    open: each(async (key) => {
      const findings = await auditOpen(audited, key);
      return [...findings, ...(await auditRequested(audited, audited.issuers))];
    }),
    requested: each(async () => {
      const counted = await countedIssuers(audited);
      return auditRequested(
        audited,
        counted.filter((issuer) => !audited.issuers.has(issuer)),
      );
    }),
    proposed: each((key) => auditProposed(audited, key)),
    untouched: each((key) => auditUntouched(audited, key)),
    missing: each((key) => auditMissing(audited, key)),
    request: (keys) => auditRequests(audited, keys),
    "signing-keys": each((key) => auditSigningKeys(audited, key)),
    revoked: each((key) => auditRevoked(audited, key)),
  };
}

/** What the journal has and the scan has not met: begun since, or gone. What has ended may have left the store. */
function onlyJournaled(
  { journal, partition, retired }: AuditedPartition,
  met: ReadonlyMap<string, BookKey>,
): Map<KeyKind, BookKey[]> {
  const none = { partition, issuanceId: "", party: "", number: "", request: "", settlementId: "" };
  const accounts = [...journal.accounts.keys()].map((name): BookKey => {
    const [party = "", number = ""] = name.split("/");
    const { account } = accountKeys({ partition, party, number });
    return { ...none, kind: "account", key: account, party, number };
  });
  const issuances = [...journal.issuances].flatMap(([issuanceId, { lines }]): BookKey[] => {
    const state = lines.at(-1)?.split("|")[3] ?? "";
    if ((state !== "issued" && hasEnded(state as "issued")) || retired.has(issuanceId)) return [];
    return [{ ...none, kind: "issuance", key: issuanceKeys(issuanceId)[0], issuanceId }];
  });
  const living = [...journal.vouchers.keys()].filter((voucherId) => !retired.has(voucherId));
  const vouchers = living.map((voucherId): BookKey => {
    const issuanceId = issuanceIdOf(voucherId);
    return { ...none, kind: "voucher", key: voucherKey(issuanceId), issuanceId };
  });
  const credits = [...journal.marks.keys()].map(
    (settlementId): BookKey => ({
      ...none,
      kind: "credits",
      key: marksKey(partition, settlementId),
      settlementId,
    }),
  );
  // They are there only while there is something to keep in them.
  const sums: BookKey = { ...none, kind: "sums", key: partitionKeys.sums(partition) };
  const silence: BookKey = { ...none, kind: "silence", key: partitionKeys.silence(partition) };
  const wholes = journal.isEmpty ? [] : [sums, silence];
  return groupBy(
    [...accounts, ...issuances, ...vouchers, ...credits, ...wholes].filter(({ key }) => !met.has(key)),
    ({ kind }) => kind,
  );
}
