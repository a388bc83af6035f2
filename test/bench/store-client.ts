/** What a command costs the client of the store, by how the commands of one turn get into the socket. */
import type { Redis } from "ioredis";
import { connectRedis } from "../../server/redis/connect.ts";
import { startRedis } from "../helpers/redis.ts";
import type { Row } from "./report.ts";
import type { Size } from "./size.ts";

/** So many ask at once, each again when it is answered. */
const ASKING = 100;
/** For each negotiation that others measure; one command is soon done. */
const COMMANDS = 10;

/** Client CPU of one command: writes gathered below ioredis, by its own autopipelining, and not at all. */
export async function benchClient({ rounds, negotiations }: Size): Promise<Row[]> {
  const redis = await startRedis();
  const gathered = connectRedis(redis.url, { name: "bench" }) as Redis;
  // Each gives up what is not answered in time.
  const plain = { commandTimeout: 5000 };
  const lines = {
    gathered,
    pipelined: gathered.duplicate({ ...plain, enableAutoPipelining: true }),
    plain: gathered.duplicate(plain),
  };
  const found = { gathered: [], pipelined: [], plain: [] } as Record<keyof typeof lines, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const name of ["gathered", "pipelined", "plain"] as const) {
      const micros = await cpuMicros(lines[name], negotiations * COMMANDS);
      // The first time only warms up.
      if (round > 0) found[name].push(micros);
    }
  }
  for (const line of Object.values(lines)) line.disconnect();
  await redis.stop();
  const against = (what: string, values: number[]) => ({
    what: "client CPU of one command, writes gathered",
    unit: "µs",
    values: found.gathered,
    against: { what, values },
  });
  return [against("ioredis's autopipelining", found.pipelined), against("one by one", found.plain)];
}

async function cpuMicros(line: Redis, count: number): Promise<number> {
  let left = count;
  const before = process.cpuUsage();
  const ask = async () => {
    while (left-- > 0) await line.echo("no more than a few words");
  };
  await Promise.all(Array.from({ length: ASKING }, ask));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}
