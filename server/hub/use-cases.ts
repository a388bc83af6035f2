/** What can be done with issuances, vouchers and settlements, put together once for every way in. */
import { isVoucherId } from "@tallystick/protocol";
import type { AsksArchive } from "../archive/archive.ts";
import type { Settings } from "../config.ts";
import { Issuances } from "../issuances/issuances.ts";
import { Rollbacks } from "../issuances/rollbacks.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { ReplicationBarrier } from "../ledger/replication-barrier.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { DurabilityWatch } from "../redis/durability.ts";
import type { Rooms } from "../socket/rooms.ts";
import type { VoucherAnnouncement } from "../vouchers/broadcast.ts";
import { Settlements } from "../vouchers/settlements.ts";
import { Settler } from "../vouchers/settler.ts";
import { Vouchers } from "../vouchers/vouchers.ts";

export interface UseCaseParts {
  ledger: Ledger;
  rooms: Rooms;
  /** With MIN_REPLICAS. */
  barrier: ReplicationBarrier | undefined;
  durability: DurabilityWatch;
  archive: AsksArchive;
  settings: Settings;
  metrics: Metrics;
  log: Logger;
}

export interface UseCases {
  rollbacks: Rollbacks;
  issuances: Issuances;
  vouchers: Vouchers;
  settlements: Settlements;
  settler: Settler;
}

export function createUseCases(parts: UseCaseParts): UseCases {
  const { ledger, rooms, barrier, durability, archive, settings, metrics, log } = parts;
  const tellFenced = (party: string, id: string) => rooms.tellFenced(party, id);
  const rollbacks = new Rollbacks({ fences: ledger.fences, archive, tellFenced, metrics, log });
  const toVouchers = {
    ledger,
    broadcast: (announcement: VoucherAnnouncement) => rooms.broadcastVoucher(announcement),
    archive,
    barrier,
    metrics,
    log,
  };
  const fencePaid = (settlementId: string, digest: string) => rollbacks.fencePaid(settlementId, digest);
  const settler = new Settler({ ...toVouchers, fencePaid });
  // What is paid outside waits for the system that reports back; what was honoured in the book before, the sweep pays out.
  const isOutside = settings.SETTLE === "external";
  const settle = (settlementId: string, how: { isFresh: boolean }) =>
    void (isOutside || settler.do(settlementId, how));
  return {
    rollbacks,
    issuances: new Issuances({
      ledger,
      broadcast: (announcement) => rooms.broadcast(announcement),
      rollbacks,
      archive,
      barrier,
      durability,
      maxValidFor: settings.MAX_VALID_FOR,
      issued: (snapshot) => void settler.welcome(snapshot),
      metrics,
      log,
    }),
    vouchers: new Vouchers({ ...toVouchers, durability, rollbacks, settle }),
    settlements: new Settlements({ ...toVouchers, settler }),
    settler,
  };
}

/** Does what time has brought about to an issuance or a voucher. */
export function expireWith({ issuances, vouchers }: UseCases): (id: string) => Promise<void> {
  return (id) => (isVoucherId(id) ? vouchers.advance(id) : issuances.expire(id));
}
