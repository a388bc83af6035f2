/** All that a store holds, so that a test can tell whether anything was written. */
import type { Redis } from "ioredis";

export async function everythingIn(client: Redis): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const key of (await client.keys("*")).sort())
    found[key] = ((await client.dumpBuffer(key)) as Buffer).toString("base64");
  return found;
}
