/** Tells a database that is away from one that can't be used, and both from a fault of our own. */
import { FileGoneError } from "./database.ts";
import { NewerArchiveError } from "./migrations.ts";
import { ForeignArchiveError } from "./pair.ts";

/** SQLite's names of what is wrong with the file itself, or with the way to it. */
const BAD_FILE = /^SQLITE_(NOTADB|CORRUPT|CANTOPEN|READONLY|PERM|AUTH)/;
/** SQLite's names of what may pass: a writer that takes long, a disk that is full. */
const BUSY_FILE = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|PROTOCOL)/;
/** Classes of SQLSTATE that say that settings are wrong: no such user or password, no such database, no right. */
const BAD_LOGIN = /^(28|3D|42501)/;
/** Those that say that a PostgreSQL can't do it now. */
const BUSY_SERVER = /^(08|25006|40|53|55|57|58)/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

function codeOf(error: unknown): string {
  const { code = "" } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "";
}

/** Why an archive can't be used with these settings, as a sentence; undefined when that may pass by itself. */
export function whyUnusable(error: unknown, place: string): string | undefined {
  if (error instanceof FileGoneError) return `${place} is not in its place any more: put it back`;
  if (error instanceof ForeignArchiveError || error instanceof NewerArchiveError) return error.message;
  const code = codeOf(error);
  const { message } = error as Error;
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code))
    return `${place} is damaged (${message}): bring it back from a copy, or set ARCHIVE_URL to another`;
  const isOpening = (error as { syscall?: unknown }).syscall === "open";
  if (BAD_FILE.test(code) || isOpening) return `${place} can't be opened: ${message}`;
  if (BAD_LOGIN.test(code)) return `${place} can't be used: ${message}`;
  return undefined;
}

/** True when an operator has to put another file in the place of this one, which has to be opened then. */
export function mustOpenAgain(error: unknown): boolean {
  return error instanceof FileGoneError || BAD_FILE.test(codeOf(error));
}

/** True when the database does not answer, or can't serve now, be it for what an operator has to put right. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof FileGoneError) return true;
  const code = codeOf(error);
  if (code.startsWith("SQLITE_")) return BUSY_FILE.test(code) || BAD_FILE.test(code);
  if (SQLSTATE.test(code)) return BUSY_SERVER.test(code) || BAD_LOGIN.test(code);
  // What pg says of a connection: by the system's code, or in words.
  return "syscall" in error || /^E[A-Z]+$/.test(code) || AWAY.test(error.message);
}

const AWAY =
  /^(Connection terminated|Client was closed|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|The server does not support SSL)/i;
