/** Moves a voucher's times in the store, so that no test has to wait for them. */
import { issuanceIdOf } from "@tallystick/protocol";
import { voucherKey, voucherKeys } from "../../server/ledger/keys.ts";
import { pack, unpack } from "../../server/ledger/packing.ts";
import type { Store } from "../../server/redis/connect.ts";
import type { TestHub } from "../helpers/hub.ts";

/** Where the times are in the terms and in what the record says of how the voucher stands. */
const ISSUED_AT = 7;
const EXPIRES_AT = 8;
const NEXT_AT = 10;
/** Where they are in a drawing that waits: when it was presented, the deadline that was told, the one that counts. */
const WAITING_TIMES = [2, 3, 4];

export interface Older {
  /** As much older as it takes to have expired. */
  beyondExpiry?: boolean;
  ms?: number;
  /** The drawings that wait are older too. */
  drawings?: boolean;
}

/** Makes a voucher older, as if so much time had passed in which nobody has looked at it. Its digests no longer fit. */
export async function makeOlder(
  hub: Pick<TestHub, "running">,
  voucherId: string,
  older: Older,
): Promise<void> {
  await makeOlderIn(hub.running.store, voucherId, older);
}

export async function makeOlderIn(
  store: Store,
  voucherId: string,
  { beyondExpiry = false, ms = 0, drawings = false }: Older,
): Promise<void> {
  const key = voucherKey(issuanceIdOf(voucherId));
  const [offer, standing, waiting] = await store.hmget(key, "o", "s", "w");
  const terms = unpack(offer);
  const stands = unpack(standing);
  const by = beyondExpiry ? Number(terms[EXPIRES_AT]) - Date.now() + 1 + ms : ms;
  const earlier = (values: string[], position: number) =>
    values[position] === "" ? values : values.with(position, String(Number(values[position]) - by));
  await store.hset(key, {
    o: pack(earlier(earlier(terms, ISSUED_AT), EXPIRES_AT)),
    s: pack(earlier(stands, NEXT_AT)),
    ...(drawings && {
      w: (waiting ?? "")
        .split("\x1e")
        .map((entry) => WAITING_TIMES.reduce(earlier, entry.split("|")).join("|"))
        .join("\x1e"),
    }),
  });
  if (stands[NEXT_AT] !== "") await store.zincrby(voucherKeys(voucherId).deadlines, -by, voucherId);
}
