/** A store that is one server, with a line to it for each hub; another server can take its place. */
import type { Redis } from "ioredis";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { startProxy, type TcpProxy } from "../helpers/tcp-proxy.ts";
import { bookkeeping } from "./bookkeeping.ts";
import { pause } from "./random.ts";
import { isWrittenDown, type SingleServer, type Store } from "./store.ts";

const SETTINGS = { "repl-diskless-sync-delay": "0" };
/** How long a replica may take to have everything, milliseconds. */
const CAUGHT_UP_WITHIN_MS = 20_000;

/** Starts a server and lines for a number of hubs. Whoever starts it stops it. */
export async function startSingle(hubs: number): Promise<Store> {
  const start = () => startRedis({ durable: true, tcp: true, settings: SETTINGS });
  let current = await start();
  let client = current.client();
  let isOpen = true;
  const target = () => (isOpen ? placeOf(current) : undefined);
  const lines = await Promise.all(Array.from({ length: hubs }, () => startProxy(target, { redis: true })));
  const books = bookkeeping(() => current.url);
  const node = {
    kill: (signal: NodeJS.Signals) => current.kill(signal),
    restart: () => current.restart(),
    isMaster: async () => true,
    isOnDisk: async () => true,
  };
  const server: SingleServer = {
    get current() {
      return current;
    },
    get client() {
      return client;
    },
    isOnDisk: async () => {
      await client.config("SET", "auto-aof-rewrite-percentage", "0");
      return isWritten(client);
    },
    close: () => {
      isOpen = false;
      for (const line of lines) line.cut();
    },
    open: () => {
      isOpen = true;
    },
    promoteReplica: async () => {
      const old = current;
      const replica = await start();
      const promoted = replica.client();
      await changeRoles({ master: { at: old, client }, replica: { at: replica, client: promoted } });
      [current, client] = [replica, promoted];
      return () => old.stop();
    },
  };
  return {
    kind: "single",
    nodes: [node],
    lines,
    server,
    settings: {},
    urlFor: (hub) => `redis://127.0.0.1:${(lines[hub] as TcpProxy).port}`,
    untilServed: async () => void (await client.ping()),
    openBook: books.open,
    commitRequest: books.commitRequest,
    stop: async () => {
      books.close();
      await Promise.all(lines.map((line) => line.close()));
      await current.stop();
    },
  };
}

function placeOf({ url }: TestRedis): { host: string; port: number } {
  const { hostname: host, port } = new URL(url);
  return { host, port: Number(port) };
}

async function isWritten(client: Redis): Promise<boolean> {
  return isWrittenDown(await client.info("persistence"));
}

interface End {
  at: TestRedis;
  client: Redis;
}

/** A fresh server copies the master and takes its place; nothing is lost, since the master waits for it meanwhile. */
async function changeRoles({ master, replica }: { master: End; replica: End }): Promise<void> {
  const from = placeOf(master.at);
  await replica.client.replicaof(from.host, from.port);
  await until(async () => /state=online/.test(await master.client.info("replication")));
  await until(() => isWritten(replica.client));
  const to = placeOf(replica.at);
  await master.client.call("FAILOVER", "TO", to.host, to.port, "TIMEOUT", CAUGHT_UP_WITHIN_MS);
  await until(async () => /role:master/.test(await replica.client.info("replication")));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + CAUGHT_UP_WITHIN_MS;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error("a replica does not take its master's place");
    await pause(20);
  }
}
