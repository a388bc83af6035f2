/** All that can be wrong with one command at once; the order of the checks decides which of it is the answer. */
import type { ErrorCode } from "@tallystick/protocol";

/** What can be wrong with a command, in the contract's order. */
export const FAULTS = ["shape", "membership", "repeat", "role", "seen", "state", "version", "own"] as const;
export type Fault = (typeof FAULTS)[number];
export type FaultAnswers = { readonly [F in Fault]: ErrorCode };

/** The answer to each; the command's own is its own. */
export const COMMON_ANSWERS = {
  shape: "invalid_request",
  membership: "not_found",
  repeat: "conflict",
  role: "forbidden",
  seen: "rolled_back",
  state: "wrong_state",
  version: "conflict",
} as const satisfies Partial<FaultAnswers>;

/** Every set of faults that one message can have. */
export function faultSets(): Set<Fault>[] {
  const all = Array.from({ length: 2 ** FAULTS.length - 1 }, (_, bits) =>
    FAULTS.filter((_, position) => (bits + 1) & (1 << position)),
  );
  // A stranger is in no role, and has sent nothing before.
  return all
    .map((faults) => new Set(faults))
    .filter((set) => !set.has("membership") || !(set.has("role") || set.has("repeat")));
}
