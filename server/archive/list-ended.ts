/** The vouchers of a party that have ended, also those that have left the store, by when they were issued. */
import type { VoucherRole, VoucherState } from "@tallystick/protocol";
import { sql } from "kysely";
import type { Database } from "./database.ts";

export interface EndedQuestion {
  party: string;
  role?: VoucherRole | undefined;
  state: VoucherState;
  /** Only those before this voucher. */
  before?: { issuedAt: number; voucherId: string } | undefined;
  limit: number;
}

export interface EndedVoucher {
  voucherId: string;
  version: number;
  issuedAt: number;
  issuer: string;
  payer: string;
  beneficiary: string;
}

/** The newest first. */
export async function listEnded(
  database: Database,
  { party, role, state, before, limit }: EndedQuestion,
): Promise<EndedVoucher[]> {
  const roles: readonly VoucherRole[] = role ? [role] : ["beneficiary", "payer", "issuer"];
  const found = new Map<string, EndedVoucher>();
  for (const each of roles) {
    const rows = await database
      .selectFrom("vouchers")
      .select(["id as voucherId", "version", "began_at as issuedAt", "issuer", "payer", "beneficiary"])
      .where(each, "=", party)
      .where("state", "=", state)
      .where("is_lost", "=", 0)
      .where("retired_at", "<>", 0)
      .$if(before !== undefined, (query) =>
        query.where(sql<boolean>`(began_at, id) < (${before?.issuedAt ?? 0}, ${before?.voucherId ?? ""})`),
      )
      .orderBy("began_at", "desc")
      .orderBy("id", "desc")
      .limit(limit)
      .execute();
    for (const row of rows) found.set(`${row.voucherId} ${row.issuedAt}`, row);
  }
  const newest = [...found.values()].sort(
    (a, b) => b.issuedAt - a.issuedAt || (a.voucherId < b.voucherId ? 1 : -1),
  );
  return newest.slice(0, limit);
}
