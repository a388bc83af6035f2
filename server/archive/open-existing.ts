/** Opens the archive of a book for a command that reads it; nothing is made where there is none. */
import { existsSync } from "node:fs";
import { nameArchive, parseArchiveUrl } from "../archive-url.ts";
import type { AsksArchive } from "./archive.ts";
import { type Database, openDatabase } from "./database.ts";
import { QUESTIONS } from "./questions.ts";
import type { ArchiveTable } from "./schema.ts";

export interface ExistingArchive {
  readonly database: Database;
  /** What it says of itself. */
  readonly about: ArchiveTable;
  close(): Promise<void>;
}

/** @throws Error when there is no archive there, or none of a book yet; the driver's error when it can't be read. */
export async function openExistingArchive(archiveUrl: string): Promise<ExistingArchive> {
  const address = parseArchiveUrl(archiveUrl);
  const place = nameArchive(address);
  if (address.kind === "none")
    throw new Error("there is no archive: set ARCHIVE_URL to the one that the hub has");
  if (address.kind === "file" && !existsSync(address.path))
    throw new Error(`there is no archive in ${address.path}: start a hub there first, or set ARCHIVE_URL`);
  const { database, close } = await openDatabase(address);
  const about = await database.selectFrom("archive").selectAll().where("id", "=", 1).executeTakeFirst();
  if (about) return { database, about, close };
  await close();
  throw new Error(`${place} is of no book yet: start a hub with it first`);
}

/** Asks an archive without a thread around it. */
export function askDirectly(database: Database): AsksArchive {
  return {
    isThere: true,
    ask: (name, question) => QUESTIONS[name](database, question as never) as never,
  };
}
