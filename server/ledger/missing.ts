/** Reads what the store keeps of an issuance or a voucher that is missing; `lua/lib/missing.lua` is the other side of it. */
import { type Fence, isVoucherId } from "@tallystick/protocol";

/** What waits for an operator; undefined when nothing does. */
export function readMissing(id: string, text: string | null): Fence | undefined {
  const [status, by = "", version, digest, at] = text?.split("|") ?? [];
  if (status !== "open") return undefined;
  return {
    ...(isVoucherId(id) ? { voucherId: id } : { issuanceId: id }),
    by,
    version: Number(version),
    ...(digest && { digest }),
    at: Number(at),
    missing: true,
  };
}
