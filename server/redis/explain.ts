/** Says why a store does not answer at a hub's start, and which setting helps. */
import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { Redis } from "ioredis";
import type { Node, RedisAddress } from "./url.ts";

type Networked = Exclude<RedisAddress, { kind: "socket" }>;

const PROBE_MS = 1000;

/** What OpenSSL says of a certificate whose authority is not known here. */
const UNTRUSTED =
  /self-signed certificate|unable to verify the first certificate|unable to get (local )?issuer cert/;

/** What the client's error says, with the cause and the way out where they can be found. */
export async function explain(address: RedisAddress, error: unknown): Promise<string> {
  // A host with several addresses gives an error without a message of its own.
  const { message, code, lastNodeError } = error as NodeJS.ErrnoException & { lastNodeError?: Error };
  // A cluster's client tells only that no node served it, and keeps a node's own error beside that.
  const said = lastNodeError?.message || message || code || String(error);
  if (address.kind === "socket") return said;
  const [node] = nodesOf(address);
  const where = `${node.host}:${node.port}`;
  if (said.includes("No such master")) return explainName(address, node);
  if (said.includes("unknown command 'sentinel'")) return `${where} is no Sentinel: use redis://${where}`;
  if (said.includes("cluster support disabled")) return `${where} is no cluster: use redis://${where}`;
  if (address.tls && (await speaksPlainly(node))) return `${where} does not speak TLS: use redis, not rediss`;
  // Of a cluster or Sentinels the client tells only that the connection was closed.
  if (address.tls) return explainCertificate(await handshake(node, { verify: true })) ?? said;
  if (!(await handshake(node, { verify: false }))) return `${where} speaks TLS: use rediss, not redis`;
  return said;
}

function nodesOf(address: Networked): [Node, ...Node[]] {
  return address.kind === "single" ? [address] : (address.nodes as [Node, ...Node[]]);
}

/** Asks a Sentinel for the names that it knows. */
async function explainName(address: Networked, node: Node): Promise<string> {
  const {
    master = "",
    sentinelUsername,
    sentinelPassword,
    tls,
  } = address as Extract<Networked, { kind: "sentinel" }>;
  const sentinel = new Redis({
    ...node,
    ...(sentinelUsername !== undefined && { username: sentinelUsername }),
    ...(sentinelPassword !== undefined && { password: sentinelPassword }),
    ...(tls && { tls: {} }),
    commandTimeout: PROBE_MS,
    retryStrategy: () => null,
  });
  sentinel.on("error", () => undefined);
  try {
    const known = (await sentinel.call("SENTINEL", "MASTERS")) as string[][];
    const names = known.map((fields) => fields[fields.indexOf("name") + 1]).join(", ");
    return `the Sentinel at ${node.host}:${node.port} has no master named ${master}; it has ${names || "none"}`;
  } catch {
    return `the Sentinel at ${node.host}:${node.port} has no master named ${master}`;
  } finally {
    sentinel.disconnect();
  }
}

/** True when a PING without TLS is answered. */
async function speaksPlainly({ host, port }: Node): Promise<boolean> {
  const socket = connect({ host, port, timeout: PROBE_MS }, () => socket.write("PING\r\n"));
  socket.on("error", () => undefined);
  try {
    const [reply] = (await once(socket, "data", { signal: AbortSignal.timeout(PROBE_MS) })) as [Buffer];
    return /^[+-]/.test(reply.toString("latin1"));
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function explainCertificate(error: NodeJS.ErrnoException | undefined): string | undefined {
  if (!error) return undefined;
  const { message, code } = error;
  if (UNTRUSTED.test(message))
    return `${message}: set NODE_EXTRA_CA_CERTS to the file with the certificate of its authority`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return `${message}: use the name that the certificate is for`;
  return undefined;
}

/** What is wrong with a TLS handshake; undefined when it succeeds. Nothing is sent over the connection. */
async function handshake(
  { host, port }: Node,
  { verify }: { verify: boolean },
): Promise<NodeJS.ErrnoException | undefined> {
  const socket = connectTls({ host, port, rejectUnauthorized: verify });
  socket.on("error", () => undefined);
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(PROBE_MS) });
    return undefined;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  } finally {
    socket.destroy();
  }
}
