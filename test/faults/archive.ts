/** The archive of a run: an SQLite file, or a PostgreSQL of the run's own. */
import { join } from "node:path";
import { type Database, openDatabase } from "../../server/archive/database.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { urlOf } from "../archive/places.ts";
import { findPostgres, type PostgresServer, startPostgres } from "../bench/postgres-process.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

export const ARCHIVE_KINDS = ["none", "file", "postgres"] as const;
export type ArchiveKind = (typeof ARCHIVE_KINDS)[number];

export interface RunArchive {
  readonly kind: Exclude<ArchiveKind, "none">;
  /** Settings of the hubs. */
  readonly settings: Record<string, string>;
  /** Where the file is. */
  readonly path?: string;
  readonly server?: PostgresServer;
  /** Opens it once its faults are healed and a hub has made it; closed by `stop`. */
  open(): Promise<Database>;
  stop(): Promise<void>;
}

/** Starts what is needed; undefined for a run without an archive. Whoever starts it stops it. */
export async function startArchive(kind: ArchiveKind): Promise<RunArchive | undefined> {
  if (kind === "none") return undefined;
  if (kind === "file") {
    const path = join(temporaryFolder(), "archive.db");
    return { kind, path, ...opening(`file:${path}`) };
  }
  const programs = findPostgres();
  if (programs === undefined) throw new Error("PostgreSQL is not installed on this machine");
  const server = await startPostgres(programs);
  const { stop, ...rest } = opening(urlOf(server, "postgres"));
  return {
    ...{ kind, server, ...rest },
    stop: async () => {
      await stop();
      await server.stop();
    },
  };
}

function opening(url: string): Pick<RunArchive, "settings" | "open" | "stop"> {
  const closing: (() => Promise<void>)[] = [];
  return {
    settings: { ARCHIVE_URL: url },
    open: async () => {
      const address = parseArchiveUrl(url);
      if (address.kind === "none") throw new Error("there is nothing to open");
      const { database, close } = await openDatabase(address);
      closing.push(close);
      return database;
    },
    stop: async () => {
      for (const close of closing.splice(0)) await close();
    },
  };
}
