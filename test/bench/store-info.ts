/** What a Redis server says of itself. */
import type { Redis } from "ioredis";

/** The value of one field of INFO, with more after it where a field has several. */
export async function readInfo(client: Redis, section: string, field: RegExp): Promise<number> {
  return Number(field.exec(await client.info(section))?.[1] ?? 0);
}

export interface StoreUse {
  /** CPU of all scripts so far, microseconds. */
  cpuMicros: number;
  /** Bytes on the wire so far, both ways. */
  bytes: number;
}

export async function readUse(client: Redis): Promise<StoreUse> {
  const [cpuMicros, input, output] = [
    await readInfo(client, "commandstats", /^cmdstat_evalsha:.*?usec=(\d+)/m),
    await readInfo(client, "stats", /^total_net_input_bytes:(\d+)/m),
    await readInfo(client, "stats", /^total_net_output_bytes:(\d+)/m),
  ];
  return { cpuMicros, bytes: input + output };
}
