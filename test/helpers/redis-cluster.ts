/** A real Redis Cluster for a test, on free ports. */

import type { ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import { connectPatiently, launch, onFreePorts, send } from "./redis-process.ts";
import { startProxy, type TcpProxy } from "./tcp-proxy.ts";
import { removeFolder, temporaryFolder } from "./temporary-folder.ts";

const HOST = "127.0.0.1";
const SLOTS = 16384;

export interface TestCluster {
  /** `redis+cluster:` and the address of every node. */
  readonly url: string;
  /** Process ids of the nodes, the masters first; then, in the same order, the replicas of each. */
  readonly pids: readonly number[];
  /** The proxies that stand before the nodes, in the same order; none unless they were asked for. */
  readonly proxies: readonly TcpProxy[];
  /** A new connection to one node, closed by `stop`. */
  client(index: number): Redis;
  /** Sends a node a signal, SIGKILL unless another is given; waits for the end where the signal brings it. */
  kill(index: number, signal?: NodeJS.Signals): Promise<void>;
  /** Starts a node again on its data. */
  restart(index: number): Promise<void>;
  /** Waits until each of the running nodes finds that all slots are served by running nodes. */
  untilServed(): Promise<void>;
  stop(): Promise<void>;
}

export interface TestClusterOptions {
  masters: number;
  replicasPerMaster?: 0 | 1;
  /** Put a proxy before each node; clients and other nodes' replicas are told of the proxies alone. */
  proxied?: boolean;
  /** More settings of each node, by their names in redis.conf. */
  settings?: Record<string, string>;
}

interface Node {
  port: number;
  proxy?: TcpProxy;
  busPort: number;
  settings: Record<string, string>;
  child: ChildProcess;
}

/** Starts a cluster of the test's own; whoever starts it stops it. */
export async function startCluster(options: TestClusterOptions): Promise<TestCluster> {
  const folder = temporaryFolder();
  const count = options.masters * (1 + (options.replicasPerMaster ?? 0));
  // Each node has a port for clients and another for the cluster's bus.
  const nodes = await onFreePorts(2 * count, (ports) => startNodes({ ...options, folder, ports, count }));
  const clients = new Set<Redis>();
  const client = (index: number) => {
    const opened = connectPatiently({ host: HOST, port: nodeAt(nodes, index).port });
    clients.add(opened);
    return opened;
  };
  const stop = async () => {
    for (const opened of clients) opened.disconnect();
    await Promise.all(nodes.map(({ child }) => send(child, "SIGKILL")));
    await Promise.all(nodes.map(({ proxy }) => proxy?.close()));
    removeFolder(folder);
  };
  try {
    await joinNodes(nodes, options.masters);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `redis+cluster://${nodes.map((node) => `${HOST}:${toldPort(node)}`).join(",")}`,
    proxies: nodes.flatMap(({ proxy }) => proxy ?? []),
    get pids() {
      return nodes.map(({ child }) => child.pid as number);
    },
    client,
    kill: (index, signal = "SIGKILL") => send(nodeAt(nodes, index).child, signal),
    restart: async (index) => {
      const node = nodeAt(nodes, index);
      await send(node.child, "SIGKILL");
      node.child = await launch(node.settings, { host: HOST, port: node.port });
    },
    untilServed: () => untilServed(nodes),
    stop,
  };
}

interface Start extends TestClusterOptions {
  folder: string;
  ports: number[];
  count: number;
}

/** The port that clients and other nodes are told of. */
function toldPort({ port, proxy }: Node): number {
  return proxy?.port ?? port;
}

async function startNodes({ folder, ports, count, settings = {}, proxied }: Start): Promise<Node[]> {
  const started = await Promise.allSettled(
    ports.slice(0, count).map(async (port, index): Promise<Node> => {
      const busPort = ports[count + index] as number;
      const dir = join(folder, String(port));
      mkdirSync(dir);
      const proxy = proxied ? await startProxy(() => ({ host: HOST, port }), { redis: true }) : undefined;
      const told = proxy && {
        "cluster-announce-port": String(proxy.port),
        "cluster-announce-bus-port": String(busPort),
      };
      const all = { ...settingsOf({ port, busPort, dir }), ...told, ...settings };
      const child = await launch(all, { host: HOST, port });
      return { port, busPort, settings: all, child, ...(proxy && { proxy }) };
    }),
  );
  const nodes = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failure = started.find((result) => result.status === "rejected");
  if (!failure) return nodes;
  await Promise.all(nodes.map(({ child }) => send(child, "SIGKILL")));
  throw failure.reason;
}

function settingsOf({ port, busPort, dir }: { port: number; busPort: number; dir: string }) {
  return {
    dir,
    port: String(port),
    bind: HOST,
    save: "",
    appendonly: "yes",
    appendfsync: "always",
    "hash-max-listpack-value": "1024",
    "cluster-enabled": "yes",
    "cluster-port": String(busPort),
    // A lost master is noticed within a second, so that tests need not wait long.
    "cluster-node-timeout": "1000",
    "repl-diskless-sync-delay": "0",
  };
}

/** Shares the slots out between the masters, makes the nodes known to each other, and ties the replicas. */
async function joinNodes(nodes: readonly Node[], masters: number): Promise<void> {
  const lines = nodes.map(({ port }) => connectPatiently({ host: HOST, port }));
  try {
    const first = nodeAt(lines, 0);
    for (const [index, line] of lines.entries()) {
      await line.cluster("SET-CONFIG-EPOCH", index + 1);
      if (index < masters) await addSlots(line, { index, masters });
      const { port, busPort } = nodeAt(nodes, index);
      if (index > 0) await first.call("CLUSTER", "MEET", HOST, port, busPort);
    }
    await Promise.all(lines.map((line) => until(async () => (await knownNodes(line)) === nodes.length)));
    const masterIds = await Promise.all(lines.slice(0, masters).map((line) => line.cluster("MYID")));
    await Promise.all(
      lines.slice(masters).map((line, index) => line.cluster("REPLICATE", nodeAt(masterIds, index))),
    );
    await Promise.all(lines.map((line) => until(async () => isWhole(line, nodes.length - masters))));
  } finally {
    for (const line of lines) line.disconnect();
  }
}

async function addSlots(line: Redis, { index, masters }: { index: number; masters: number }): Promise<void> {
  const from = Math.floor((index * SLOTS) / masters);
  const to = Math.floor(((index + 1) * SLOTS) / masters) - 1;
  await line.cluster("ADDSLOTSRANGE", from, to);
}

/** How many nodes one knows; one that it has only just heard of does not count. */
async function knownNodes(line: Redis): Promise<number> {
  const lines = String(await line.cluster("NODES"))
    .trim()
    .split("\n");
  return lines.filter((node) => !node.includes("handshake")).length;
}

/** A node sees all slots served and all replicas tied, and has its own data when it is a replica. */
async function isWhole(line: Redis, replicas: number): Promise<boolean> {
  if (!(await isServed(line))) return false;
  const view = String(await line.cluster("NODES"));
  const tied = view.split("\n").filter((node) => node.includes("slave")).length;
  const replication = await line.info("replication");
  return tied === replicas && (!/role:slave/.test(replication) || /master_link_status:up/.test(replication));
}

async function isServed(line: Redis): Promise<boolean> {
  return /cluster_state:ok/.test(String(await line.cluster("INFO")));
}

async function untilServed(nodes: readonly Node[]): Promise<void> {
  const alive = nodes.filter(({ child }) => child.exitCode === null && child.signalCode === null);
  const ports = new Set(alive.map(toldPort));
  const lines = alive.map(({ port }) => connectPatiently({ host: HOST, port }));
  try {
    await Promise.all(lines.map((line) => until(async () => (await isServed(line)) && ownedBy(line, ports))));
  } finally {
    for (const line of lines) line.disconnect();
  }
}

/** All slots belong to nodes with these ports, as one node sees it. */
async function ownedBy(line: Redis, ports: ReadonlySet<number>): Promise<boolean> {
  const ranges = await line.cluster("SLOTS");
  return ranges.every(([, , master]) => master !== undefined && ports.has(master[1]));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error("the cluster's nodes did not come together within a minute");
    await setTimeout(20);
  }
}

function nodeAt<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no node ${index}`);
  return found;
}
