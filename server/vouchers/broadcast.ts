/** The port by which the use cases tell terminals what has happened to a voucher; the socket side fills it. */

/** Whoever sends a command or asks: a terminal, as the use cases see it. */
export interface VoucherSender {
  readonly party: string;
}

/** An event, once for each party that is told of it. */
export interface VoucherAnnouncement {
  /** Who is told, and the event in that party's view, as JSON. */
  told: readonly { party: string; json: string }[];
  /** Has it in its acknowledgement, and is not told twice. */
  except?: VoucherSender | undefined;
}

/** Tells the terminals of this hub and of all others. Whether they hear it nobody knows: they sync. */
export type BroadcastVoucher = (announcement: VoucherAnnouncement) => void;
