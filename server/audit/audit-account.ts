/**
 * An account against its freezes, and its freezes against their vouchers. The store serves nobody else while it
 * answers, so the freezes are read in pages, however many there are. What was frozen after the moment at which
 * the account was read is in the journal, and is left out of the sum.
 */
import { voucherIdOf } from "@tallystick/protocol";
import type { AccountMoment, AccountName } from "../ledger/accounts.ts";
import { accountKeys, partitionKeys, partitionOfIssuance, voucherKey } from "../ledger/keys.ts";
import type { Store } from "../redis/connect.ts";
import type { AuditedBook, Finding } from "./findings.ts";

/** About how many freezes a page has. */
const PAGE = 500;
/** How many entries of the journal are read at once. */
const ENTRIES_AT_ONCE = 1000;
/** How often the freezes are read anew because some came or went in a way that the journal does not tell. */
const ATTEMPTS = 3;

/** The freezes of an account that it had at a moment. */
interface Walk {
  sum: number;
  count: number;
  findings: Finding[];
}

/** @param seen counts the freezes that were looked at. */
export async function auditAccount(
  book: AuditedBook,
  name: AccountName,
  seen: { freezes: number },
): Promise<Finding[]> {
  const subject = `${name.party}/${name.number}`;
  for (let attempt = 1; ; attempt++) {
    const moment = await book.ledger.accounts.readMoment(name);
    if (!moment) return [{ subject, problem: "there are freezes, but no account" }];
    const walk = await walkFreezes(book, name, moment.journalId);
    // A scan may also meet a freeze twice, when the store makes the hash smaller meanwhile.
    if (walk.count !== moment.freezes && attempt < ATTEMPTS) continue;
    seen.freezes = moment.freezes;
    const problems = problemsOf(moment, walk.sum);
    return [...problems.map((problem) => ({ subject, problem })), ...walk.findings];
  }
}

function problemsOf({ total, frozen, freezes }: AccountMoment, sum: number): string[] {
  return [
    frozen !== sum && `frozen is ${frozen}, but its ${freezes} freezes sum up to ${sum}`,
    frozen > total && `frozen is ${frozen}, more than its balance or limit of ${total}`,
    frozen < 0 && `frozen is ${frozen}, below zero`,
  ].filter((problem) => problem !== false);
}

/** Looks at all freezes, and sums up those that were there when the journal went as far as `since`. */
async function walkFreezes(book: AuditedBook, name: AccountName, since: string): Promise<Walk> {
  const { store, ledger } = book;
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
    if (entries.length > 0)
      journalId = await readIssued(store, partitionKeys.journal(partition), journalId, issuedSince);
    const looks: Promise<Finding | undefined>[] = [];
    for (let index = 0; index < entries.length; index += 2) {
      const freeze = { issuanceId: entries[index] as string, amount: entries[index + 1] as string };
      looks.push(auditFreeze(book, name, freeze));
      if (issuedSince.has(freeze.issuanceId)) continue;
      walk.count += 1;
      walk.sum += Number(freeze.amount);
    }
    walk.findings.push(...(await Promise.all(looks)).filter((finding) => finding !== undefined));
  } while (cursor !== "0");
  return walk;
}

/** Adds to `issued` what was issued after the journal's entry `since`; answers the last entry there is. */
async function readIssued(
  store: Store,
  journal: string,
  since: string,
  issued: Set<string>,
): Promise<string> {
  let last = since;
  for (;;) {
    const read = await store.xread("COUNT", ENTRIES_AT_ONCE, "STREAMS", journal, last);
    const entries = read?.[0]?.[1] ?? [];
    for (const [, [first, issuanceId = "", , line = ""]] of entries) {
      if (first === "id" && line.split("|", 2)[1] === "voucher.issued") issued.add(issuanceId);
    }
    last = entries.at(-1)?.[0] ?? last;
    if (entries.length < ENTRIES_AT_ONCE) return last;
  }
}

async function auditFreeze(
  { store, ledger }: AuditedBook,
  name: AccountName,
  freeze: { issuanceId: string; amount: string },
): Promise<Finding | undefined> {
  const { issuanceId, amount } = freeze;
  const subject = `${name.party}/${name.number}`;
  if (partitionOfIssuance(issuanceId) !== ledger.partitionOf(name.party)) {
    return { subject, problem: `the freeze for ${issuanceId} is in another partition than its issuance` };
  }
  const fields = ["status", "amount", "payer", "account"];
  const [status, of, payer, number] = await store.hmget(voucherKey(issuanceId), ...fields);
  if (status !== "issued")
    return { subject, problem: `${amount} is frozen for ${issuanceId}, which has no voucher` };
  if (of === amount && payer === name.party && number === name.number) return undefined;
  const problem = `${amount} is frozen for ${voucherIdOf(issuanceId)}, but that is of ${of} from ${payer}/${number}`;
  return { subject, problem };
}
