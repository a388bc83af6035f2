/** Accounts as records: their fields, their list, what they remember of adjustments, all against the journal. */
import { ACCOUNT_NUMBER_PATTERN, comparableName } from "@tallystick/protocol";
import { accountKeys, accountsKey, partitionKeys } from "../ledger/keys.ts";
import { wholeNumber } from "../ledger/whole-number.ts";
import { auditAccount } from "./audit-account.ts";
import type { BookKey } from "./book-key.ts";
import { type Check, type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, lastEntry, readAtOnce, readTogether } from "./read.ts";

const FIELDS = ["holder", "name", "kind", "currency", "total", "frozen", "used", "status"];
/** About how many adjustments, or numbers of a list, are read at once. */
const PAGE = 500;

type Account = Pick<BookKey, "party" | "number">;

/** An account, its freezes and its adjustments. @param seen counts what was looked at. */
export async function auditAccountRecord(
  audited: AuditedPartition,
  account: Account,
  seen: { accounts: number; freezes: number },
): Promise<Finding[]> {
  const { book, partition, journal } = audited;
  const { party, number } = account;
  const keys = accountKeys({ partition, party, number });
  const [fields, values, listed, freezes, adjustments, repayments, last] = await readAtOnce(book.store, [
    ["HLEN", keys.account],
    ["HMGET", keys.account, ...FIELDS],
    ["ZSCORE", accountsKey(partition, party), number],
    ["HLEN", keys.freezes],
    ["HLEN", keys.adjustments],
    ["HLEN", keys.repayments],
    ["XREVRANGE", partitionKeys.journal(partition), "+", "-", "COUNT", 1],
  ]);
  await journal.readTo(lastEntry(last));
  const subject = `${party}/${number}`;
  const journaled = journal.accounts.get(subject);
  // A key of another type has a finding of its own.
  if (fields === undefined) return [];
  if (fields === 0) {
    audited.noteMoney(subject, { held: new Map(), moved: journaled?.moved ?? new Map() });
    const isMissing = journaled !== undefined;
    return findingsOf(subject, [[isMissing, "account_missing", "the journal has it, and it is gone"]]);
  }
  seen.accounts += 1;
  const hash = Object.fromEntries(
    FIELDS.map((field, index) => [field, (values as (string | null)[])[index]]),
  );
  audited.noteMoney(subject, { held: heldBy(hash), moved: journaled?.moved ?? new Map() });
  const lacks = FIELDS.filter((field) => typeof hash[field] !== "string");
  const found = findingsOf(subject, [
    [lacks.length > 0, "account_malformed", `it has no ${lacks.join(", ")}`],
    ...(lacks.length === 0 ? fieldChecks(hash as Record<string, string>) : []),
    [listed === null, "account_unlisted", "it is not in the list of its party's accounts"],
    [book.ledger.partitionOf(party) !== partition, "wrong_partition", `it is in partition ${partition}`],
    ...(journal.isEmpty ? [] : journalChecks(hash, journaled)),
    [
      !journal.isEmpty && repayments !== undefined && repayments !== (journaled?.repayments.size ?? 0),
      "adjustment_missing",
      `it remembers ${repayments} repayments, and the journal has ${journaled?.repayments.size}`,
    ],
    [
      !journal.isEmpty && adjustments !== undefined && adjustments !== (journaled?.adjustments.size ?? 0),
      "adjustment_missing",
      `it remembers ${adjustments} adjustments, and the journal has ${journaled?.adjustments.size}`,
    ],
  ]);
  const canWalk = lacks.length === 0 && freezes !== undefined && journal.isReadable;
  if (!canWalk || book.ledger.partitionOf(party) !== partition) return found;
  const walked = { freezes: 0 };
  found.push(...(await auditAccount(audited, account, walked)));
  seen.freezes += walked.freezes;
  return found;
}

/** What an account has of the money: its balance, or below zero what was used of it. */
function heldBy({
  kind,
  currency,
  total,
  used,
}: Record<string, string | null | undefined>): Map<string, bigint> {
  const sum = wholeNumber(kind === "funds" ? total : used);
  const isKnown =
    (kind === "funds" || kind === "credit") && typeof currency === "string" && sum !== undefined;
  return new Map(isKnown ? [[currency, BigInt(kind === "funds" ? sum : -sum)]] : []);
}

function fieldChecks({
  holder = "",
  name,
  kind,
  currency = "",
  total,
  frozen,
  used,
  status,
}: Record<string, string>): Check[] {
  const sum = wholeNumber(total);
  const isForm =
    (kind === "funds" || kind === "credit") &&
    (status === "active" || status === "blocked") &&
    /^[A-Z]{3}$/.test(currency) &&
    wholeNumber(frozen) !== undefined &&
    (kind === "credit" ? Number(wholeNumber(used)) >= 0 : used === "0");
  return [
    [
      !isForm,
      "account_malformed",
      `it is ${kind} ${currency} ${status}, with ${frozen} frozen, ${used} used`,
    ],
    [sum === undefined || sum < 0, "account_total", `its balance or limit is ${total}`],
    [comparableName(holder) !== name, "account_name", "the name that is compared is not its holder's"],
  ];
}

type Journaled = ReturnType<AuditedPartition["journal"]["accounts"]["get"]>;

function journalChecks(hash: Record<string, string | null | undefined>, journaled: Journaled): Check[] {
  if (!journaled) return [[true, "account_unlike_journal", "the journal does not have it"]];
  const { holder, kind, currency, status, total } = journaled;
  const is = `${hash.kind} ${hash.currency} ${hash.total} ${hash.status}, ${hash.used} used, of ${hash.holder}`;
  const was = `${kind} ${currency} ${total} ${status}, ${journaled.used} used, of ${holder}`;
  return [
    [is !== was, "account_unlike_journal", `it is ${is}, but its last change in the journal made it ${was}`],
    [
      hash.frozen !== String(journaled.frozen),
      "frozen_unlike_journal",
      `frozen is ${hash.frozen}, but ${journaled.frozen} of what was issued from it is neither drawn nor unfrozen`,
    ],
  ];
}

/** Freezes or adjustments whose account is not there; with an account they are looked at together with it. */
export async function auditBelonging(
  audited: AuditedPartition,
  { kind, key, party, number }: BookKey,
): Promise<Finding[]> {
  const { book, partition } = audited;
  const { account } = accountKeys({ partition, party, number });
  const [count, exists] = await readAtOnce(book.store, [
    ["HLEN", key],
    ["EXISTS", account],
  ]);
  const isOrphan = exists === 0 && Number(count) > 0;
  const problem = `there are ${kind}, but no account`;
  return findingsOf(`${party}/${number}`, [[isOrphan, "freeze_without_account", problem]]);
}

/** Each adjustment, or repayment, that an account remembers, against the journal. */
export async function auditAdjustments(
  { book, journal }: AuditedPartition,
  { key, kind, party, number }: BookKey,
): Promise<Finding[]> {
  const subject = `${party}/${number}`;
  const findings: Finding[] = [];
  let cursor = "0";
  do {
    const [next, entries] = await book.store.hscan(key, cursor, "COUNT", PAGE);
    cursor = next;
    await journal.readTo();
    if (journal.isEmpty) return [];
    for (let index = 0; index < entries.length; index += 2) {
      const [reference = "", value = ""] = [entries[index], entries[index + 1]];
      const { adjustments, repayments } = journal.accounts.get(subject) ?? {};
      const repaid = repayments?.get(reference);
      const was = kind === "adjustments" ? adjustments?.get(reference) : repaid?.amount;
      const isKnown =
        was !== undefined &&
        value.startsWith(`${was} `) &&
        (kind === "adjustments" || value.endsWith(` ${repaid?.used}`)) &&
        /^-?\d+ \d+ \d+ \d+$/.test(value);
      const problem = `it remembers ${value} of ${reference}, and the journal has ${was ?? "nothing"}`;
      findings.push(...findingsOf(subject, [[!isKnown, "adjustment_unlike_journal", problem]]));
    }
  } while (cursor !== "0");
  return findings;
}

/** A party's list of accounts: each of them has to be there. */
export async function auditList(
  { book, partition }: AuditedPartition,
  { key, party }: BookKey,
): Promise<Finding[]> {
  const findings = findingsOf(`${party}/`, [
    [
      book.ledger.partitionOf(party) !== partition,
      "wrong_partition",
      `its list is in partition ${partition}`,
    ],
  ]);
  let cursor = "0";
  do {
    const [next, entries] = await book.store.zscan(key, cursor, "COUNT", PAGE);
    cursor = next;
    const numbers = entries.filter((_, index) => index % 2 === 0);
    const looks = numbers.map(
      (number): Command => ["EXISTS", accountKeys({ partition, party, number }).account],
    );
    const there = await readTogether(book.store, looks);
    for (const [index, number] of numbers.entries()) {
      const isThere = there[index] === 1 && ACCOUNT_NUMBER_PATTERN.test(number);
      const problem = `its list names ${number}, and there is no such account`;
      findings.push(...findingsOf(`${party}/${number}`, [[!isThere, "list_entry_of_nothing", problem]]));
    }
  } while (cursor !== "0");
  return findings;
}
