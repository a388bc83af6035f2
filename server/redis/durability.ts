/** What a crash can cost, as the store's own settings have it (design, guarantee 2). */
import type { Redis } from "ioredis";
import { masters, type Store } from "./connect.ts";

/**
 * What an acknowledged command survives: `fsynced` a power cut, since each write is on the disk before it
 * is acknowledged; `memory` not even, always, the death of the server's process.
 */
export type DurabilityLevel = "memory" | "fsynced";

export interface Durability {
  level: DurabilityLevel;
  /** What a crash can cost, in a sentence. */
  says: string;
}

interface ServerSettings {
  appendonly: string | undefined;
  appendfsync: string | undefined;
  policy: string | undefined;
}

/**
 * Reads the settings of each server of the store; the weakest decides.
 *
 * @throws Error when a server would evict keys as its memory runs out: money must not vanish.
 */
export async function readDurability(store: Store): Promise<Durability> {
  const all = await Promise.all(masters(store).map(readServerSettings));
  for (const { policy } of all) {
    if (policy !== undefined && policy !== "noeviction") {
      throw new Error(
        `the store's maxmemory-policy is ${policy}, which throws data away when memory runs out: set it to noeviction`,
      );
    }
  }
  const judged = all.map(judge);
  return judged.find(({ level }) => level === "memory") ?? judged[0] ?? judge({} as ServerSettings);
}

async function readServerSettings(server: Redis): Promise<ServerSettings> {
  const read = async (name: string): Promise<string | undefined> => {
    // A hosted store may not let its settings be read.
    const reply = (await server.config("GET", name).catch(() => [])) as string[];
    return reply[1];
  };
  const [appendonly, appendfsync, policy] = await Promise.all(
    ["appendonly", "appendfsync", "maxmemory-policy"].map(read),
  );
  return { appendonly, appendfsync, policy };
}

function judge({ appendonly, appendfsync }: ServerSettings): Durability {
  if (appendonly === undefined) {
    return {
      level: "memory",
      says: "the store does not tell its settings, so nobody knows what a crash can cost",
    };
  }
  if (appendonly !== "yes") {
    return {
      level: "memory",
      says: "appendonly is no: a crash of the store loses all since its last snapshot",
    };
  }
  if (appendfsync !== "always") {
    const cost =
      appendfsync === "everysec" ? "the last second or two" : "whatever the system had not written yet";
    return { level: "memory", says: `appendfsync is ${appendfsync}: a power cut loses ${cost}` };
  }
  return { level: "fsynced", says: "each write is on the store's disk before it is acknowledged" };
}
