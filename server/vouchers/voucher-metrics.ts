/** What is counted of vouchers. */
import type { VoucherEvent, VoucherSnapshot } from "@tallystick/protocol";

export interface VoucherMetrics {
  /** An event happened to a voucher. */
  happened(event: VoucherEvent, snapshot: VoucherSnapshot): void;
}
