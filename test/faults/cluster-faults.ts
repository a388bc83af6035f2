/** Faults of a cluster, in which a replica takes its master's place. */
import type { TcpProxy } from "../helpers/tcp-proxy.ts";
import type { Choice, World } from "./fault.ts";
import { pause, type Random } from "./random.ts";
import type { StoreNode } from "./store.ts";

/** A shard's two nodes: whichever is the master, the other is its replica. */
interface Shard {
  index: number;
  nodes: [StoreNode, StoreNode];
  lines: [TcpProxy, TcpProxy];
}

function pickShard({ store }: World, random: Random): Shard {
  const count = store.nodes.length / 2;
  const index = random.below(count);
  const both = <T>(list: readonly T[]) => [list[index], list[index + count]] as [T, T];
  return { index, nodes: both(store.nodes), lines: both(store.lines) };
}

function targetsOf({ store }: World, { index }: Shard): string[] {
  return [`node ${index}`, `node ${index + store.nodes.length / 2}`];
}

/** Which of the two is the master; undefined when that can't be told. */
async function masterOf({ nodes }: Shard): Promise<0 | 1 | undefined> {
  const [first, second] = await Promise.all(nodes.map((node) => node.isMaster()));
  if (first === second) return undefined;
  return first ? 0 : 1;
}

/** The master is killed for long enough for its replica to take its place. */
export function masterKilled(world: World, random: Random): Choice {
  const shard = pickShard(world, random);
  let victim: StoreNode | undefined;
  return {
    targets: targetsOf(world, shard),
    begin: async () => {
      const master = await masterOf(shard);
      if (master === undefined) return false;
      victim = shard.nodes[master];
      return (await victim.isOnDisk()) && victim.kill("SIGKILL");
    },
    heal: () => victim?.restart(),
    lastsMs: random.between(2500, 6000),
  };
}

/** The replica takes its master's place in good order. */
export function failover(world: World, random: Random): Choice {
  const shard = pickShard(world, random);
  return {
    targets: targetsOf(world, shard),
    begin: async () => {
      const master = await masterOf(shard);
      return master !== undefined && shard.nodes[1 - master]?.takeOver?.();
    },
    lastsMs: 0,
  };
}

/**
 * The replica takes its master's place without having all that the master had acknowledged: it was stopped
 * for a while, without its line, and then its master was gone.
 */
export function replicaBehind(world: World, random: Random): Choice {
  const shard = pickShard(world, random);
  const stoppedMs = random.between(400, 1200);
  let victim: StoreNode | undefined;
  return {
    targets: targetsOf(world, shard),
    begin: async () => {
      const master = await masterOf(shard);
      if (master === undefined) return false;
      victim = shard.nodes[master];
      if (!(await victim.isOnDisk())) return false;
      const replica = shard.nodes[1 - master] as StoreNode;
      await replica.kill("SIGSTOP");
      shard.lines[master].reset();
      await pause(stoppedMs);
      await victim.kill("SIGKILL");
      return replica.kill("SIGCONT");
    },
    heal: () => victim?.restart(),
    lastsMs: random.between(3000, 6000),
  };
}
