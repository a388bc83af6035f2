/** Which servers can keep the book: Redis 7.0 or newer, or Valkey. */

export interface ServerVersion {
  flavour: "redis" | "valkey";
  version: string;
}

export const OLDEST = "Redis 7.0 or newer, or Valkey";

/** Reads the reply of `INFO server`. Valkey tells the Redis version that it is compatible with, and its own. */
export function parseServerInfo(info: string): ServerVersion {
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
  const valkey = field("valkey_version");
  if (valkey) return { flavour: "valkey", version: valkey };
  return { flavour: "redis", version: field("redis_version") ?? "0" };
}

/** Reads the line that `redis-server --version` or `valkey-server --version` prints. */
export function parseVersionLine(line: string): ServerVersion | undefined {
  const match = /^(Redis|Valkey)(?: server)? v=(\d+(?:\.\d+)+)/i.exec(line);
  if (!match?.[1] || !match[2]) return undefined;
  return { flavour: match[1].toLowerCase() as ServerVersion["flavour"], version: match[2] };
}

export function isTooOld({ flavour, version }: ServerVersion): boolean {
  return flavour === "redis" && Number.parseInt(version, 10) < 7;
}

/** @throws Error when the server is older than Redis 7.0. */
export function refuseOldServer(server: ServerVersion): void {
  if (!isTooOld(server)) return;
  throw new Error(
    `the store is Redis ${server.version}, and Tallystick needs ${OLDEST}: upgrade it, or point REDIS_URL to another`,
  );
}
