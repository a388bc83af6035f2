/** Issuances and vouchers as the store keeps them. */
import { issuanceIdOf, isVoucherId, voucherIdOf } from "@tallystick/protocol";
import type { Redis } from "ioredis";
import { issuanceKeys, parseKey, voucherKey } from "../../server/ledger/keys.ts";
import { readHash } from "../../server/ledger/record.ts";
import { readTerms } from "../../server/ledger/voucher-record.ts";
import { masters, type Store } from "../../server/redis/connect.ts";

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

/** All issuances and vouchers. */
export interface Records {
  issuances: Map<string, StoredIssuance>;
  vouchers: Map<string, StoredVoucher>;
}

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
export async function* scan(server: Redis): AsyncGenerator<string[]> {
  for await (const keys of server.scanStream({ match: "ts:{*", count: 1000 })) yield keys as string[];
}

/** The issuances among these keys. */
async function readIssuances(server: Redis, keys: readonly string[]): Promise<StoredIssuance[]> {
  const ids = keys.flatMap((key) => {
    const parsed = parseKey(key);
    return parsed?.kind === "issuance" ? [parsed.issuanceId] : [];
  });
  const all = ids.map(async (issuanceId) => {
    const fields = await server.hgetall(issuanceKeys(issuanceId)[0]);
    // It may have left since the scan.
    return Object.keys(fields).length === 0 ? [] : [issuanceOf(issuanceId, fields)];
  });
  return (await Promise.all(all)).flat();
}

/** An issuance, from the fields of its record. */
export function issuanceOf(issuanceId: string, fields: Record<string, string>): StoredIssuance {
  const stored = readHash(issuanceId, fields);
  if (!stored) throw new Error(`${issuanceId} is no issuance`);
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
  const all = ids.map(async (voucherId) => {
    const fields = await server.hgetall(voucherKey(issuanceIdOf(voucherId)));
    return Object.keys(fields).length === 0 ? [] : [voucherOf(voucherId, fields)];
  });
  return (await Promise.all(all)).flat();
}

/** A voucher, from the fields of its record. */
export function voucherOf(voucherId: string, fields: Record<string, string>): StoredVoucher {
  const terms = readTerms(voucherId, fields.o ?? "");
  if (!terms) throw new Error(`${voucherId} is no voucher`);
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
