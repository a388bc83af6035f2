/** What is kept for a partition as a whole, against its journal at one moment: its sums, and how many drawings wait. */
import { partitionKeys } from "../ledger/keys.ts";
import { wholeNumber } from "../ledger/whole-number.ts";
import { type Check, type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, lastEntry, readAtOnce, readTogether, toHash } from "./read.ts";

/** More fields than there are currencies, twice. */
const MOST_FIELDS = 1000;
const FIELD = /^(?:clearing|in):[A-Z]{3}$/;
/** Sums of many accounts are 64 bits wide in the store. */
const SUM = /^(?:0|-?[1-9]\d{0,18})$/;
const OUTAGES = /^(?:\d+:\d+(?: \d+:\d+)*)?$/;

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

/** What has left accounts of the partition and is not paid out, and what came in from outside. */
export async function auditSums(audited: AuditedPartition): Promise<Finding[]> {
  const { partition, journal, subject } = audited;
  const hash = await readSmallHash(audited, partitionKeys.sums(partition));
  if (!hash) return findingsOf(subject, [[true, "sums_malformed", "its sums can't be read"]]);
  const strange = Object.entries(hash).filter(([field, text]) => !FIELD.test(field) || !SUM.test(text));
  const sums = { clearing: new Map<string, bigint>(), in: new Map<string, bigint>() };
  for (const [field, text] of Object.entries(hash)) {
    const [name = "", currency = ""] = field.split(":");
    const sum = SUM.test(text) ? BigInt(text) : 0n;
    if (name === "clearing" || name === "in") sums[name].set(currency, sum);
  }
  audited.noteMoney("clearing", { held: sums.clearing, moved: journal.clearing });
  return findingsOf(subject, [
    [
      strange.length > 0,
      "sums_malformed",
      `its sums have ${strange.map((entry) => entry.join(" ")).join(", ")}`,
    ],
    ...(journal.isEmpty ? [] : sumChecks("clearing_unlike_journal", sums.clearing, journal.clearing)),
    ...(journal.isEmpty ? [] : sumChecks("in_unlike_journal", sums.in, journal.cameIn)),
  ]);
}

type Sums = ReadonlyMap<string, bigint>;

function sumChecks(
  rule: "clearing_unlike_journal" | "in_unlike_journal",
  kept: Sums,
  journaled: Sums,
): Check[] {
  const what = rule === "in_unlike_journal" ? "what came in" : "its clearing";
  return [...new Set([...kept.keys(), ...journaled.keys()])].map((currency) => {
    const [is, was] = [kept.get(currency) ?? 0n, journaled.get(currency) ?? 0n];
    return [is !== was, rule, `${what} in ${currency} is ${is}, but by its journal it is ${was}`];
  });
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
