/** Empty databases of both kinds for archives: SQLite files, and a PostgreSQL of the test's own where there is one. */
import { join } from "node:path";
import { Client } from "pg";
import { type PostgresServer, startPostgres } from "../bench/postgres-process.ts";
import { findPostgres } from "../helpers/find-postgres.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

export interface Place {
  /** `SQLite` or `PostgreSQL`. */
  readonly name: string;
  /** The URL of an archive that nobody has used yet. */
  fresh(): Promise<string>;
}

export interface Places {
  readonly all: readonly Place[];
  /** Absent where PostgreSQL is not installed. */
  readonly postgres: PostgresServer | undefined;
  stop(): Promise<void>;
}

/** The kinds that there are on this machine, for tests that are written for each. */
export const PLACE_NAMES: readonly string[] = findPostgres() ? ["SQLite", "PostgreSQL"] : ["SQLite"];

/** Starts what is needed. Whoever starts it stops it. */
export async function startPlaces(): Promise<Places> {
  const folder = temporaryFolder();
  const programs = findPostgres();
  const postgres = programs === undefined ? undefined : await startPostgres(programs);
  let count = 0;
  const sqlite: Place = {
    name: "SQLite",
    fresh: async () => `file:${join(folder, `archive-${count++}.db`)}`,
  };
  const server = postgres && {
    name: "PostgreSQL",
    fresh: async () => {
      const database = `archive_${count++}`;
      await query(postgres, "postgres", `create database ${database}`);
      return urlOf(postgres, database);
    },
  };
  return {
    all: server ? [sqlite, server] : [sqlite],
    postgres,
    stop: async () => postgres?.stop(),
  };
}

/** The place of a name. */
export function placeOf(places: Places, name: string): Place {
  return places.all.find((place) => place.name === name) as Place;
}

export function urlOf({ host, user }: PostgresServer, database: string): string {
  return `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`;
}

async function query({ host, user }: PostgresServer, database: string, statement: string): Promise<void> {
  const client = new Client({ host, user, database });
  await client.connect();
  await client.query(statement);
  await client.end();
}
