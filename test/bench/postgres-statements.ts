/** The statements of the hub on PostgreSQL, each prepared once a connection, and the rows that they read. */
import type { Review, State } from "@tallystick/protocol";

export interface IssuanceRow {
  id: string;
  version: number;
  state: State;
  issuer: string;
  payer: string;
  amount: number;
  currency: string;
  memo: string | null;
  review: Review;
  account_number: string | null;
  account_name: string | null;
  account_kind: string | null;
  account_last4: string | null;
  digest: string;
  created_at: number;
  deadline: number | null;
  answers: { [memory: string]: [digest: string, version: number] };
}

export interface AccountRow {
  name: string;
  status: string;
  currency: string;
  kind: string;
  total: number;
  frozen: number;
}

export const PUT_ACCOUNT = `
  insert into accounts (party, number, holder, name, kind, currency, total)
  values ($1, $2, $3, $4, 'funds', 'CNY', $5)`;

export const LIST_OPEN = {
  name: "list-open",
  text: `
    select id as "issuanceId", version, state, case when issuer = $1 then 'issuer' else 'payer' end as role
    from issuances where ended_at is null and (issuer = $1 or payer = $1)
    order by created_at desc limit $2`,
};

export const LOCK_ISSUANCE = {
  name: "lock-issuance",
  text: `
    select id, version, state, issuer, payer, amount, currency, memo, review, account_number, account_name,
      account_kind, account_last4, digest, created_at, deadline, answers
    from issuances where id = $1 for update`,
};

const ACCOUNT =
  "select name, status, currency, kind, total, frozen from accounts where party = $1 and number = $2";
export const FIND_ACCOUNT = { name: "find-account", text: ACCOUNT };
export const LOCK_ACCOUNT = { name: "lock-account", text: `${ACCOUNT} for update` };

export const FIND_EVENTS = {
  name: "find-events",
  text: "select event from events where issuance_id = $1 and version <= $2 order by version",
};

/** Makes an issuance and logs its first event; no row when there is one already. */
export const INSERT = {
  name: "insert",
  text: `
    with made as (
      insert into issuances
        (id, version, state, issuer, payer, amount, currency, memo, review, digest, created_at, deadline, answers)
      values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
      on conflict do nothing returning id, version
    )
    insert into events (issuance_id, version, event) select id, version, $13 from made`,
};

const MOVE_AND_LOG = `
  moved as (
    update issuances set version = $2, state = $3, digest = $4, deadline = $5, answers = answers || $6,
      account_number = $8, account_name = $9, account_kind = $10, account_last4 = $11%SET%
    where id = $1 returning *
  ), logged as (
    insert into events (issuance_id, version, event, account_number) values ($1, $2, $7, $8)
  )`;

/** Writes a step of an issuance. */
export const MOVE = { name: "move", text: `with ${MOVE_AND_LOG.replace("%SET%", "")} select 1` };

/** Freezes the amount and issues the voucher as well. */
export const ISSUE = {
  name: "issue",
  text: `
    with ${MOVE_AND_LOG.replace("%SET%", ", ended_at = $12")}, money as (
      update accounts set frozen = frozen + moved.amount from moved
      where accounts.party = moved.payer and accounts.number = moved.account_number
    ), held as (
      insert into freezes (issuance_id, party, number, amount)
      select id, payer, account_number, amount from moved
    )
    insert into vouchers
      (issuance_id, issuer, payer, amount, currency, memo, account_number, kind, last4, issued_at)
    select id, issuer, payer, amount, currency, memo, account_number, account_kind, account_last4, ended_at
    from moved`,
};
