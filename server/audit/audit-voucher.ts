/** Vouchers against their freezes, their issuances and the journal. */
import { lastDigits, voucherIdOf } from "@tallystick/protocol";
import { accountKeys, issuanceKeys, partitionKeys, voucherKey } from "../ledger/keys.ts";
import { unpack } from "../ledger/packing.ts";
import { type IssuanceRecord, RECORD_LENGTH, readHash } from "../ledger/record.ts";
import { type Check, type Finding, findingsOf } from "./findings.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, lastEntry, readAtOnce, readTogether } from "./read.ts";

const FIELDS = [
  "status",
  "issuer",
  "payer",
  "amount",
  "currency",
  "memo",
  "account",
  "kind",
  "last4",
  "issuedAt",
] as const;
type Fields = { readonly [F in (typeof FIELDS)[number]]: string | null };

/** Looks at some vouchers of a partition at one moment. */
export async function auditVouchers(
  audited: AuditedPartition,
  ids: readonly string[],
): Promise<Map<string, Finding[]>> {
  const { book, partition, journal } = audited;
  // A voucher never changes: which freeze is its own can be read beforehand.
  const owners = await readTogether(
    book.store,
    ids.map((id): Command => ["HMGET", voucherKey(id), "payer", "account"]),
  );
  const commands = ids.flatMap((id, index): Command[] => {
    const [payer, account] = (owners[index] ?? []) as (string | null)[];
    const owner = accountKeys({ partition, party: payer ?? "", number: account ?? "" });
    return [
      ["HMGET", voucherKey(id), ...FIELDS],
      ["HGET", owner.freezes, id],
      ["HMGET", issuanceKeys(id)[0], "o", "s"],
      ["EXISTS", voucherKey(id)],
    ];
  });
  const last: Command = ["XREVRANGE", partitionKeys.journal(partition), "+", "-", "COUNT", 1];
  const values = await readAtOnce(book.store, [...commands, last]);
  await journal.readTo(lastEntry(values.at(-1)));
  return new Map(
    ids.map((id, index) => {
      const [fields, freeze, record, exists] = values.slice(4 * index, 4 * index + 4);
      if (exists !== 1 || fields === undefined) return [id, []];
      const named = FIELDS.map((field, at) => [field, (fields as (string | null)[])[at]]);
      const voucher = Object.fromEntries(named) as Fields;
      const checks = checksOf(voucher, {
        frozen: freeze as string | null | undefined,
        record: readRecordOf(id, record),
        issuedFrom: journal.isEmpty ? undefined : journal.issuances.get(id)?.issuedFrom,
      });
      return [id, findingsOf(voucherIdOf(id), checks)];
    }),
  );
}

function readRecordOf(id: string, value: unknown): IssuanceRecord | undefined {
  const [offer, standing] = (value ?? []) as (string | null)[];
  if (typeof offer !== "string" || typeof standing !== "string") return undefined;
  if (unpack(offer).length + unpack(standing).length !== RECORD_LENGTH) return undefined;
  return readHash(id, { o: offer, s: standing })?.record;
}

interface Around {
  /** What is frozen for it in its account; undefined where that can't be read. */
  frozen: string | null | undefined;
  record: IssuanceRecord | undefined;
  /** The account that it was issued from, as the journal has it. */
  issuedFrom: string | undefined;
}

function checksOf(voucher: Fields, { frozen, record, issuedFrom }: Around): Check[] {
  const { status, payer, account, amount, currency } = voucher;
  if (status !== "issued")
    return [[true, "voucher_status", `its status is ${status ?? "missing"}, not issued`]];
  const isIssued = record?.state === "issued";
  const of = record && String(record.amount);
  const checks: Check[] = [
    [frozen === null, "voucher_without_freeze", `nothing is frozen for it in ${payer}/${account}`],
    [
      typeof frozen === "string" && frozen !== amount,
      "voucher_amount",
      `${frozen} is frozen for it in ${payer}/${account}, but it is of ${amount}`,
    ],
    [!isIssued, "voucher_without_issuance", `its issuance is ${record?.state ?? "missing"}, not issued`],
  ];
  if (!isIssued || !record) return checks;
  return [
    ...checks,
    [
      of !== amount || payer !== record.payer,
      payer === record.payer ? "voucher_amount" : "voucher_party",
      `it is of ${amount} from ${payer}, its issuance of ${of} from ${record.payer}`,
    ],
    [voucher.issuer !== record.issuer, "voucher_party", `its issuer is ${voucher.issuer}`],
    [
      currency !== record.currency,
      "voucher_currency",
      `it is in ${currency}, its issuance in ${record.currency}`,
    ],
    [(voucher.memo ?? "") !== record.memo, "voucher_memo", "its memo is not its issuance's"],
    [
      voucher.issuedAt !== record.endedAt,
      "voucher_time",
      `it was issued at ${voucher.issuedAt}, its issuance at ${record.endedAt}`,
    ],
    [
      voucher.kind !== record.kind ||
        voucher.last4 !== record.last4 ||
        voucher.last4 !== lastDigits(account ?? "") ||
        (issuedFrom !== undefined && account !== issuedFrom),
      "voucher_account",
      `it is from the ${voucher.kind} account …${voucher.last4}, but was issued from the ${record.kind} account …${record.last4}`,
    ],
  ];
}
