/** Takes a store back in time, as a failover or a restore that lost acknowledged writes does. */
import type { Redis } from "ioredis";

const REMOVE = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end";

/**
 * Remembers all that the store holds; the function it answers brings exactly that back.
 *
 * @param pattern of the keys that go back, as where one server of several does; all unless given.
 */
export async function rememberStore(client: Redis, pattern = "*"): Promise<() => Promise<void>> {
  const keys = await client.keys(pattern);
  const kept = await Promise.all(
    keys.map(async (key) => ({
      key,
      value: (await client.dumpBuffer(key)) as Buffer,
      lifetimeMs: Math.max(0, await client.pttl(key)),
    })),
  );
  return async () => {
    // In one step, so that no hub sees the store empty.
    const steps = client.multi().eval(REMOVE, 0, pattern);
    for (const { key, value, lifetimeMs } of kept) steps.restore(key, lifetimeMs, value);
    await steps.exec();
  };
}

/** Takes all out and leaves nothing, in one step, so that nothing is written in between. */
const EMPTY = `
local all = {}
for index, key in ipairs(redis.call('KEYS', '*')) do
  all[index] = { key, math.max(0, redis.call('PTTL', key)), redis.call('DUMP', key) }
end
redis.call('FLUSHALL')
return all`;

/** Empties a store; the function it answers puts all back, beside what was written since. */
export async function emptyStore(client: Redis): Promise<() => Promise<void>> {
  const all = (await client.callBuffer("EVAL", EMPTY, "0")) as [
    key: Buffer,
    lifetimeMs: number,
    value: Buffer,
  ][];
  return async () => {
    const steps = client.multi();
    for (const [key, lifetimeMs, value] of all) steps.restore(key, lifetimeMs, value, "REPLACE");
    await steps.exec();
  };
}
