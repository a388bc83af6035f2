/**
 * The types of what travels on the wire. All of the SDK takes them from here, so that the published
 * package needs one file with them written out (pack/), and no schema library.
 */
export type {
  AccountGlimpse,
  Approval,
  CommandPayloads,
  Drawing as DrawingSnapshot,
  DurabilityLevel,
  ErrorBody,
  IssuanceEvent,
  ListedVoucher,
  OpenIssuance,
  QueryPayloads,
  Snapshot,
  VoucherCommandPayloads,
  VoucherEvent,
  VoucherQueryPayloads,
  VoucherSnapshot,
  VoucherStub,
} from "@tallystick/protocol";
