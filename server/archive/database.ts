/** Opens the archive's database, an SQLite file or PostgreSQL, for one and the same set of queries. */
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import {
  type Dialect,
  Kysely,
  PostgresDialect,
  SqliteAdapter,
  SqliteDialect,
  type SqliteStatement,
  sql,
} from "kysely";
import Libsql from "libsql";
import pg from "pg";
import type { ArchiveAddress } from "../archive-url.ts";
import { migrate } from "./migrations.ts";
import type { ArchiveSchema } from "./schema.ts";

export type Database = Kysely<ArchiveSchema>;
export type ArchivePlace = Exclude<ArchiveAddress, { kind: "none" }>;

/**
 * How long a writer waits for another one, milliseconds: less than a thread has to close (`asked-thread.ts`), since one that
 * is ended while it waits takes the whole process with it.
 */
const BUSY_MS = 3_000;
/** How long PostgreSQL may take to answer; after that it counts as away, milliseconds. */
const ANSWER_MS = 30_000;
const CONNECT_MS = 5_000;
/** The lock under which tables are made; any number that no other program takes. */
const MIGRATION_LOCK = 7_041_971;
/** How many statements are kept prepared. */
const MOST_PREPARED = 100;

/** The file is not there, and whoever opens it is not to make another. */
export class FileGoneError extends Error {
  override name = "FileGoneError";
}

export interface OpenedDatabase {
  readonly database: Database;
  readonly isPostgres: boolean;
  /** False once its file was removed, or another was put in its place: what is written then, nobody finds again. */
  isInPlace(): boolean;
  /** Lets go of it. */
  close(): Promise<void>;
}

/**
 * Opens it and brings its tables up to date.
 *
 * @param options.mayMake makes a file where there is none; true unless given.
 * @throws NewerArchiveError when a newer hub has made the tables; FileGoneError; the driver's error when the file is damaged,
 * or the server does not answer.
 */
export async function openDatabase(
  address: ArchivePlace,
  { mayMake = true }: { mayMake?: boolean } = {},
): Promise<OpenedDatabase> {
  const isPostgres = address.kind === "postgres";
  if (!(isPostgres || mayMake || existsSync(address.path))) throw new FileGoneError("the file is gone");
  const database = connectDatabase(address);
  try {
    await (isPostgres ? migratePostgres(database) : migrateSqlite(database));
  } catch (error) {
    await database.destroy().catch(() => undefined);
    throw error;
  }
  const isInPlace = isPostgres ? () => true : watchFile(address.path);
  return { database, isPostgres, isInPlace, close: () => database.destroy() };
}

/** A connection more, for those who read while others write. */
export function connectDatabase(address: ArchivePlace): Database {
  const dialect = address.kind === "postgres" ? openPostgres(address.url) : openSqlite(address.path);
  return new Kysely<ArchiveSchema>({ dialect });
}

/** Lets the log of an SQLite file begin anew, so that it no longer has what was overwritten, unless somebody reads it just now. */
export async function emptyLog(database: Database): Promise<void> {
  if (database.getExecutor().adapter instanceof SqliteAdapter)
    await sql`pragma wal_checkpoint(truncate)`.execute(database);
}

function openPostgres(connectionString: string): Dialect {
  // The largest amount and the largest time are exact as numbers.
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  const pool = new pg.Pool({
    connectionString,
    types,
    max: 4,
    application_name: "tallystick-archive",
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    // A commit that the server has answered is on its disk, whatever its own default is.
    options: "-c synchronous_commit=on",
  });
  // A connection that nobody uses just then may be lost; the next query makes another.
  pool.on("error", () => undefined);
  // One that is lost between two queries of a transaction says so here; the next of them fails.
  pool.on("connect", (client) => client.on("error", () => undefined));
  return new PostgresDialect({ pool });
}

async function migratePostgres(database: Database): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${MIGRATION_LOCK})`.execute(transaction);
    await migrate(transaction, { isPostgres: true });
  });
}

function openSqlite(path: string): Dialect {
  return new SqliteDialect({
    database: async () => {
      makePrivate(path);
      const file = new Libsql(path, { timeout: BUSY_MS });
      // Each commit is on the disk before it is answered; readers and the writer don't wait for each other; and what is
      // blanked or deleted is overwritten in the file.
      const busy = `busy_timeout = ${BUSY_MS}`;
      for (const pragma of ["journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", busy])
        file.prepare(`PRAGMA ${pragma}`).all();
      return { close: () => void file.close(), prepare: keepPrepared(file) };
    },
  });
}

/**
 * Makes the file where there is none, for its owner alone, since accounts' numbers are in it; what SQLite makes beside it gets
 * the same rights. One that is there is never opened here: to close it again would take the locks of all connections that
 * this process has to it, and another process would then take the log away under them (sqlite.org/howtocorrupt.html, 2.2).
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** @returns whether the file at this path is still the one that is there now. */
function watchFile(path: string): () => boolean {
  const nameOf = () => {
    const { dev, ino } = statSync(path, { throwIfNoEntry: false }) ?? {};
    return `${dev} ${ino}`;
  };
  const opened = nameOf();
  return () => nameOf() === opened;
}

/** A statement is read by SQLite once, and not with each batch. */
function keepPrepared(file: Libsql.Database): (source: string) => SqliteStatement {
  const prepared = new Map<string, SqliteStatement>();
  return (source) => {
    const known = prepared.get(source);
    if (known) return known;
    const statement = file.prepare(source) as unknown as SqliteStatement;
    prepared.set(source, statement);
    const [oldest] = prepared.keys();
    if (prepared.size > MOST_PREPARED) prepared.delete(oldest as string);
    return statement;
  };
}

async function migrateSqlite(database: Database): Promise<void> {
  await database.connection().execute(async (connection) => {
    // The lock is taken before anything is read: whoever reads first and writes then may find that another has written.
    await sql`begin immediate`.execute(connection);
    try {
      await migrate(connection, { isPostgres: false });
      await sql`commit`.execute(connection);
    } catch (error) {
      await sql`rollback`.execute(connection).catch(() => undefined);
      throw error;
    }
  });
}
