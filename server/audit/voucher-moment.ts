/** Reads vouchers of a partition, each with all that belongs to it there, at one moment. */
import { voucherIdOf } from "@tallystick/protocol";
import { accountKeys, issuanceKeys, partitionKeys, voucherKey } from "../ledger/keys.ts";
import { unpack } from "../ledger/packing.ts";
import { type IssuanceRecord, RECORD_LENGTH, readHash } from "../ledger/record.ts";
import { settlementIdOf } from "../ledger/settlements.ts";
import { readTerms } from "../ledger/voucher-record.ts";
import type { AuditedPartition } from "./partition.ts";
import { type Command, lastEntry, readAtOnce, readTogether, toHash } from "./read.ts";

/** Which lists of its partition name a settlement. */
export interface ListsOfSettlement {
  open: boolean;
  failed: boolean;
  undone: boolean;
}

/** A voucher, and all that belongs to it in its partition, at one moment. */
export interface VoucherMoment {
  voucherId: string;
  hash: Record<string, string>;
  /** What is frozen for it in its account; undefined where that can't be read. */
  frozen: string | null | undefined;
  /** Its issuance, and the salt of its digests. */
  issuance: (IssuanceRecord & { salt: string }) | undefined;
  /** The time that it is armed for; null when it is not. */
  armed: string | null;
  /** Its beneficiary is yet to be told. */
  isUndone: boolean;
  /** Of each settlement that it had just before, by version, the lists that name it. */
  lists: ReadonlyMap<string, ListsOfSettlement>;
}

/** The journal is read up to the same moment. */
export async function readVoucherMoments(
  audited: AuditedPartition,
  ids: readonly string[],
): Promise<VoucherMoment[]> {
  const { book, partition, journal } = audited;
  // Terms never change: which freeze is its own can be read beforehand. Of settlements more may come, and are not looked
  // up in the lists then.
  const before = await readTogether(
    book.store,
    ids.flatMap((id): Command[] => [
      ["HGET", voucherKey(id), "o"],
      ["HKEYS", voucherKey(id)],
    ]),
  );
  const commands: Command[] = [];
  const readers = ids.map((id, index) => {
    const voucherId = voucherIdOf(id);
    const [packed, fields] = before.slice(2 * index, 2 * index + 2);
    const terms = typeof packed === "string" ? readTerms(voucherId, packed) : undefined;
    const versions = ((fields ?? []) as string[])
      .filter((field) => field.startsWith("z:"))
      .map((field) => field.slice(2));
    const { freezes } = accountKeys({ partition, party: terms?.payer ?? "", number: terms?.number ?? "" });
    const first = commands.length;
    const { deadlines, undone, openSettlements, failedSettlements } = partitionKeys;
    commands.push(
      ["HGETALL", voucherKey(id)],
      ["HGET", freezes, id],
      ["HMGET", issuanceKeys(id)[0], "o", "s"],
      ["ZSCORE", deadlines(partition), voucherId],
      ["ZSCORE", undone(partition), voucherId],
      ...versions.flatMap((version): Command[] =>
        [openSettlements, failedSettlements, undone].map(
          (keyOf): Command => ["ZSCORE", keyOf(partition), settlementIdOf(voucherId, version)],
        ),
      ),
    );
    return (values: readonly unknown[]): VoucherMoment => {
      const [hash, frozen, issuance, armed, told] = values.slice(first, first + 5);
      const listed = (position: number) => typeof values[position] === "string";
      const lists = versions.map((version, at): [string, ListsOfSettlement] => {
        const from = first + 5 + 3 * at;
        return [version, { open: listed(from), failed: listed(from + 1), undone: listed(from + 2) }];
      });
      return {
        voucherId,
        hash: toHash(hash),
        frozen: frozen as string | null | undefined,
        issuance: readIssuance(id, issuance),
        armed: (armed ?? null) as string | null,
        isUndone: typeof told === "string",
        lists: new Map(lists),
      };
    };
  });
  commands.push(["XREVRANGE", partitionKeys.journal(partition), "+", "-", "COUNT", 1]);
  const values = await readAtOnce(book.store, commands);
  await journal.readTo(lastEntry(values.at(-1)));
  return readers.map((read) => read(values));
}

function readIssuance(id: string, value: unknown): VoucherMoment["issuance"] {
  const [offer, standing] = (value ?? []) as (string | null)[];
  if (typeof offer !== "string" || typeof standing !== "string") return undefined;
  const parts = unpack(offer);
  if (parts.length + unpack(standing).length !== RECORD_LENGTH) return undefined;
  const record = readHash(id, { o: offer, s: standing })?.record;
  return record && { ...record, salt: parts.at(-1) ?? "" };
}
