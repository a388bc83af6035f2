/** What the ledger on PostgreSQL works out from its rows and payloads, without the database. */
import { hash } from "node:crypto";
import {
  type CommandPayloads,
  comparableName,
  type ErrorCode,
  type IssuanceEvent,
  lastDigits,
  type Snapshot,
} from "@tallystick/protocol";
import type { AccountRow, IssuanceRow } from "./postgres-statements.ts";

export interface NamedAccount {
  number: string | null;
  name: string | null;
  last4: string | null;
}

export function submitted(payload: object): NamedAccount {
  const { account } = payload as CommandPayloads["account:submit"];
  return { number: account.number, name: comparableName(account.holder), last4: lastDigits(account.number) };
}

export function standing(row: IssuanceRow): NamedAccount {
  return { number: row.account_number, name: row.account_name, last4: row.account_last4 };
}

/** In the order of the design, section 2. */
export function verify(
  found: AccountRow | undefined,
  name: string | null,
  row: IssuanceRow,
): ErrorCode | undefined {
  if (found?.name !== name) return "account_name_mismatch";
  if (found?.status !== "active") return "account_blocked";
  if (found.currency !== row.currency) return "currency_mismatch";
  if (found.total - found.frozen >= row.amount) return undefined;
  return found.kind === "credit" ? "insufficient_credit" : "insufficient_funds";
}

/** Adds the digest, chained from the event before. */
export function sign(before: string, event: object): IssuanceEvent {
  const digest = before.slice(6) + hash("sha1", `${before}${JSON.stringify(event)}`).slice(0, 6);
  return { ...event, digest } as IssuanceEvent;
}

export function digestOf(command: string, payload: object): string {
  return hash("sha256", `${command} ${JSON.stringify(payload)}`, "base64url").slice(0, 8);
}

export function snapshotOf(row: IssuanceRow, event: IssuanceEvent): Snapshot {
  const { id, issuer, payer, amount, currency, memo, review, created_at } = row;
  return {
    issuanceId: id,
    version: event.version,
    state: event.state,
    issuer,
    payer,
    amount,
    currency,
    ...(memo !== null && { memo }),
    review,
    changes: 0,
    createdAt: created_at,
    digest: event.digest,
    ...("account" in event && { account: event.account }),
    ...("voucher" in event && { voucher: event.voucher }),
    ...(event.deadline !== undefined && { deadline: event.deadline }),
  } as Snapshot;
}
