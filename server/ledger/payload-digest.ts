/** Tells a repeat of a command from a contradiction. */
import { hash } from "node:crypto";
import type { CommandName, Seen, VoucherCommandName } from "@tallystick/protocol";

const PLAIN_LENGTH = 2;
/** The digests of the commands that say no more than which issuance they mean. */
const PLAIN = new Map<CommandName | VoucherCommandName, string>();

/** What says to which command on which issuance or voucher, and on which view of it, and not what is asked for. */
export interface Intent {
  commandId: string;
  issuanceId?: string;
  voucherId?: string;
  ifVersion?: number | undefined;
  seen?: Seen | undefined;
}

/**
 * 8 characters, 48 bits, of what a command asks for; 2 where it asks for nothing but itself, which only has to be told
 * from others.
 */
export function payloadDigest(
  command: CommandName | VoucherCommandName,
  { commandId: _, issuanceId: __, voucherId: ___, ifVersion: ____, seen: _____, ...content }: Intent,
): string {
  if (Object.keys(content).length > 0) return shortHash(`${command} ${JSON.stringify(content)}`);
  let digest = PLAIN.get(command);
  if (digest === undefined) {
    digest = shortHash(command).slice(0, PLAIN_LENGTH);
    PLAIN.set(command, digest);
  }
  return digest;
}

function shortHash(text: string): string {
  return hash("sha256", text, "base64url").slice(0, 8);
}
