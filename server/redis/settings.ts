/** What a server of the store is set to. */
import type { Redis } from "ioredis";
import { masters, type Store } from "./store.ts";

/** A setting by its name in redis.conf; undefined when the server does not tell, as a hosted one may not. */
export async function readSetting(server: Redis, name: string): Promise<string | undefined> {
  const reply = (await server.config("GET", name).catch(() => [])) as string[];
  return reply[1];
}

const SETTING = "hash-max-listpack-value";
/** The values of an issuance's record are seldom longer; a hash without longer ones is kept as a listpack. Bytes. */
const LONGEST_VALUE_BYTES = 1024;

/** A warning when the store's listpack limit is so low that records take more memory; undefined when all is well. */
export async function listpackWarning(store: Store): Promise<string | undefined> {
  const found = await Promise.all(masters(store).map((server) => readSetting(server, SETTING)));
  const least = Math.min(...found.map((value) => Number(value ?? LONGEST_VALUE_BYTES)));
  if (least >= LONGEST_VALUE_BYTES) return undefined;
  return `the store's ${SETTING} is ${least}: issuances take a third more memory than with ${LONGEST_VALUE_BYTES}`;
}
