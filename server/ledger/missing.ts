/** Reads what the store keeps of an issuance that is missing; `lua/lib/missing.lua` is the other side of it. */
import type { Fence } from "@tallystick/protocol";

/** What waits for an operator; undefined when nothing does. */
export function readMissing(issuanceId: string, text: string | null): Fence | undefined {
  const [status, by = "", version, digest, at] = text?.split("|") ?? [];
  if (status !== "open") return undefined;
  return {
    issuanceId,
    by,
    version: Number(version),
    ...(digest && { digest }),
    at: Number(at),
    missing: true,
  };
}
