/** How the scripts' refusals are read: what is told of them, and what they show of the store. */
import type { ErrorCode } from "@tallystick/protocol";

/** The newest event of a record that a refusal shows: it is told when replicas have that (MIN_REPLICAS). */
export interface ShownEvent {
  version: number;
  digest: string;
}

/** A refusal as it is told. */
export interface Refused {
  kind: "refused";
  code: ErrorCode;
  details?: Record<string, unknown>;
}

/** @param detail what `reject` of `lua/lib/reply.lua` was given behind the code. */
export function readRefusal(code: ErrorCode, detail: string): Refused {
  const details = detailsOf(code, detail);
  return { kind: "refused", code, ...(details && { details }) };
}

function detailsOf(code: ErrorCode, detail: string): Record<string, unknown> | undefined {
  switch (code) {
    case "wrong_state":
      return { state: detail };
    case "rolled_back":
      return { version: Number(detail) };
    case "forbidden":
      return { role: detail };
    case "exceeds_remaining":
      return { remaining: Number(detail) };
    case "rate_limited":
      return { retryAfter: Number(detail) };
    case "too_many_open": {
      const [limit, most] = detail.split(" ");
      return { limit, most: Number(most) };
    }
    case "conflict":
      return detail === "commandId" ? { commandId: "used before" } : { version: Number(detail) };
    default:
      return undefined;
  }
}

/** Reads what a refusal shows; `lua/lib/shown-event.lua` is the other side of it. */
export function readShown(text: string): ShownEvent {
  const [version, digest = ""] = text.split(" ");
  return { version: Number(version), digest };
}
