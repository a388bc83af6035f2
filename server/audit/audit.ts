/**
 * Walks the whole book and proves guarantee 1 (design, section 5): no voucher without its freeze, no freeze
 * without its voucher; what is frozen in an account is the sum of its freezes, and never more than it has.
 *
 * The book may be in use meanwhile. An account is compared with the freezes that it had at one moment; for all
 * else, what looks wrong is looked at again before it is reported, since freeze, voucher and state are
 * written in one step and are never taken back.
 */
import type { Redis } from "ioredis";
import { parseKey } from "../ledger/keys.ts";
import { masters } from "../redis/connect.ts";
import { auditAccount } from "./audit-account.ts";
import { auditIssuance } from "./audit-issuance.ts";
import { auditVoucher } from "./audit-voucher.ts";
import type { AuditedBook, AuditResult, Finding } from "./findings.ts";

export interface AuditOptions {
  /** Called now and then with how many of the store's keys were looked at, and how many there are. */
  onProgress?: (looked: number, all: number) => void;
}

/** Looks at one thing; what it finds is final only when it finds it twice. */
type Look = () => Promise<Finding[]>;

/** How many keys are looked at at once. */
const BATCH = 200;
/** A command takes far less than this from its first write to its last: it is one script. */
const SECOND_LOOK_AFTER_MS = 50;

/** Audits a book. */
export async function audit(book: AuditedBook, options: AuditOptions = {}): Promise<AuditResult> {
  const result: AuditResult = { accounts: 0, freezes: 0, issuances: 0, vouchers: 0, findings: [] };
  const servers = masters(book.store);
  const sizes = await Promise.all(servers.map((server) => server.dbsize()));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  let looked = 0;
  // A scan may meet a key more than once while the store rearranges itself.
  const seen = new Set<string>();
  for (const server of servers) {
    for await (const keys of scan(server)) {
      const fresh = keys.filter((key) => isSubject(key) && !seen.has(key));
      for (const key of fresh) seen.add(key);
      const suspects = await Promise.all(fresh.map((key) => lookAt(book, key, result)));
      await confirm(suspects.flat(), result);
      looked += keys.length;
      options.onProgress?.(Math.min(looked, all), all);
    }
  }
  result.findings.sort((a, b) => a.subject.localeCompare(b.subject));
  return result;
}

async function* scan(server: Redis): AsyncGenerator<string[], void, undefined> {
  let cursor = "0";
  do {
    const [next, keys] = await server.scan(cursor, "MATCH", "ts:{*", "COUNT", BATCH);
    cursor = next;
    yield keys;
  } while (cursor !== "0");
}

function isSubject(key: string): boolean {
  const kind = parseKey(key)?.kind;
  return kind === "account" || kind === "freezes" || kind === "issuance" || kind === "voucher";
}

/** Looks once; answers the looks that found something, to be taken again. */
async function lookAt(book: AuditedBook, key: string, result: AuditResult): Promise<Look[]> {
  const parsed = parseKey(key);
  let look: Look;
  switch (parsed?.kind) {
    case "account":
    case "freezes": {
      // An account's freezes are looked at with it; here they show freezes that have no account.
      const { kind, party, number } = parsed;
      const seen = { freezes: 0 };
      look = () => auditAccount(book, { party, number }, seen);
      const findings = await look();
      if (kind === "freezes")
        return findings.some(({ problem }) => problem.includes("no account")) ? [look] : [];
      result.accounts += 1;
      result.freezes += seen.freezes;
      return findings.length > 0 ? [look] : [];
    }
    case "issuance":
      result.issuances += 1;
      look = () => auditIssuance(book, parsed.issuanceId);
      break;
    case "voucher":
      result.vouchers += 1;
      look = () => auditVoucher(book, parsed.issuanceId);
      break;
    default:
      return [];
  }
  return (await look()).length > 0 ? [look] : [];
}

async function confirm(looks: Look[], result: AuditResult): Promise<void> {
  if (looks.length === 0) return;
  await new Promise((wake) => setTimeout(wake, SECOND_LOOK_AFTER_MS));
  for (const look of looks) result.findings.push(...(await look()));
}
