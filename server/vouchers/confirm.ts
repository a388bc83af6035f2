/** What has to be as durable as the hub promises before anybody is told of it, or paid. */
import type { Confirmable } from "../ledger/replication-barrier.ts";

/** Resolves when as many replicas have it as the operator asks for; throws UnconfirmedError otherwise. */
export type ConfirmRecord = (record: Confirmable) => Promise<void>;
