/** What a server of the store is set to. */
import type { Redis } from "ioredis";
import { masters, type Store } from "./connect.ts";

/** A setting by its name in redis.conf; undefined when the server does not tell, as a hosted one may not. */
export async function readSetting(server: Redis, name: string): Promise<string | undefined> {
  const reply = (await server.config("GET", name).catch(() => [])) as string[];
  return reply[1];
}

const COMPACT = "hash-max-listpack-value";
/** What a value of an issuance's record seldom reaches; up to there the record is kept in one piece. Bytes. */
const LONGEST_VALUE_BYTES = 1024;

/** A sentence about memory that the store spends for nothing; undefined when there is nothing to say. */
export async function wasteOf(store: Store): Promise<string | undefined> {
  const found = await Promise.all(masters(store).map((server) => readSetting(server, COMPACT)));
  const least = Math.min(...found.map((value) => Number(value ?? LONGEST_VALUE_BYTES)));
  if (least >= LONGEST_VALUE_BYTES) return undefined;
  return `the store's ${COMPACT} is ${least}: issuances take a third more memory than with ${LONGEST_VALUE_BYTES}`;
}
