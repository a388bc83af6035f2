/** Whether a server can read a data folder: one that was written by a newer server only that one can read. */
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

/**
 * What is in the data that the server does not know, when that is why it has ended while it started;
 * undefined when it ended for another reason.
 *
 * @param said what the server said.
 */
export function unreadableData(data: string, said: string): string | undefined {
  const command = /Unknown command '([^']*)' reading the append only file/.exec(said)?.[1];
  if (command !== undefined) return `the command ${command}`;
  const format = formatOf(data);
  // A Redis takes the snapshot of a Valkey for a log of commands, and a broken one.
  const isForeign = format?.startsWith("Valkey") && /Bad file format|Wrong signature/.test(said);
  const isNewer = /Can't handle RDB format version/.test(said);
  return isForeign || isNewer ? (format ?? "an unknown form of RDB") : undefined;
}

/** The form that the folder's snapshot tells in its first bytes: REDIS0012, or VALKEY080. */
function formatOf(data: string): string | undefined {
  const folder = join(data, "appendonlydir");
  const base = readdirSync(folder)
    .filter((file) => file.endsWith(".base.rdb"))
    .at(-1);
  const [, name, version] = /^(REDIS|VALKEY)(\d+)/.exec(base ? firstBytes(join(folder, base)) : "") ?? [];
  if (name === undefined) return undefined;
  return `${name === "REDIS" ? "RDB" : "Valkey's RDB"} version ${Number(version)}`;
}

function firstBytes(path: string): string {
  const bytes = Buffer.alloc(9);
  const file = openSync(path, "r");
  try {
    return bytes.toString("latin1", 0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}
