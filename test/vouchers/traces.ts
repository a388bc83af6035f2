/** All that a command on a voucher can touch, read straight from the store: a refusal may change none of it. */
import { issuanceIdOf } from "@tallystick/protocol";
import { accountKeys, partitionKeys, voucherKeys } from "../../server/ledger/keys.ts";
import { FROM, TO, type VoucherScene } from "./scene.ts";

export interface Records {
  voucher: Record<string, string>;
  /** Its deadline in the queue. */
  due: string | null;
  payer: Record<string, string>;
  beneficiary: Record<string, string>;
  /** What is frozen for it. */
  freeze: string | null;
  sums: Record<string, string>;
  undone: string[];
  openSettlements: string[];
  failedSettlements: string[];
  /** Entries of the journals of the payer's and the beneficiary's partition. */
  journals: number[];
}

export async function recordsOf(scene: VoucherScene, voucherId: string): Promise<Records> {
  const { hub, payer, beneficiary } = scene;
  const { store, ledger } = hub.running;
  const keys = voucherKeys(voucherId);
  const home = ledger.partitionOf(beneficiary.party);
  const from = accountKeys({ partition: ledger.partitionOf(payer.party), party: payer.party, number: FROM });
  const to = accountKeys({ partition: home, party: beneficiary.party, number: TO });
  return {
    voucher: await store.hgetall(keys.voucher),
    due: await store.zscore(keys.deadlines, voucherId),
    payer: await store.hgetall(from.account),
    beneficiary: await store.hgetall(to.account),
    freeze: await store.hget(from.freezes, issuanceIdOf(voucherId)),
    sums: await store.hgetall(keys.sums),
    undone: await store.zrange(keys.undone, "0", "-1"),
    openSettlements: await store.zrange(keys.openSettlements, "0", "-1"),
    failedSettlements: await store.zrange(keys.failedSettlements, "0", "-1"),
    journals: [await store.xlen(keys.journal), await store.xlen(partitionKeys.journal(home))],
  };
}
