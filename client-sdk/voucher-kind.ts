/** Vouchers, as the SDK follows them. */
import { foldVoucher, isVoucherSettled } from "@tallystick/protocol/voucher-fold";
import { hasVoucherEnded } from "@tallystick/protocol/voucher-lifecycle";
import type { Kind } from "./kind.ts";

export const VOUCHER: Kind<"voucher"> = {
  noun: "voucher",
  fold: foldVoucher,
  hasEnded: hasVoucherEnded,
  isOver: isVoucherSettled,
  dueAt: ({ expiresAt, drawings }) =>
    Math.min(expiresAt, ...drawings.map(({ deadline }) => deadline ?? expiresAt)),
  // It may live for months, in which nothing happens.
  isCalm: ({ drawings }) => drawings.every(({ deadline, settlement }) => !deadline && settlement !== "open"),
  isToldInRoom: () => false,
  // Whoever has drawn all of it has taken it.
  passed: { accepted: ["issued"], honoured: ["issued", "accepted"] },
};
