-- The book of the hub that is compared with: the same facts as in Redis, a row for each.

create table accounts (
  party text not null,
  number text not null,
  holder text not null,
  -- The holder's name as it is compared.
  name text not null,
  kind text not null,
  currency text not null,
  total bigint not null,
  frozen bigint not null default 0 check (frozen between 0 and total),
  status text not null default 'active',
  primary key (party, number)
) with (fillfactor = 50);

create table issuances (
  id text primary key,
  version integer not null,
  state text not null,
  issuer text not null,
  payer text not null,
  amount bigint not null,
  currency text not null,
  memo text,
  review text not null,
  account_number text,
  account_name text,
  account_kind text,
  account_last4 text,
  digest text not null,
  created_at bigint not null,
  deadline bigint,
  ended_at bigint,
  -- By role and commandId: digest of the payload and version of the answer, for repeats.
  answers jsonb not null
) with (fillfactor = 50);
create index on issuances (issuer, created_at) where ended_at is null;
create index on issuances (payer, created_at) where ended_at is null;
create index on issuances (deadline) where ended_at is null;

-- The log of each issuance, and in the order of its sequence the journal of the whole book.
create table events (
  sequence bigint generated always as identity primary key,
  issuance_id text not null,
  version integer not null,
  event jsonb not null,
  -- What only the journal tells.
  account_number text,
  unique (issuance_id, version)
);

create table freezes (
  issuance_id text primary key,
  party text not null,
  number text not null,
  amount bigint not null
);

create table vouchers (
  issuance_id text primary key,
  issuer text not null,
  payer text not null,
  amount bigint not null,
  currency text not null,
  memo text,
  account_number text not null,
  kind text not null,
  last4 text not null,
  issued_at bigint not null,
  status text not null default 'issued'
);
