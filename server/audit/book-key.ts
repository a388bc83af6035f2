/** Every kind of key that a book has: its form, its type, and whether it stays. */
import { ACCOUNT_NUMBER_PATTERN, ISSUANCE_ID_PATTERN, PARTY_PATTERN } from "@tallystick/protocol";

export type KeyKind =
  | "book"
  | "sweep"
  | "archive-lease"
  | "fed"
  | "signing-keys"
  | "revoked"
  | "deadlines"
  | "undone"
  | "open-settlements"
  | "failed-settlements"
  | "live-vouchers"
  | "ended-vouchers"
  | "silence"
  | "sums"
  | "credits"
  | "journal"
  | "fences"
  | "confirmed"
  | "open"
  | "requested"
  | "proposed"
  | "untouched"
  | "probes"
  | "issuance"
  | "voucher"
  | "account"
  | "freezes"
  | "adjustments"
  | "repayments"
  | "accounts"
  | "caused"
  | "missing"
  | "write"
  | "claim"
  | "retired"
  | "request";

export interface BookKey {
  key: string;
  partition: number;
  kind: KeyKind;
  /** Of an issuance or a voucher. */
  issuanceId: string;
  /** Of an account and of what belongs to it. */
  party: string;
  number: string;
  /** Of the marks of credits. */
  settlementId: string;
  /** Of a request: the issuance's id without its partition. */
  request: string;
}

interface Form {
  /** What follows the partition. */
  pattern: RegExp;
  type: "string" | "hash" | "zset" | "stream";
  /** `may leave` where the record itself says whether it has a time to live. */
  life: "stays" | "leaves" | "may leave";
}

const inner = (pattern: RegExp) => pattern.source.slice(1, -1);
const ACCOUNT = `account:(?<party>${inner(PARTY_PATTERN)}):(?<number>${inner(ACCOUNT_NUMBER_PATTERN)})`;
const ID = `(?<issuanceId>${inner(ISSUANCE_ID_PATTERN)})`;

export const KEY_FORMS: { readonly [K in KeyKind]: Form } = {
  book: { pattern: /^book$/, type: "hash", life: "stays" },
  sweep: { pattern: /^sweep$/, type: "string", life: "leaves" },
  "archive-lease": { pattern: /^archive-lease$/, type: "string", life: "leaves" },
  fed: { pattern: /^fed$/, type: "string", life: "stays" },
  "signing-keys": { pattern: /^signing-keys$/, type: "zset", life: "stays" },
  revoked: { pattern: /^revoked$/, type: "zset", life: "stays" },
  deadlines: { pattern: /^deadlines$/, type: "zset", life: "stays" },
  undone: { pattern: /^undone$/, type: "zset", life: "stays" },
  "open-settlements": { pattern: /^settlements:open$/, type: "zset", life: "stays" },
  "failed-settlements": { pattern: /^settlements:failed$/, type: "zset", life: "stays" },
  "live-vouchers": { pattern: /^vouchers:live$/, type: "zset", life: "stays" },
  "ended-vouchers": { pattern: /^vouchers:ended$/, type: "zset", life: "stays" },
  silence: { pattern: /^silence$/, type: "hash", life: "stays" },
  sums: { pattern: /^sums$/, type: "hash", life: "stays" },
  credits: {
    pattern: new RegExp(`^credits:(?<settlementId>v${inner(ISSUANCE_ID_PATTERN)}\\.[1-9]\\d{0,2})$`),
    type: "hash",
    life: "stays",
  },
  journal: { pattern: /^journal$/, type: "stream", life: "stays" },
  fences: { pattern: /^fences$/, type: "zset", life: "stays" },
  confirmed: { pattern: /^confirmed$/, type: "string", life: "stays" },
  open: { pattern: /^open$/, type: "zset", life: "stays" },
  requested: { pattern: /^requested$/, type: "hash", life: "stays" },
  proposed: { pattern: /^proposed$/, type: "zset", life: "stays" },
  probes: { pattern: /^probes$/, type: "hash", life: "stays" },
  untouched: { pattern: /^vouchers:untouched$/, type: "zset", life: "stays" },
  issuance: { pattern: new RegExp(`^issuance:${ID}$`), type: "hash", life: "may leave" },
  voucher: { pattern: new RegExp(`^voucher:v${ID}$`), type: "hash", life: "stays" },
  account: { pattern: new RegExp(`^${ACCOUNT}$`), type: "hash", life: "stays" },
  freezes: { pattern: new RegExp(`^${ACCOUNT}:freezes$`), type: "hash", life: "stays" },
  adjustments: { pattern: new RegExp(`^${ACCOUNT}:adjustments$`), type: "hash", life: "stays" },
  repayments: { pattern: new RegExp(`^${ACCOUNT}:repayments$`), type: "hash", life: "stays" },
  accounts: {
    pattern: new RegExp(`^party:(?<party>${inner(PARTY_PATTERN)}):accounts$`),
    type: "zset",
    life: "stays",
  },
  caused: {
    pattern: new RegExp(`^party:(?<party>${inner(PARTY_PATTERN)}):fences$`),
    type: "zset",
    life: "stays",
  },
  write: {
    pattern: new RegExp(`^write:[A-Za-z0-9_-]{22}(\\.${inner(PARTY_PATTERN)})?$`),
    type: "string",
    life: "leaves",
  },
  claim: { pattern: /^claim:[A-Za-z0-9_-]{22}$/, type: "string", life: "leaves" },
  missing: { pattern: new RegExp(`^missing:v?${ID}$`), type: "string", life: "may leave" },
  retired: { pattern: new RegExp(`^retired:${ID}$`), type: "string", life: "leaves" },
  request: { pattern: /^request:(?<request>[A-Za-z0-9_-]{16})$/, type: "string", life: "may leave" },
};
const FORMS = Object.entries(KEY_FORMS) as [KeyKind, Form][];

/** Reads a key; undefined when it is no part of a book with so many partitions. */
export function readBookKey(key: string, partitions: number): BookKey | undefined {
  const [, digits = "", rest = ""] = /^ts:\{(0|[1-9]\d{0,4})\}:(.*)$/s.exec(key) ?? [];
  if (digits === "" || Number(digits) >= partitions) return undefined;
  for (const [kind, { pattern }] of FORMS) {
    const match = pattern.exec(rest);
    if (!match) continue;
    const { issuanceId = "", party = "", number = "", request = "", settlementId = "" } = match.groups ?? {};
    return { key, partition: Number(digits), kind, issuanceId, party, number, request, settlementId };
  }
  return undefined;
}
