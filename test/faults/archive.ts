/** The archive of a run: an SQLite file, or a PostgreSQL of the run's own. */
import { join } from "node:path";
import { type Database, type OpenedDatabase, openDatabase } from "../../server/archive/database.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { urlOf } from "../archive/places.ts";
import { type PostgresServer, startPostgres } from "../bench/postgres-process.ts";
import { findPostgres } from "../helpers/find-postgres.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { REMEMBER } from "./settings.ts";

export const ARCHIVE_KINDS = ["none", "file", "postgres"] as const;
export type ArchiveKind = (typeof ARCHIVE_KINDS)[number];

export interface RunArchive {
  readonly kind: Exclude<ArchiveKind, "none">;
  /** Settings of the hubs. */
  readonly settings: Record<string, string>;
  /** Where the file is. */
  readonly path?: string;
  readonly server?: PostgresServer;
  /** Opens it to be read while it has no fault, once a hub has made it; closed by `stop`. */
  open(): Promise<Database>;
  stop(): Promise<void>;
}

export interface ArchiveOptions {
  /** `none` unless given. */
  archive?: ArchiveKind | undefined;
  /** After how many seconds what has ended leaves the store; the hubs' own default unless given. */
  retireAfter?: number | undefined;
}

/** Starts what is needed; undefined for a run without an archive. Whoever starts it stops it. */
export async function startArchive({
  archive: kind = "none",
  retireAfter,
}: ArchiveOptions): Promise<RunArchive | undefined> {
  const settings = retireAfter === undefined ? {} : retiring(retireAfter);
  if (kind === "none") return undefined;
  if (kind === "file") {
    const path = join(temporaryFolder(), "archive.db");
    return { kind, path, ...opening(`file:${path}`, settings) };
  }
  const programs = findPostgres();
  if (programs === undefined) throw new Error("PostgreSQL is not installed on this machine");
  const server = await startPostgres(programs);
  const { stop, ...rest } = opening(urlOf(server, "postgres"), settings);
  return {
    ...{ kind, server, ...rest },
    stop: async () => {
      await stop();
      await server.stop();
    },
  };
}

function retiring(seconds: number): Record<string, string> {
  return { RETIRE_AFTER: String(seconds), REMEMBER: String(REMEMBER) };
}

function opening(
  url: string,
  settings: Record<string, string>,
): Pick<RunArchive, "settings" | "open" | "stop"> {
  let opened: Promise<OpenedDatabase> | undefined;
  return {
    settings: { ARCHIVE_URL: url, ...settings },
    open: async () => {
      const address = parseArchiveUrl(url);
      if (address.kind === "none") throw new Error("there is nothing to open");
      opened ??= openDatabase(address);
      return (await opened).database;
    },
    stop: async () => {
      await (await opened)?.close();
    },
  };
}
