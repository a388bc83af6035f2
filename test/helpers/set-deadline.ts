/** Moves the deadline of an issuance's present wait, so that no test has to wait for it. */
import { issuanceKeys } from "../../server/ledger/keys.ts";
import { pack, unpack } from "../../server/ledger/packing.ts";
import type { Store } from "../../server/redis/connect.ts";

/** Where the deadline is in what the record says of how the issuance stands. */
const POSITION = 3;

/** `deadline` in milliseconds since the epoch; the queue keeps the time that it has. */
export async function setDeadline(store: Store, issuanceId: string, deadline: number): Promise<void> {
  const [key] = issuanceKeys(issuanceId);
  const standing = unpack((await store.hget(key, "s")) ?? "");
  await store.hset(key, "s", pack(standing.with(POSITION, String(deadline))));
}
