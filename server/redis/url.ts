/** The forms of `REDIS_URL`. */

export interface Node {
  host: string;
  port: number;
}

interface Credentials {
  username?: string;
  password?: string;
}

/** What the Sentinels themselves ask for, where they ask for anything. */
interface SentinelCredentials {
  sentinelUsername?: string;
  sentinelPassword?: string;
}

/** Where the store is, and how it is reached. */
export type RedisAddress =
  | { kind: "socket"; path: string }
  | ({ kind: "single"; tls: boolean; db: number } & Node & Credentials)
  | ({ kind: "cluster"; tls: boolean; nodes: Node[] } & Credentials)
  | ({ kind: "sentinel"; tls: boolean; nodes: Node[]; master: string } & Credentials & SentinelCredentials);

const FORM = /^(redis|rediss)(\+cluster|\+sentinel)?:\/\/(?:(.*)@)?([^/@]*)(?:\/([^@]*))?$/;
const FORMS =
  "redis://host:port, rediss://host:port, redis+cluster://host:port,host:port, redis+sentinel://host:port,host:port/master or unix:/path";

/**
 * Reads the URL of a store. Passwords may be percent-encoded (RFC 3986).
 *
 * @throws TypeError that says what is wrong; it never repeats the password.
 * @example parseRedisUrl("redis+sentinel://hub:secret@10.0.0.1,10.0.0.2/book?sentinelPassword=other")
 */
export function parseRedisUrl(url: string): RedisAddress {
  if (url.startsWith("unix:")) return { kind: "socket", path: socketPath(url.slice("unix:".length)) };
  const [, scheme, suffix, login, hosts = "", path = ""] = FORM.exec(url) ?? [];
  if (!scheme) throw new TypeError(`not the URL of a Redis: use ${FORMS}`);
  const tls = scheme === "rediss";
  const credentials = readLogin(login);
  const usual = suffix === "+sentinel" ? 26379 : 6379;
  const nodes = hosts.split(",").map((host, index) => readNode(host, { usual, position: index + 1 }));
  if (suffix === "+cluster") {
    if (path !== "") throw new TypeError("a cluster has no database number and no path");
    return { kind: "cluster", tls, nodes, ...credentials };
  }
  if (suffix === "+sentinel") {
    const [master = "", query] = path.split("?");
    if (!/^[A-Za-z0-9._-]+$/.test(master))
      throw new TypeError("the name of the master is needed: redis+sentinel://host:port/master");
    return { kind: "sentinel", tls, nodes, master, ...credentials, ...readSentinelLogin(query) };
  }
  const [node] = nodes;
  if (!node || nodes.length > 1)
    throw new TypeError("more than one host: use redis+cluster:// or redis+sentinel://");
  if (!/^\d{0,3}$/.test(path)) throw new TypeError("what follows the host must be a database number");
  return { kind: "single", tls, ...node, db: Number(path), ...credentials };
}

function socketPath(path: string): string {
  if (!path.startsWith("/"))
    throw new TypeError("a Unix socket's path must be absolute: unix:/path/redis.sock");
  return path;
}

/** The Sentinels' own user and password, behind the master's name. */
function readSentinelLogin(query: string | undefined): SentinelCredentials {
  const found: SentinelCredentials = {};
  for (const part of query ? query.split("&") : []) {
    const [name = "", ...rest] = part.split("=");
    if (name !== "sentinelUsername" && name !== "sentinelPassword")
      throw new TypeError("what follows a ? can be sentinelUsername=… and sentinelPassword=…");
    found[name] = decode(rest.join("="));
  }
  return found;
}

/** A host is not repeated in the message: where the @ was forgotten, it is the password. */
function readNode(text: string, { usual, position }: { usual: number; position: number }): Node {
  const match = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d+))?$/.exec(text);
  if (!match?.[1]) throw new TypeError(`host ${position} is not written as host:port`);
  const port = Number(match[2] ?? usual);
  if (port < 1 || port > 65535)
    throw new TypeError(`host ${position} has a port that is not from 1 to 65535`);
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
}

function readLogin(login: string | undefined): Credentials {
  if (!login) return {};
  if (/[@/]/.test(login)) throw new TypeError("user or password has an @ or a /; write them as %40 and %2F");
  const [username = "", ...rest] = login.split(":");
  const password = rest.join(":");
  return {
    ...(username !== "" && { username: decode(username) }),
    ...(password !== "" && { password: decode(password) }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError("user or password has a % that encodes nothing; write it as %25");
  }
}
