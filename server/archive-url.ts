/** Where an archive is: the forms of `ARCHIVE_URL`. */
import { resolve } from "node:path";

export type ArchiveAddress =
  | { kind: "none" }
  /** An SQLite file. */
  | { kind: "file"; path: string }
  | { kind: "postgres"; url: string };

/**
 * Reads `ARCHIVE_URL`: `none`, `file:/path` or `postgres://…`.
 *
 * @throws TypeError when it is none of them.
 */
export function parseArchiveUrl(url: string): ArchiveAddress {
  if (url === "none") return { kind: "none" };
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return { kind: "postgres", url };
  const [, path = ""] = /^file:(?:\/\/(?=\/))?(.+)$/.exec(url) ?? [];
  if (path === "") throw new TypeError("must be postgres://user@host/database, file:/path or none");
  return { kind: "file", path: resolve(path) };
}

/** Whether settings name one. */
export function hasArchive({ ARCHIVE_URL = "none" }: { ARCHIVE_URL?: string | undefined }): boolean {
  return parseArchiveUrl(ARCHIVE_URL).kind !== "none";
}

/** Names an archive in a sentence, without the password. */
export function nameArchive(address: ArchiveAddress): string {
  if (address.kind === "none") return "no archive";
  if (address.kind === "file") return `the archive in ${address.path}`;
  const { host, pathname, searchParams } = new URL(address.url);
  return `the archive at postgres://${host || searchParams.get("host") || "localhost"}${pathname}`;
}

/** The archive of a hub that nobody has given one: beside its own Redis, and none beside a store of somebody's. */
export function defaultArchive({ own, dataDir }: { own: boolean; dataDir: string }): string {
  return own ? `file:${resolve(dataDir, "archive.db")}` : "none";
}

/** Where the archive of a book is, whether or not its settings say so. */
export function archiveUrlOf(settings: {
  ARCHIVE_URL?: string | undefined;
  REDIS_URL?: string | undefined;
  DATA_DIR: string;
}): string {
  const { ARCHIVE_URL, REDIS_URL, DATA_DIR } = settings;
  return ARCHIVE_URL ?? defaultArchive({ own: REDIS_URL === undefined, dataDir: DATA_DIR });
}
