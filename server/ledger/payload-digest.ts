/** Tells a repeat of a command from a contradiction. */
import { hash } from "node:crypto";
import type { CommandName, Seen } from "@tallystick/protocol";

/** The digests of the commands that say no more than which issuance they mean. */
const PLAIN = new Map<CommandName, string>();

/** What says to which command on which issuance, and on which view of it, and not what is asked for. */
export interface Intent {
  commandId: string;
  issuanceId: string;
  ifVersion?: number | undefined;
  seen?: Seen | undefined;
}

/** 8 characters, 48 bits, of what a command asks for. */
export function payloadDigest(
  command: CommandName,
  { commandId: _, issuanceId: __, ifVersion: ___, seen: ____, ...content }: Intent,
): string {
  if (Object.keys(content).length > 0) return shortHash(`${command} ${JSON.stringify(content)}`);
  let digest = PLAIN.get(command);
  if (digest === undefined) {
    digest = shortHash(command);
    PLAIN.set(command, digest);
  }
  return digest;
}

function shortHash(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 8);
}
