/**
 * Every key of the store is built here, and nowhere else but in `standing-account.lua`. All keys of one
 * issuance and of its payer's accounts carry the payer's partition as hash tag, so that one script can
 * touch them on any cluster (design, section 4).
 */
import { hash } from "node:crypto";
import { issuanceIdOf, isVoucherId, voucherIdOf } from "@tallystick/protocol";

/** Where a party's accounts, and the issuances that it pays for, live: FNV-1a of its id. */
export function partitionOf(party: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < party.length; index++) {
    hash = Math.imul(hash ^ party.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % partitions;
}

/** The partition written into an issuance's id. */
export function partitionOfIssuance(issuanceId: string): number {
  return Number(issuanceId.slice(0, issuanceId.indexOf("-")));
}

/**
 * The id of an issuance, derived from issuer and `commandId`, so that a repeated request finds the
 * issuance that the first one made.
 */
export function issuanceIdFor(request: { issuer: string; commandId: string; partition: number }): string {
  return `${request.partition}-${requestDigest(request.issuer, request.commandId)}`;
}

function requestDigest(issuer: string, commandId: string): string {
  return hash("sha256", `${issuer}\0${commandId}`, "base64url").slice(0, 16);
}

/** The partition that a key belongs to. */
export function partitionOfKey(key: string): number {
  return Number(key.slice("ts:{".length, key.indexOf("}")));
}

const tag = (partition: number) => `ts:{${partition}}:`;

/** The marker of a partition: whose book it is, and what that was made with. */
export function bookKey(partition: number): string {
  return `${tag(partition)}book`;
}

/** Whoever holds it sweeps for all hubs. */
export const SWEEP_KEY = `${tag(0)}sweep`;

/** Whoever holds it writes the archive for all hubs. */
export const ARCHIVE_LEASE_KEY = `${tag(0)}archive-lease`;

/** The last place in the feed of events that was given out, since an archive that goes back forgets it. */
export const FED_KEY = `${tag(0)}fed`;

/** What hubs write of themselves, whether or not there is a book. */
export const HUBS_KEYS: ReadonlySet<string> = new Set([SWEEP_KEY, ARCHIVE_LEASE_KEY, FED_KEY]);

/** The public keys with which documents are verified, each with the time until which it is needed; of the whole book. */
export const SIGNING_KEYS_KEY = `${tag(0)}signing-keys`;

/** The parties whose tokens were revoked, each with the time until which those were made; of the whole book. */
export const REVOKED_KEY = `${tag(0)}revoked`;

export const partitionKeys = {
  deadlines: (partition: number) => `${tag(partition)}deadlines`,
  journal: (partition: number) => `${tag(partition)}journal`,
  /** Issuances and vouchers that wait for an operator, since the store went back in time. */
  fences: (partition: number) => `${tag(partition)}fences`,
  /** Written after an event that replicas have to have: what follows it in the replicas, it is in them too. */
  confirmed: (partition: number) => `${tag(partition)}confirmed`,
  /** Vouchers that live, of all parties of the partition, sorted by party and time of issue. */
  liveVouchers: (partition: number) => `${tag(partition)}vouchers:live`,
  /** Vouchers that have ended, likewise. */
  endedVouchers: (partition: number) => `${tag(partition)}vouchers:ended`,
  /** Vouchers whose beneficiary has not been told, and settlements that a hub has not carried out; by time. */
  undone: (partition: number) => `${tag(partition)}undone`,
  openSettlements: (partition: number) => `${tag(partition)}settlements:open`,
  failedSettlements: (partition: number) => `${tag(partition)}settlements:failed`,
  /** When hubs were away while drawings waited. */
  silence: (partition: number) => `${tag(partition)}silence`,
  /** Per currency, what has left payers' accounts and is not paid out yet, and what came in from outside. */
  sums: (partition: number) => `${tag(partition)}sums`,
  /** Issuances that have not ended, of all parties of the partition, sorted by party and time. */
  open: (partition: number) => `${tag(partition)}open`,
  /** How many of those each issuer of the partition has requested (`OPEN_PER_ISSUER`). */
  requested: (partition: number) => `${tag(partition)}requested`,
  /** Requests that wait for an answer, by payer and issuer (`OPEN_PER_PAIR`). */
  proposed: (partition: number) => `${tag(partition)}proposed`,
  /** By payer and issuer, when accounts were verified that have led to no voucher yet (`PROBES_PER_PAIR`). */
  probes: (partition: number) => `${tag(partition)}probes`,
  /** Vouchers that live and that their beneficiaries have not touched, by beneficiary and issuer (`UNTOUCHED_PER_PAIR`). */
  untouched: (partition: number) => `${tag(partition)}vouchers:untouched`,
};

/** What one party has of another, in an index by which that is counted. */
export interface PairEntry {
  /** Whom it concerns: the index is in this party's partition. */
  of: string;
  /** Who has caused it. */
  by: string;
  /** Of an issuance or a voucher. */
  id: string;
}

/** A member of such an index. */
export function pairMember({ of, by, id }: PairEntry): string {
  return `${of}:${by}:${id}`;
}

/** Reads a member of such an index. */
export function parsePairMember(member: string): PairEntry {
  const [of = "", by = "", id = ""] = member.split(":");
  return { of, by, id };
}

/** The range of an index that begins with these parties, as ZLEXCOUNT and ZRANGEBYLEX take it. */
export function rangeOf(...parties: string[]): [min: string, max: string] {
  const beginning = parties.join(":");
  return [`[${beginning}:`, `(${beginning};`];
}

/** The four keys that each command on an issuance declares, in their order. */
export function issuanceKeys(issuanceId: string): [string, string, string, string] {
  const partition = partitionOfIssuance(issuanceId);
  return [
    `${tag(partition)}issuance:${issuanceId}`,
    partitionKeys.deadlines(partition),
    partitionKeys.open(partition),
    partitionKeys.journal(partition),
  ];
}

export function voucherKey(issuanceId: string): string {
  return `${tag(partitionOfIssuance(issuanceId))}voucher:${voucherIdOf(issuanceId)}`;
}

/** The keys that scripts on a voucher declare, by name. */
export function voucherKeys(voucherId: string) {
  const partition = partitionOfIssuance(issuanceIdOf(voucherId));
  return {
    voucher: voucherKey(issuanceIdOf(voucherId)),
    deadlines: partitionKeys.deadlines(partition),
    journal: partitionKeys.journal(partition),
    sums: partitionKeys.sums(partition),
    undone: partitionKeys.undone(partition),
    openSettlements: partitionKeys.openSettlements(partition),
    failedSettlements: partitionKeys.failedSettlements(partition),
    silence: partitionKeys.silence(partition),
  };
}

/** The marks of a settlement's attempts, in the partition of whoever is to be paid. */
export function marksKey(partition: number, settlementId: string): string {
  return `${tag(partition)}credits:${settlementId}`;
}

/** The keys of an account and of what belongs to it. */
export function accountKeys(account: { partition: number; party: string; number: string }) {
  const key = `${tag(account.partition)}account:${account.party}:${account.number}`;
  return {
    account: key,
    freezes: `${key}:freezes`,
    adjustments: `${key}:adjustments`,
    repayments: `${key}:repayments`,
  };
}

/** What is known of an issuance or a voucher that a terminal was told of and that is not in the store. */
export function missingKey(id: string): string {
  const partition = partitionOfIssuance(isVoucherId(id) ? issuanceIdOf(id) : id);
  return `${tag(partition)}missing:${id}`;
}

/** What remembers that an issuance has left the store, so that its `commandId` makes no second one; its archive has the rest. */
export function retiredKey(issuanceId: string): string {
  return `${tag(partitionOfIssuance(issuanceId))}retired:${issuanceId}`;
}

/** What a party has caused to be listed among the fences, issuances and vouchers, so that it can be counted; in the party's partition. */
export function causedFencesKey(partition: number, party: string): string {
  return `${tag(partition)}party:${party}:fences`;
}

/** The answer of a write of the account book, of a decision about a fence, or of a settlement's redirection, under the write's id. */
export function writeKey(partition: number, writeId: string): string {
  return `${tag(partition)}write:${writeId}`;
}

/** What an operator's Idempotency-Key is bound to; in the operator's own partition, since it names no account. */
export function claimKey(partition: number, requestId: string): string {
  return `${tag(partition)}claim:${requestId}`;
}

/** The sorted list of a party's account numbers. */
export function accountsKey(partition: number, party: string): string {
  return `${tag(partition)}party:${party}:accounts`;
}

/** Matches the keys of all such lists. */
export const ACCOUNTS_PATTERN = "ts:{*}:party:*:accounts";

/** What the issuer's partition remembers of a request; the issuance's id without its partition names it. */
export function requestKey(issuerPartition: number, issuanceId: string): string {
  return `${tag(issuerPartition)}request:${issuanceId.slice(issuanceId.indexOf("-") + 1)}`;
}

/** A member of an index of open issuances, or of vouchers. */
export function openMember(entry: { party: string; indexedAt: number | string; issuanceId: string }): string {
  return `${entry.party}:${entry.indexedAt}:${entry.issuanceId}`;
}

/** What a member of such an index says. */
export interface OpenEntry {
  party: string;
  /** When the issuer's index was written; of a voucher, when it was issued. */
  indexedAt: string;
  issuanceId: string;
}

/** Reads a member of such an index. */
export function parseOpenMember(member: string): OpenEntry {
  const [party = "", indexedAt = "", issuanceId = ""] = member.split(":");
  return { party, indexedAt, issuanceId };
}

/** What a key of the store belongs to, for whoever walks the whole book. */
export type ParsedKey =
  | { kind: "account" | "freezes" | "adjustments" | "repayments"; party: string; number: string }
  | { kind: "issuance" | "voucher"; issuanceId: string };

/** Reads a key; undefined for the keys that belong to no one account, issuance or voucher. */
export function parseKey(key: string): ParsedKey | undefined {
  const [, , noun, ...rest] = key.split(":");
  if (noun === "account") {
    const [party = "", number = "", facet] = rest;
    const isFacet = facet === "freezes" || facet === "adjustments" || facet === "repayments";
    return { kind: isFacet ? facet : "account", party, number };
  }
  if (noun === "issuance") return { kind: "issuance", issuanceId: rest[0] ?? "" };
  if (noun === "voucher") return { kind: "voucher", issuanceId: (rest[0] ?? "").slice(1) };
  return undefined;
}
