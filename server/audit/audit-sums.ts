/** What is kept for a partition as a whole, against its journal at one moment: clearing, and how many drawings wait. */
import { partitionKeys } from "../ledger/keys.ts";
import { type Check, type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, lastEntry, readAtOnce, readTogether, toHash, wholeNumber } from "./read.ts";

/** More fields than there are currencies, twice. */
const MOST_FIELDS = 1000;
const FIELD = /^(?:clearing|in):[A-Z]{3}$/;
/** As many as the scripts remember, of any length. */
const OUTAGES = /^(?:\d+:\d+(?: \d+:\d+){0,31})?$/;

/** A hash at one moment with the journal; undefined when it is none, or far too large. */
async function readSmallHash(
  { book, partition, journal }: AuditedPartition,
  key: string,
): Promise<Record<string, string> | undefined> {
  const [size] = await readTogether(book.store, [["HLEN", key] satisfies Command]);
  if (size === undefined || Number(size) > MOST_FIELDS) return undefined;
  const [hash, last] = await readAtOnce(book.store, [
    ["HGETALL", key],
    ["XREVRANGE", partitionKeys.journal(partition), "+", "-", "COUNT", 1],
  ]);
  await journal.readTo(lastEntry(last));
  return toHash(hash);
}

/** What has left accounts of the partition and is not paid out. */
export async function auditSums(audited: AuditedPartition): Promise<Finding[]> {
  const { partition, journal, subject } = audited;
  const hash = await readSmallHash(audited, partitionKeys.sums(partition));
  if (!hash) return findingsOf(subject, [[true, "sums_malformed", "its sums can't be read"]]);
  const strange = Object.entries(hash).filter(
    ([field, text]) => !FIELD.test(field) || wholeNumber(text) === undefined,
  );
  const held = new Map<string, bigint>();
  for (const [field, text] of Object.entries(hash)) {
    const [name, currency = ""] = field.split(":");
    if (name === "clearing") held.set(currency, BigInt(wholeNumber(text) ?? 0));
  }
  const moved = new Map(journal.clearing);
  audited.noteMoney("clearing", { held, moved });
  const currencies = journal.isEmpty ? [] : new Set([...held.keys(), ...moved.keys()]);
  return findingsOf(subject, [
    [
      strange.length > 0,
      "sums_malformed",
      `its sums have ${strange.map((entry) => entry.join(" ")).join(", ")}`,
    ],
    ...[...currencies].map((currency): Check => {
      const [is, was] = [held.get(currency) ?? 0n, moved.get(currency) ?? 0n];
      const problem = `its clearing in ${currency} is ${is}, but ${was} was honoured and not paid out`;
      return [is !== was, "clearing_unlike_journal", problem];
    }),
  ]);
}

/** Of what has waited while no hub was there. */
export async function auditSilence(audited: AuditedPartition): Promise<Finding[]> {
  const { partition, journal, subject } = audited;
  const hash = await readSmallHash(audited, partitionKeys.silence(partition));
  if (!hash) return findingsOf(subject, [[true, "silence_malformed", "when hubs were away can't be read"]]);
  const { waiting, swept, outages = "", ...more } = hash;
  const isThere = Object.keys(hash).length > 0;
  const isForm =
    Object.keys(more).length === 0 &&
    Number(wholeNumber(waiting)) > 0 &&
    Number(wholeNumber(swept)) > 0 &&
    OUTAGES.test(outages);
  const says = `${waiting ?? "no"} wait, swept at ${swept}, outages ${outages || "none"}`;
  return findingsOf(subject, [
    [isThere && !isForm, "silence_malformed", `it says that ${says}`],
    [
      !journal.isEmpty && Number(waiting ?? 0) !== journal.waiting,
      "silence_unlike_journal",
      `it says that ${waiting ?? 0} drawings wait, but ${journal.waiting} do`,
    ],
  ]);
}
