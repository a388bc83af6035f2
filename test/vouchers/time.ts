/** Moves a voucher's times in the store, so that no test has to wait for them. */
import { voucherKeys } from "../../server/ledger/keys.ts";
import type { Store } from "../../server/redis/connect.ts";
import type { TestHub } from "../helpers/hub.ts";

/** In one step, so that it can come at the same moment as commands. Lists are parted by \31, drawings that wait by \30. */
const MAKE_OLDER = `
local key, deadlines = KEYS[1], KEYS[2]
local id, ms, beyondExpiry, drawings = ARGV[1], tonumber(ARGV[2]), ARGV[3] == 'yes', ARGV[4] == 'yes'
local terms, standing, waiting = unpack(redis.call('HMGET', key, 'o', 's', 'w'))

local function parts(text)
  local values = {}
  for value in string.gmatch(text .. '\\31', '([^\\31]*)\\31') do values[#values + 1] = value end
  return values
end
local function less(time) return time == '' and '' or string.format('%.0f', time - ms) end

local offer, stands = parts(terms), parts(standing)
if beyondExpiry then
  local clock = redis.call('TIME')
  ms = ms + math.max(0, offer[9] - (clock[1] * 1000 + math.floor(clock[2] / 1000)) + 1)
end
offer[8], offer[9], stands[11] = less(offer[8]), less(offer[9]), less(stands[11])
redis.call('HSET', key, 'o', table.concat(offer, '\\31'), 's', table.concat(stands, '\\31'))
if drawings and waiting then
  redis.call('HSET', key, 'w', (string.gsub(waiting, '[^\\30]+', function(entry)
    return (string.gsub(entry, '^(%d+|%d+|)(%d+)|(%d+)|(%d+)', function(head, at, deadline, till)
      return head .. less(at) .. '|' .. less(deadline) .. '|' .. less(till)
    end))
  end)))
end
if stands[11] ~= '' then redis.call('ZADD', deadlines, stands[11], id) end
`;

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
  const { voucher, deadlines: queue } = voucherKeys(voucherId);
  const flags = [beyondExpiry, drawings].map((flag) => (flag ? "yes" : "no"));
  await store.eval(MAKE_OLDER, 2, voucher, queue, voucherId, ms, ...flags);
}
