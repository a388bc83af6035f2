/** All that the store holds at the end of a run. */
import { issuanceIdOf, isVoucherId, voucherIdOf } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import type { Database } from "../../server/archive/database.ts";
import { audit } from "../../server/audit/audit.ts";
import type { AuditedBook, Finding } from "../../server/audit/findings.ts";
import { issuanceKeys, parseKey, voucherKey } from "../../server/ledger/keys.ts";
import { readHash } from "../../server/ledger/record.ts";
import { readTerms } from "../../server/ledger/voucher-record.ts";
import { masters, type Store } from "../../server/redis/connect.ts";
import { type ArchivedBook, readArchive } from "./archived-book.ts";

/** A stored answer: what an issuance's record keeps for the repeats of one command. */
export interface StoredAnswer {
  /** The party, and the `commandId` it chose. */
  party: string;
  commandId: string;
  /** Version of the event that the command had as its effect. */
  version: number;
  /** The refusal's code; empty when it was none. */
  code: string;
}

/** What the store has of an issuance, or of a voucher. */
export interface StoredRecord {
  /** Of a voucher, its own id. */
  issuanceId: string;
  issuer: string;
  payer: string;
  state: string;
  version: number;
  /** Waits for an operator, or an operator has decided: a terminal showed that something was lost. */
  fence: "" | "fenced" | "decided";
  /** An operator has decided, though it may be fenced once more since. */
  decided: boolean;
  /** `digest|type|by|state|…`, one for each version. */
  log: string[];
  answers: StoredAnswer[];
}

export interface StoredIssuance extends StoredRecord {
  review: string;
}

export interface StoredVoucher extends StoredRecord {
  beneficiary: string;
  /** Whose word drawings wait for; empty where they don't wait. */
  approver: string;
}

export interface JournalLine {
  issuanceId: string;
  line: string;
}

export interface Book {
  issuances: Map<string, StoredIssuance>;
  vouchers: Map<string, StoredVoucher>;
  /** Of each partition, in the order of the stream; what is not an event of an issuance is left out. */
  journals: JournalLine[][];
  findings: Finding[];
  /** Where the run has one. */
  archive?: ArchivedBook;
}

/**
 * Reads the whole book, which has to be at rest.
 *
 * @param database its archive, where it has one.
 */
export async function readBook(book: AuditedBook, database?: Database): Promise<Book> {
  const { store } = book;
  const { issuances, vouchers } = await readRecords(store);
  const journals: JournalLine[][] = [];
  const fenced = new Map<string, number>();
  for (const server of masters(store)) {
    const streams = new Set<string>();
    for await (const keys of scan(server))
      for (const key of keys) if (key.endsWith("}:journal")) streams.add(key);
    for (const key of streams) journals.push(await readJournal(server, key, fenced));
  }
  for (const issuance of [...issuances.values(), ...vouchers.values()]) {
    // It is fenced a second time only when there was a decision after the first.
    issuance.decided = issuance.fence === "decided" || (fenced.get(issuance.issuanceId) ?? 0) > 1;
  }
  const { findings } = await audit(book);
  const archive = database && (await readArchive(book, database));
  return { issuances, vouchers, journals, findings, ...(archive && { archive }) };
}

/** All issuances and vouchers. */
export type Records = Pick<Book, "issuances" | "vouchers">;

/** Reads those that the store has now. */
export async function readRecords(store: Store): Promise<Records> {
  const issuances = new Map<string, StoredIssuance>();
  const vouchers = new Map<string, StoredVoucher>();
  for (const server of masters(store)) {
    for await (const keys of scan(server)) {
      for (const issuance of await readIssuances(server, keys)) issuances.set(issuance.issuanceId, issuance);
      for (const voucher of await readVouchers(server, keys)) vouchers.set(voucher.issuanceId, voucher);
    }
  }
  return { issuances, vouchers };
}

/** The book's keys, page by page; one may come twice. */
async function* scan(server: Redis): AsyncGenerator<string[]> {
  for await (const keys of server.scanStream({ match: "ts:{*", count: 1000 })) yield keys as string[];
}

/** The issuances among these keys. */
async function readIssuances(server: Redis, keys: readonly string[]): Promise<StoredIssuance[]> {
  const ids = keys.flatMap((key) => {
    const parsed = parseKey(key);
    return parsed?.kind === "issuance" ? [parsed.issuanceId] : [];
  });
  return Promise.all(ids.map((issuanceId) => readIssuance(server, issuanceId)));
}

async function readIssuance(server: Redis, issuanceId: string): Promise<StoredIssuance> {
  const [key] = issuanceKeys(issuanceId);
  const fields = await server.hgetall(key);
  const stored = readHash(issuanceId, fields);
  if (!stored) throw new Error(`${key} is no issuance`);
  const { record, log } = stored;
  const { issuer, payer, review, state, version } = record;
  const answers = readAnswers(fields, { i: issuer, p: payer });
  const fence = (stored.fence.split("|")[0] ?? "") as StoredIssuance["fence"];
  return {
    issuanceId,
    issuer,
    payer,
    review,
    state,
    version,
    fence,
    decided: false,
    log,
    answers,
  };
}

/** The vouchers among these keys. */
async function readVouchers(server: Redis, keys: readonly string[]): Promise<StoredVoucher[]> {
  const ids = keys.flatMap((key) => {
    const parsed = parseKey(key);
    return parsed?.kind === "voucher" ? [voucherIdOf(parsed.issuanceId)] : [];
  });
  return Promise.all(ids.map((voucherId) => readVoucher(server, voucherId)));
}

async function readVoucher(server: Redis, voucherId: string): Promise<StoredVoucher> {
  const key = voucherKey(issuanceIdOf(voucherId));
  const fields = await server.hgetall(key);
  const terms = readTerms(voucherId, fields.o ?? "");
  if (!terms) throw new Error(`${key} is no voucher`);
  const { issuer, payer, beneficiary } = terms;
  const [length, state = ""] = (fields.s ?? "").split("\x1f");
  const version = Number(length);
  const [fence = ""] = (fields.q ?? "").split("|");
  const isStopped = Object.keys(fields).some((field) => field.startsWith("k:"));
  return {
    issuanceId: voucherId,
    issuer,
    payer,
    beneficiary,
    approver: terms.approval.split(":")[0] ?? "",
    state,
    version,
    fence: (fence || (isStopped ? "fenced" : "")) as StoredVoucher["fence"],
    decided: false,
    log: Array.from({ length: version }, (_, index) => fields[index + 1] ?? ""),
    answers: readAnswers(fields, { i: issuer, p: payer, b: beneficiary }),
  };
}

/** The stored answers among the fields of a record. */
function readAnswers(fields: Record<string, string>, parties: Record<string, string>): StoredAnswer[] {
  return Object.entries(fields).flatMap(([field, value]) => {
    const [, role = "", commandId = ""] = /^([a-z]):(.*)$/.exec(field) ?? [];
    const party = parties[role];
    if (party === undefined) return [];
    const [, version, code = ""] = value.split(" ");
    return [{ party, commandId, version: Number(version), code }];
  });
}

/** An issuance or a voucher. */
export function recordIn({ issuances, vouchers }: Records, id: string): StoredRecord | undefined {
  return isVoucherId(id) ? vouchers.get(id) : issuances.get(id);
}

/** All issuances and vouchers. */
export function recordsIn({ issuances, vouchers }: Records): StoredRecord[] {
  return [...issuances.values(), ...vouchers.values()];
}

/** The events of issuances and vouchers; how often each was fenced is counted in `fenced`. */
async function readJournal(server: Redis, key: string, fenced: Map<string, number>): Promise<JournalLine[]> {
  const entries = await server.xrange(key, "-", "+");
  return entries.flatMap(([, fields]) => {
    const [first, issuanceId = "", second, line = ""] = fields;
    if (line === "issuance.fenced" || line === "voucher.fenced")
      fenced.set(issuanceId, (fenced.get(issuanceId) ?? 0) + 1);
    // Accounts, fences and decisions are in the journal too; their lines have another form.
    const isEvent = first === "id" && second === "event" && line.includes("|");
    return isEvent ? [{ issuanceId, line }] : [];
  });
}
