/** A voucher as an object: what all its parties can see and wait for. */
import type { VoucherRole } from "@tallystick/protocol/voucher-lifecycle";
import type { Drawing } from "./drawing.ts";
import { type Listener, LiveObject } from "./live-object.ts";
import type { VoucherEvent, VoucherSnapshot } from "./wire.ts";

/** A listener of a voucher's events, or of those of one type. */
export type VoucherListener<E extends VoucherEvent = VoucherEvent> = Listener<E, VoucherSnapshot>;

/** The event of a voucher of one type. */
export type VoucherEventOf<T extends VoucherEvent["type"]> = Extract<VoucherEvent, { type: T }>;

/** What all parties of a voucher can see of it. */
export abstract class Voucher extends LiveObject<"voucher"> {
  abstract override readonly role: VoucherRole;

  /** What was drawn on it so far, oldest first. */
  abstract get drawings(): Drawing[];
}
