/** A party's vouchers that have ended: those in the store and those that have left it, merged by when they were issued. */
import { type ListedVoucher, VOUCHER_ROLES, type VoucherRole, type VoucherState } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { EndedVoucher } from "../archive/list-ended.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { VoucherPage } from "../ledger/voucher-index.ts";
import { RetiredVouchers } from "./retired-vouchers.ts";

interface Parts {
  ledger: Pick<Ledger, "voucherIndex" | "vouchers">;
  archive: AsksArchive;
}

interface Query {
  party: string;
  role?: VoucherRole | undefined;
  /** One in which a voucher has ended. */
  state: VoucherState;
  before?: string | undefined;
  limit: number;
}

/** Where a voucher is in such a list. */
interface Place {
  voucherId: string;
  issuedAt: number;
}

/** @returns undefined when `before` is not a voucher of the party. @throws UnavailableError when the archive is away. */
export async function listEndedVouchers(parts: Parts, query: Query): Promise<VoucherPage | undefined> {
  const { before, ...wanted } = query;
  const { party, role, state, limit } = wanted;
  const beforeAt = before === undefined ? undefined : await placeOf(parts, party, before);
  if (before !== undefined && !beforeAt) return undefined;
  const stored = await parts.ledger.voucherIndex.listDated({ ...wanted, beforeAt });
  if (!stored) return undefined;
  const retired = await parts.archive.ask("listEnded", { ...wanted, before: beforeAt, limit: limit + 1 });
  const { issuedAt } = stored;
  // What comes behind the end of the store's page may have others before it that were not read yet.
  const end =
    stored.more && stored.next
      ? { voucherId: stored.next, issuedAt: issuedAt.get(stored.next) ?? 0 }
      : undefined;
  const known = new Set(stored.vouchers.map(({ voucherId }) => voucherId));
  const others = retired.filter((each) => !known.has(each.voucherId) && !(end && comesAfter(each, end)));
  const all = [
    ...stored.vouchers.map((voucher) => ({ voucher, issuedAt: issuedAt.get(voucher.voucherId) ?? 0 })),
    ...others.map((each) => ({ voucher: listed(each, { party, role, state }), issuedAt: each.issuedAt })),
  ].sort((a, b) =>
    comesAfter({ ...a.voucher, issuedAt: a.issuedAt }, { ...b.voucher, issuedAt: b.issuedAt }) ? 1 : -1,
  );
  const vouchers = all.slice(0, limit).map(({ voucher }) => voucher);
  const more = all.length > limit || stored.more || retired.length > limit;
  const next =
    all.length > limit ? vouchers.at(-1)?.voucherId : (end?.voucherId ?? vouchers.at(-1)?.voucherId);
  return { vouchers, more, ...(more && next !== undefined && { next }) };
}

async function placeOf(
  { ledger, archive }: Parts,
  party: string,
  voucherId: string,
): Promise<Place | undefined> {
  const stored = await ledger.vouchers.read(voucherId, { party });
  const found =
    stored.kind === "not_found" ? await new RetiredVouchers(archive).read(voucherId, { party }) : stored;
  return found?.kind === "found" ? { voucherId, issuedAt: found.snapshot.issuedAt } : undefined;
}

function comesAfter(one: Place, other: Place): boolean {
  if (one.issuedAt !== other.issuedAt) return one.issuedAt < other.issuedAt;
  return one.voucherId < other.voucherId;
}

function listed(
  voucher: EndedVoucher,
  { party, role, state }: { party: string; role: VoucherRole | undefined; state: VoucherState },
): ListedVoucher {
  const first = VOUCHER_ROLES.find((each) => voucher[each] === party && (!role || each === role));
  return { voucherId: voucher.voucherId, version: voucher.version, state, role: first ?? "beneficiary" };
}
