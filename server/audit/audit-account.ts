/**
 * An account against its freezes, and its freezes against their vouchers. The store serves nobody else while it
 * answers, so that the freezes are read in pages, however many there are. What was frozen after the moment at
 * which the account was read is in the journal, and is left out of the sum.
 */
import { voucherIdOf } from "@tallystick/protocol";
import type { AccountName } from "../ledger/accounts.ts";
import { accountKeys, partitionKeys, partitionOfIssuance, voucherKey } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Finding } from "./findings.ts";

/** About how many freezes a page has. */
const PAGE = 500;
/** How many entries of the journal are read at once. */
const ENTRIES_AT_ONCE = 1000;
/** How often the freezes are read before their sum is a finding though their count is not right. */
const ATTEMPTS = 3;

/** An account at one moment. */
interface Moment {
  total: number;
  frozen: number;
  /** How many freezes it had. */
  count: number;
  /** The last entry that its partition's journal had. */
  journalId: string;
}

/** The freezes of an account as they were at a moment. */
interface Walk {
  sum: number;
  /** More than there were when some were met twice. */
  count: number;
  findings: Finding[];
}

/** @param seen counts the freezes that were looked at. */
export async function auditAccount(
  ledger: Ledger,
  name: AccountName,
  seen: { freezes: number },
): Promise<Finding[]> {
  const subject = `${name.party}/${name.number}`;
  for (let attempt = 1; ; attempt++) {
    const moment = await readMoment(ledger, name);
    if (!moment) return [{ subject, problem: "there are freezes, but no account" }];
    const walk = await walkFreezes(ledger, name, moment.journalId);
    // A scan meets some freezes twice when the store makes the hash anew meanwhile, which it does as it grows.
    if (walk.count !== moment.count && attempt < ATTEMPTS) continue;
    seen.freezes = moment.count;
    const problems = problemsOf(moment, walk.sum);
    return [...problems.map((problem) => ({ subject, problem })), ...walk.findings];
  }
}

function problemsOf({ total, frozen, count }: Moment, sum: number): string[] {
  return [
    frozen !== sum && `frozen is ${frozen}, but its ${count} freezes sum up to ${sum}`,
    frozen > total && `frozen is ${frozen}, more than its balance or limit of ${total}`,
    frozen < 0 && `frozen is ${frozen}, below zero`,
  ].filter((problem) => problem !== false);
}

async function readMoment(ledger: Ledger, name: AccountName): Promise<Moment | undefined> {
  const partition = ledger.partitionOf(name.party);
  const { account, freezes } = accountKeys({ partition, ...name });
  const reply = await ledger.run("audit-account", [account, freezes, partitionKeys.journal(partition)], []);
  if (reply[0] !== "done") return undefined;
  const [total, frozen, count] = [reply[4], reply[5], reply[7]].map(Number) as [number, number, number];
  return { total, frozen, count, journalId: reply[8] as string };
}

/** Reads all freezes, page by page, and sums up those that were there when the journal went as far as `since`. */
async function walkFreezes(ledger: Ledger, name: AccountName, since: string): Promise<Walk> {
  const { store } = ledger.options;
  const partition = ledger.partitionOf(name.party);
  const { freezes } = accountKeys({ partition, ...name });
  const walk: Walk = { sum: 0, count: 0, findings: [] };
  const issuedSince = new Set<string>();
  let journalId = since;
  let cursor = "0";
  do {
    const [next, entries] = await store.hscan(freezes, cursor, "COUNT", PAGE);
    cursor = next;
    // A freeze and its entry in the journal are written in one step: what the page has, the journal has by now.
    if (entries.length > 0) journalId = await readIssued(ledger, partition, journalId, issuedSince);
    const looks: Promise<Finding | undefined>[] = [];
    for (let index = 0; index < entries.length; index += 2) {
      const freeze = { issuanceId: entries[index] as string, amount: entries[index + 1] as string };
      looks.push(auditFreeze(ledger, name, freeze));
      if (issuedSince.has(freeze.issuanceId)) continue;
      walk.count += 1;
      walk.sum += Number(freeze.amount);
    }
    walk.findings.push(...(await Promise.all(looks)).filter((finding) => finding !== undefined));
  } while (cursor !== "0");
  return walk;
}

/** Adds to `issued` the issuances that the journal after `since` says were issued; answers how far it goes. */
async function readIssued(
  ledger: Ledger,
  partition: number,
  since: string,
  issued: Set<string>,
): Promise<string> {
  const journal = partitionKeys.journal(partition);
  let last = since;
  for (;;) {
    const read = await ledger.options.store.xread("COUNT", ENTRIES_AT_ONCE, "STREAMS", journal, last);
    const entries = read?.[0]?.[1] ?? [];
    for (const [, [first, issuanceId = "", , line = ""]] of entries) {
      if (first === "id" && line.split("|", 2)[1] === "voucher.issued") issued.add(issuanceId);
    }
    last = entries.at(-1)?.[0] ?? last;
    if (entries.length < ENTRIES_AT_ONCE) return last;
  }
}

async function auditFreeze(
  ledger: Ledger,
  name: AccountName,
  freeze: { issuanceId: string; amount: string },
): Promise<Finding | undefined> {
  const { issuanceId, amount } = freeze;
  const subject = `${name.party}/${name.number}`;
  if (partitionOfIssuance(issuanceId) !== ledger.partitionOf(name.party)) {
    return { subject, problem: `the freeze for ${issuanceId} is in another partition than its issuance` };
  }
  const fields = ["status", "amount", "payer", "account"];
  const [status, of, payer, number] = await ledger.options.store.hmget(voucherKey(issuanceId), ...fields);
  if (status !== "issued")
    return { subject, problem: `${amount} is frozen for ${issuanceId}, which has no voucher` };
  if (of === amount && payer === name.party && number === name.number) return undefined;
  const problem = `${amount} is frozen for ${voucherIdOf(issuanceId)}, but that is of ${of} from ${payer}/${number}`;
  return { subject, problem };
}
