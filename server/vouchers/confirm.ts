/** What has to be as durable as the hub promises before anybody is told of it, or paid. */
import { issuanceIdOf } from "@tallystick/protocol";
import { voucherKey } from "../ledger/keys.ts";

/** A record that begins with a digest, and where it is. */
export interface RecordAt {
  key: string;
  field: string;
  digest: string;
}

/** Resolves when as many replicas have it as the operator asks for; throws UnconfirmedError otherwise. */
export type ConfirmRecord = (record: RecordAt) => Promise<void>;

/** Where an event of a voucher is. */
export function recordOf(event: { voucherId: string; version: number; digest: string }): RecordAt {
  return {
    key: voucherKey(issuanceIdOf(event.voucherId)),
    field: String(event.version),
    digest: event.digest,
  };
}
