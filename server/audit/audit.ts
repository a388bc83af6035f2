/**
 * Walks the whole book and holds everything in it against everything else that tells the same: guarantee 1 (no
 * voucher without its freeze, no freeze without its voucher, what is frozen is the sum of the freezes and never more
 * than there is), guarantee 7 (money is conserved), and that records, logs, journals, indexes and markers agree. The
 * store is not trusted: whatever it holds, a finding comes of it and the audit goes on.
 *
 * The book may be in use meanwhile. A record is read at one moment together with its partition's journal, so that
 * they can be compared exactly; what looks wrong is looked at again before it is reported, since what is in
 * different partitions is not written in one step.
 */
import type { Redis } from "ioredis";
import { bookKey } from "../ledger/keys.ts";
import { masters } from "../redis/connect.ts";
import { auditMarkers } from "./audit-markers.ts";
import { auditPartition } from "./audit-partition.ts";
import { type BookKey, readBookKey } from "./book-key.ts";
import { type AuditedBook, type AuditResult, type Finding, findingsOf } from "./findings.ts";
import type { Money } from "./partition.ts";
import { readTogether } from "./read.ts";

export interface AuditOptions {
  /** Called now and then with how many of the store's keys were looked at, and how many there are. */
  onProgress?: (looked: number, all: number) => void;
}

/** How many keys a page of a scan has. */
const KEYS_AT_ONCE = 500;
/** How many partitions are audited at once. */
const PARTITIONS_AT_ONCE = 4;

/** Audits a book. */
export async function audit(audited: AuditedBook, options: AuditOptions = {}): Promise<AuditResult> {
  const { store, ledger, archive } = audited;
  const [named] = await readTogether(store, [["HGET", bookKey(0), "archive"]]);
  const book = { store, ledger, ...(archive && { archive }), isArchived: typeof named === "string" };
  const result: AuditResult = {
    accounts: 0,
    freezes: 0,
    issuances: 0,
    vouchers: 0,
    forgotten: 0,
    findings: [],
  };
  const money: Money = { held: new Map(), moved: new Map() };
  result.findings.push(...(await auditMarkers(book)));
  const partitions = await findKeys(book, result);
  const all = partitions.reduce((sum, keys) => sum + keys.length, 0);
  let [next, looked] = [0, 0];
  const work = async () => {
    for (let partition = next++; partition < partitions.length; partition = next++) {
      const keys = partitions[partition] ?? [];
      if (keys.length > 0) await auditPartition(book, { partition, keys }, { result, money });
      looked += keys.length;
      options.onProgress?.(looked, all);
    }
  };
  await Promise.all(Array.from({ length: PARTITIONS_AT_ONCE }, work));
  result.findings.push(...auditMoney(money));
  result.findings.sort((a, b) => a.subject.localeCompare(b.subject) || a.rule.localeCompare(b.rule));
  return result;
}

/** The book's keys, by partition; a key that is none of a book's is a finding. */
async function findKeys({ store, ledger }: AuditedBook, result: AuditResult): Promise<BookKey[][]> {
  const partitions: BookKey[][] = Array.from({ length: ledger.partitions }, () => []);
  // A scan may meet a key more than once while the store rearranges itself.
  const seen = new Set<string>();
  for (const server of masters(store)) {
    for await (const keys of scan(server)) {
      for (const key of keys) {
        if (seen.has(key)) continue;
        seen.add(key);
        const known = readBookKey(key, ledger.partitions);
        if (known) partitions[known.partition]?.push(known);
        else result.findings.push(...findingsOf(key, [[true, "unknown_key", "it is no part of a book"]]));
      }
    }
  }
  return partitions;
}

async function* scan(server: Redis): AsyncGenerator<string[], void, undefined> {
  let cursor = "0";
  do {
    const [next, keys] = await server.scan(cursor, "MATCH", "ts:*", "COUNT", KEYS_AT_ONCE);
    cursor = next;
    yield keys;
  } while (cursor !== "0");
}

/**
 * Guarantee 7: what accounts hold, less what was used, and what is in clearing is what the journals have moved there. What
 * has left the clearing of one partition for an account of another is held against its mark, settlement by settlement.
 */
function auditMoney({ held, moved }: Money): Finding[] {
  return [...new Set([...held.keys(), ...moved.keys()])].flatMap((currency) => {
    const [is, was] = [held.get(currency) ?? 0n, moved.get(currency) ?? 0n];
    const problem = `its accounts and clearing sum up to ${is}, but what the journals have moved there to ${was}`;
    return findingsOf(currency, [[is !== was, "money_not_conserved", problem]]);
  });
}
