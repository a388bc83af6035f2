/** Takes a store back in time, as a failover or a restore that lost acknowledged writes does. */
import type { Redis } from "ioredis";

/** Remembers all that the store holds; the function it answers brings exactly that back. */
export async function rememberStore(client: Redis): Promise<() => Promise<void>> {
  const keys = await client.keys("*");
  const kept = await Promise.all(
    keys.map(async (key) => ({
      key,
      value: (await client.dumpBuffer(key)) as Buffer,
      lifetimeMs: Math.max(0, await client.pttl(key)),
    })),
  );
  return async () => {
    // In one step, so that no hub sees the store empty.
    const steps = client.multi().flushall();
    for (const { key, value, lifetimeMs } of kept) steps.restore(key, lifetimeMs, value);
    await steps.exec();
  };
}
