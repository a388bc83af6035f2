/** Tells a repeat of a command from a contradiction. */
import { hash } from "node:crypto";
import type { CommandName } from "@tallystick/protocol";

/** The digests of the commands that say no more than which issuance they mean. */
const PLAIN = new Map<CommandName, string>();

/** 8 characters, 48 bits, of what a command asks for: everything but its own id and the issuance's. */
export function payloadDigest(
  command: CommandName,
  { commandId: _, issuanceId: __, ...content }: { commandId: string; issuanceId: string },
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
