/**
 * What is frozen in an account against its freezes, and its freezes against their vouchers. The store serves nobody else
 * while it answers, so the freezes are read in pages, however many there are. The account is read at a moment; what was
 * frozen, drawn or unfrozen after it the journal tells, so that each freeze is taken back to what it was at that moment.
 */
import { voucherIdOf } from "@tallystick/protocol";
import type { AccountMoment, AccountName } from "../ledger/accounts.ts";
import { accountKeys, partitionKeys, partitionOfIssuance, voucherKey } from "../ledger/keys.ts";
import { unpack } from "../ledger/packing.ts";
import { readTerms } from "../ledger/voucher-record.ts";
import { wholeNumber } from "../ledger/whole-number.ts";
import { type Check, type Finding, findingsOf } from "./findings.ts";
import type { Watch } from "./journal.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, lastEntry, readAtOnce } from "./read.ts";

/** About how many freezes a page has. */
const PAGE = 500;
/** How many freezes are read at one moment together with their vouchers. */
const VOUCHERS_AT_ONCE = 100;
/** How often the freezes are read anew because some came or went in a way that the journal does not tell. */
const ATTEMPTS = 3;

/** The freezes of an account as they were at a moment. */
interface Walk {
  sum: bigint;
  count: number;
  findings: Finding[];
}

/** @param seen counts the freezes that were looked at. */
export async function auditAccount(
  audited: AuditedPartition,
  name: AccountName,
  seen: { freezes: number },
): Promise<Finding[]> {
  const subject = `${name.party}/${name.number}`;
  for (let attempt = 1; ; attempt++) {
    const moment = await audited.book.ledger.accounts.readMoment(name);
    if (!moment)
      return [{ subject, problem: "there are freezes, but no account", rule: "freeze_without_account" }];
    const walk = await walkFreezes(audited, name, moment.journalId);
    if (walk.count !== moment.freezes && attempt < ATTEMPTS) continue;
    seen.freezes = moment.freezes;
    return [...findingsOf(subject, checksOf(moment, walk.sum)), ...walk.findings];
  }
}

function checksOf({ total, frozen, used, freezes }: AccountMoment, sum: bigint): Check[] {
  return [
    [
      String(frozen) !== String(sum),
      "frozen_unlike_freezes",
      `frozen is ${frozen}, but its ${freezes} freezes sum up to ${sum}`,
    ],
    [
      frozen + used > total,
      "frozen_above_total",
      `frozen is ${frozen}, more than its balance or limit of ${total}${used > 0 ? ` less the ${used} used` : ""}`,
    ],
    [frozen < 0, "frozen_negative", `frozen is ${frozen}, below zero`],
  ];
}

/** Looks at all freezes, and sums up what they were when the journal went as far as `since`. */
async function walkFreezes(audited: AuditedPartition, name: AccountName, since: string): Promise<Walk> {
  const { book, journal, partition } = audited;
  const { freezes } = accountKeys({ partition, ...name });
  const walk: Walk = { sum: 0n, count: 0, findings: [] };
  const met = new Set<string>();
  await journal.readTo(since);
  const watch: Watch = { account: `${name.party}/${name.number}`, changes: new Map() };
  journal.watch = watch;
  let cursor = "0";
  do {
    const [page, last] = await readAtOnce(book.store, [
      ["HSCAN", freezes, cursor, "COUNT", PAGE],
      ["XREVRANGE", partitionKeys.journal(partition), "+", "-", "COUNT", 1],
    ]);
    const [next, entries] = (page ?? ["0", []]) as [string, string[]];
    cursor = next;
    await journal.readTo(lastEntry(last));
    const ids = entries.filter((_, index) => index % 2 === 0);
    for (const [index, id] of ids.entries()) {
      // A scan may meet a freeze twice, when the store makes the hash smaller meanwhile.
      if (met.has(id)) continue;
      met.add(id);
      const amount = BigInt(wholeNumber(entries[2 * index + 1]) ?? 0);
      const then = amount - (watch.changes.get(id) ?? 0n);
      walk.sum += then;
      // What was not frozen then has come since; what no number is counts as it is.
      if (then !== 0n || amount === 0n) walk.count += 1;
    }
    for (let first = 0; first < ids.length; first += VOUCHERS_AT_ONCE)
      walk.findings.push(...(await auditFreezes(audited, name, ids.slice(first, first + VOUCHERS_AT_ONCE))));
  } while (cursor !== "0");
  journal.watch = undefined;
  for (const [id, change] of watch.changes) {
    // What the scan has not met was unfrozen before it came by, or came after it.
    if (met.has(id) || change >= 0n) continue;
    walk.sum -= change;
    walk.count += 1;
  }
  return walk;
}

/** Some freezes, each together with its voucher at one moment. */
async function auditFreezes(
  { book, partition }: AuditedPartition,
  name: AccountName,
  ids: readonly string[],
): Promise<Finding[]> {
  const { freezes } = accountKeys({ partition, ...name });
  const subject = `${name.party}/${name.number}`;
  // What is in another partition can't be read at the same moment, and does not belong here.
  const own = ids.filter((id) => partitionOfIssuance(id) === partition);
  const strange = ids.filter((id) => partitionOfIssuance(id) !== partition);
  const values = await readAtOnce(
    book.store,
    own.flatMap((id): Command[] => [
      ["HGET", freezes, id],
      ["HMGET", voucherKey(id), "o", "s"],
    ]),
  );
  const checks = own.flatMap((id, index): Check[] => {
    const [amount, record] = values.slice(2 * index, 2 * index + 2);
    // It may be gone by now.
    return typeof amount === "string" ? checksOfFreeze(name, { id, amount, record }) : [];
  });
  return findingsOf(subject, [
    ...strange.map((id): Check => [true, "freeze_malformed", `it is frozen for ${id} of another partition`]),
    ...checks,
  ]);
}

function checksOfFreeze(
  name: AccountName,
  { id, amount, record }: { id: string; amount: string; record: unknown },
): Check[] {
  if (!(Number(wholeNumber(amount)) > 0))
    return [[true, "freeze_malformed", `${amount} is frozen for ${id}`]];
  // Of a key of another type there is a finding of its own.
  const [packed, standing] = (record ?? []) as (string | null)[];
  const terms = typeof packed === "string" ? readTerms(voucherIdOf(id), packed) : undefined;
  if (!terms || typeof standing !== "string")
    return [[true, "freeze_without_voucher", `${amount} is frozen for ${id}, which has no voucher`]];
  const [, , , , , pending, remaining] = unpack(standing);
  const { payer, number } = terms;
  const left = String(Number(pending) + Number(remaining));
  const isIts = left === amount && payer === name.party && number === name.number;
  const problem = `${amount} is frozen for ${terms.voucherId}, but ${left} of it is drawable from ${payer}/${number}`;
  return [[!isIts, "freeze_unlike_voucher", problem]];
}
