/**
 * What may be done in the hub's own Redis, by whoever reaches its socket: an ACL file beside the data. What no hub and no
 * command of ours needs, such as FLUSHALL, DEBUG or CONFIG SET, nobody can do there.
 */
import { join } from "node:path";
import { replacePrivateFile } from "../../private-file.ts";
import type { DataFolder } from "./data-folder.ts";

/** Keys and channels of a book alone. */
const WHERE = "~ts:* resetchannels &ts#*";
/** What this folder itself sends, and a server that is taken over to learn of new rights. */
const FOR_ITSELF = ["ping", "info", "shutdown", "acl|load"];

export function rightsFile({ data }: DataFolder): string {
  return join(data, "users.acl");
}

/** @param commands as an ACL names them. */
export async function writeRights(folder: DataFolder, commands: readonly string[]): Promise<void> {
  const granted = [...new Set([...FOR_ITSELF, ...commands])].map((command) => `+${command}`);
  // The socket is its owner's alone, so that no password is asked for.
  const line = `user default on nopass ${WHERE} -@all ${granted.join(" ")}\n`;
  await replacePrivateFile(rightsFile(folder), line);
}
