/** A store that is a cluster of three masters and three replicas, with a line to each node. */
import { startCluster } from "../helpers/redis.ts";
import { bookkeeping } from "./bookkeeping.ts";
import { pause } from "./random.ts";
import { isWrittenDown, type Store, type StoreNode } from "./store.ts";

/** How long a server may take to answer a question of the nemesis, milliseconds. */
const ANSWER_MS = 500;

/** Starts a cluster. Whoever starts it stops it. */
export async function startWhole(minReplicas: number): Promise<Store> {
  const cluster = await startCluster({ masters: 3, replicasPerMaster: 1, proxied: true });
  const books = bookkeeping(() => cluster.url);
  const nodes = cluster.pids.map((_, index): StoreNode => {
    const client = cluster.client(index);
    // A node that is down, or stopped, does not answer, and is the master of nothing for now.
    const isMaster = async () => {
      const answer = await Promise.race([client.info("replication"), pause(ANSWER_MS)]);
      return /role:master/.test(answer ?? "");
    };
    const isOnDisk = async () => {
      const answer = await Promise.race([client.info("persistence"), pause(ANSWER_MS)]);
      return isWrittenDown(answer ?? "");
    };
    return {
      isOnDisk,
      kill: (signal) => cluster.kill(index, signal),
      restart: () => cluster.restart(index),
      isMaster,
      takeOver: async () => {
        if (await isMaster()) return false;
        // It refuses while it has no line to its master.
        const answer = client.cluster("FAILOVER").catch(() => "");
        return (await Promise.race([answer, pause(ANSWER_MS)])) === "OK";
      },
    };
  });
  return {
    kind: "cluster",
    nodes,
    lines: cluster.proxies,
    settings: { MIN_REPLICAS: String(minReplicas) },
    urlFor: () => cluster.url,
    untilServed: cluster.untilServed,
    openBook: books.open,
    commitRequest: books.commitRequest,
    stop: async () => {
      books.close();
      await cluster.stop();
    },
  };
}
