/** Issuances, as the SDK follows them. */
import { fold } from "@tallystick/protocol/fold";
import { audienceOf, hasEnded } from "@tallystick/protocol/lifecycle";
import type { Kind } from "./kind.ts";

export const ISSUANCE: Kind<"issuance"> = {
  noun: "issuance",
  fold,
  hasEnded,
  isOver: ({ state }) => hasEnded(state),
  dueAt: ({ deadline }) => deadline,
  isCalm: () => false,
  isToldInRoom: (state) => audienceOf(state) === "room",
  /**
   * The states that an issuance has left for good where it is now: every way here led through them, and none
   * leads back. A test holds it against the lifecycle's rules.
   */
  passed: {
    opened: ["agreed"],
    verified: ["agreed"],
    changing: ["agreed"],
    issued: ["agreed", "opened"],
  },
};
