/** Makes the archive's tables, and brings older ones up to date: each step once, in order, under a lock. */
import { type Kysely, sql } from "kysely";
import type { ArchiveSchema } from "./schema.ts";

/** @param text the type of texts, which are compared byte by byte, so that a word's beginning finds it. */
type Step = (database: Kysely<ArchiveSchema>, text: string) => Promise<void>;

/** The steps in their order; a step that was published is never changed. Its number is its place, from 1. */
export const MIGRATIONS: readonly Step[] = [
  createTables,
  numberEvents,
  createWebhooks,
  indexWhatLeaves,
  forgetParties,
  nameWebhooks,
];

/** The archive was made by a newer version of the hub. */
export class NewerArchiveError extends Error {
  override name = "NewerArchiveError";
}

/**
 * Does the steps that are not done yet, within the transaction that `database` is, which holds the lock.
 *
 * @throws NewerArchiveError when there are more than this version knows.
 */
export async function migrate(
  database: Kysely<ArchiveSchema>,
  { isPostgres }: { isPostgres: boolean },
): Promise<void> {
  await sql`create table if not exists migrations (number integer primary key)`.execute(database);
  const { rows } = await sql<{
    done: number | null;
  }>`select max(number) as done from migrations`.execute(database);
  const done = Number(rows[0]?.done ?? 0);
  if (done > MIGRATIONS.length) {
    throw new NewerArchiveError(
      `the archive has tables of step ${done}, and this hub knows ${MIGRATIONS.length}: run the version that made them`,
    );
  }
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < done) continue;
    await step(database, isPostgres ? 'text collate "C"' : "text");
    await sql`insert into migrations (number) values (${index + 1})`.execute(database);
  }
}

async function createTables(database: Kysely<ArchiveSchema>, text: string): Promise<void> {
  const run = (statement: string) => sql.raw(statement.replaceAll(" text ", ` ${text} `)).execute(database);
  await run(`create table archive (
    id integer primary key, name text not null, book text not null, partitions integer not null,
    commits bigint not null)`);
  await run(`create table journal (
    partition integer not null, position bigint not null, entry text not null, subject text not null,
    version integer not null, fields text not null, is_lost integer not null, primary key (partition, position))`);
  // What is no event of anything is found by its position alone.
  await run(`create index journal_subject on journal (subject, position) where subject <> ''`);
  await run(`create table marks (
    partition integer primary key, entry text not null, position bigint not null, trimmed bigint not null)`);
  for (const table of ["issuances", "vouchers"]) {
    await run(`create table ${table} (
      id text not null, first text not null, partition integer not null,
      issuer text not null, payer text not null, beneficiary text not null,
      amount bigint not null, currency text not null, state text not null, version integer not null,
      digest text not null, began_at bigint not null, ended_at bigint not null,
      is_lost integer not null, retired_at bigint not null, words text not null, snapshot text not null,
      ${table === "vouchers" ? "terms text not null," : ""} primary key (id, first))`);
    await run(`create index ${table}_time on ${table} (began_at, id)`);
    await run(`create index ${table}_state on ${table} (state, began_at, id)`);
    await run(`create index ${table}_partition on ${table} (partition, retired_at, id)`);
    // A beneficiary sees nothing of the negotiation.
    const roles = table === "vouchers" ? ["issuer", "payer", "beneficiary"] : ["issuer", "payer"];
    for (const role of roles) {
      await run(`create index ${table}_${role} on ${table} (${role}, began_at, id)`);
      await run(`create index ${table}_${role}_state on ${table} (${role}, state, began_at, id)`);
    }
  }
  await run(`create table words (
    party text not null, word text not null, id text not null, primary key (party, word, id))`);
  await run(`create table accounts (
    party text not null, number text not null, partition integer not null, holder text not null, kind text not null,
    currency text not null, status text not null, total bigint not null, used bigint not null, frozen bigint not null,
    primary key (party, number))`);
  await run(`create table statements (
    party text not null, number text not null, position bigint not null, at bigint not null, type text not null,
    amount bigint not null, total bigint not null, used bigint not null, frozen bigint not null, kind text not null,
    currency text not null, cause text not null, partition integer not null,
    is_lost integer not null, primary key (party, number, position))`);
  await run(`create index statements_position on statements (partition, position)`);
}

/** Gives each event its place in the feed: those that are there by partition, those that come as they are committed. */
async function numberEvents(database: Kysely<ArchiveSchema>): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(database);
  await run("alter table journal add column feed bigint not null default 0");
  await run(`update journal set feed = numbered.place from (
    select partition, position, row_number() over (order by partition, position) as place
    from journal where version > 0 and is_lost = 0) as numbered
    where journal.partition = numbered.partition and journal.position = numbered.position`);
  await run("create unique index journal_feed on journal (feed) where feed > 0");
}

async function createWebhooks(database: Kysely<ArchiveSchema>, text: string): Promise<void> {
  const run = (statement: string) => sql.raw(statement.replaceAll(" text ", ` ${text} `)).execute(database);
  await run(`create table webhooks (
    id text not null primary key, key text not null unique, url text not null, types text not null,
    party text not null, secret text not null, old_secret text not null, old_until bigint not null,
    created_at bigint not null, failing_since bigint not null, ended_at bigint not null, fed bigint not null,
    changes bigint not null, holder text not null, held_until bigint not null)`);
  await run(`create table webhook_writes (
    id text not null primary key, at bigint not null, answer text not null)`);
  await run("create index webhook_writes_at on webhook_writes (at)");
  await run(`create table deliveries (
    webhook text not null, place bigint not null, subject text not null, version integer not null,
    type text not null, state text not null, attempts integer not null, since bigint not null,
    next_at bigint not null, ended_at bigint not null, status integer not null, reason text not null,
    primary key (webhook, place))`);
  await run("create index deliveries_due on deliveries (webhook, next_at) where state = 'pending'");
  await run(
    "create index deliveries_waiting on deliveries (webhook, subject, place) where state = 'pending'",
  );
  await run("create index deliveries_failed on deliveries (webhook, place) where state = 'failed'");
  await run("create index deliveries_ended on deliveries (ended_at) where ended_at > 0");
}

/** What has ended and is still in the store, by when it ended: what leaves next comes first. */
async function indexWhatLeaves(database: Kysely<ArchiveSchema>): Promise<void> {
  const leaves = "is_lost = 0 and retired_at <= 0 and ended_at > 0";
  // An issuance that was issued leaves with its voucher.
  const own = { issuances: `${leaves} and state <> 'issued'`, vouchers: leaves };
  for (const [table, which] of Object.entries(own))
    await sql
      .raw(`create index ${table}_leaving on ${table} (ended_at, id) where ${which}`)
      .execute(database);
}

async function forgetParties(database: Kysely<ArchiveSchema>, text: string): Promise<void> {
  for (const table of ["issuances", "vouchers"])
    await sql.raw(`alter table ${table} add column forgotten bigint not null default -1`).execute(database);
  await sql
    .raw(`create table forgets (
      party ${text} not null primary key, until bigint not null, said bigint not null, looked bigint not null,
      pending integer not null, blanked bigint not null)`)
    .execute(database);
}

/** What operators have done to an endpoint is found by it; what they did before is forgotten within a day. */
async function nameWebhooks(database: Kysely<ArchiveSchema>, text: string): Promise<void> {
  const run = (statement: string) => sql.raw(statement).execute(database);
  await run(`alter table webhook_writes add column webhook ${text} not null default ''`);
  await run("create index webhook_writes_webhook on webhook_writes (webhook)");
}
