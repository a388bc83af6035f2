/** What can go wrong, one row a kind: what is done, and how it is healed. */
import type { TcpProxy } from "../helpers/tcp-proxy.ts";
import type { RunArchive } from "./archive.ts";
import { archiveKilled, archiveLocked, archiverKilled, threadsKilled } from "./archive-faults.ts";
import { failover, masterKilled, replicaBehind } from "./cluster-faults.ts";
import type { Choice, World } from "./fault.ts";
import type { Fleet } from "./fleet.ts";
import type { HubProcess } from "./hub-process.ts";
import type { Random } from "./random.ts";
import { killedBeforeTelling } from "./request-untold.ts";
import { endpointMoved, storeEmptied, storeRewound } from "./single-faults.ts";
import type { StoreNode } from "./store.ts";
import { writeRepeated } from "./write-repeated.ts";

export interface Fault extends Choice {
  kind: FaultKind;
}

export type Choose = (world: World, random: Random) => Choice;
type Doing = Pick<Choice, "begin" | "heal">;
/** From how long to how long a fault lasts, milliseconds. */
type Range = readonly [least: number, most: number];

const AT_ONCE: Range = [0, 0];

function atHub(lasts: Range, act: (hub: HubProcess) => Doing): Choose {
  return ({ fleet }, random) => {
    const index = random.below(fleet.hubs.length);
    const { process } = fleet.hubs[index] as Fleet["hubs"][number];
    return { targets: [`hub ${index}`], ...act(process), lastsMs: random.between(...lasts) };
  };
}

function atNode(lasts: Range, act: (node: StoreNode) => Doing): Choose {
  return ({ store }, random) => {
    const index = random.below(store.nodes.length);
    const node = store.nodes[index] as StoreNode;
    return { targets: [`node ${index}`], ...act(node), lastsMs: random.between(...lasts) };
  };
}

type Where = "hub" | "store";

function atLine(where: Where, lasts: Range, act: (line: TcpProxy, random: Random) => Doing): Choose {
  return ({ fleet, store }, random) => {
    const lines = where === "hub" ? fleet.hubs.map(({ line }) => line) : store.lines;
    const index = random.below(lines.length);
    const line = lines[index] as TcpProxy;
    return { targets: [`${where} line ${index}`], ...act(line, random), lastsMs: random.between(...lasts) };
  };
}

const cut = (where: Where) => atLine(where, AT_ONCE, (line) => ({ begin: line.cut }));
const reset = (where: Where) => atLine(where, AT_ONCE, (line) => ({ begin: line.reset }));
const slow = (where: Where) =>
  atLine(where, [500, 4000], (line, random) => {
    const ms = random.between(50, 400);
    return { begin: () => line.delay(ms), heal: () => line.delay(0) };
  });
/** Both ends stay open, and nothing passes; what was held up comes late, or never. */
const silent = (where: Where) =>
  atLine(where, [500, 5000], (line, random) => {
    const isLost = random.chance(0.5);
    const heal = () => {
      if (isLost) line.reset();
      line.thaw();
    };
    return { begin: line.freeze, heal };
  });
const spoilt = (how: "lose" | "repeat") =>
  atLine("store", AT_ONCE, (line, random) => {
    const count = random.between(1, 8);
    return { begin: () => line.spoil(how, count) };
  });

/** Faults of any store. */
const ANYWHERE = {
  hub_killed: atHub([100, 2000], (hub) => ({ begin: hub.kill, heal: hub.start })),
  hub_stopped: atHub([1000, 4000], (hub) => ({ begin: hub.pause, heal: hub.resume })),
  hub_line_cut: cut("hub"),
  hub_line_reset: reset("hub"),
  hub_line_silent: silent("hub"),
  hub_line_slow: slow("hub"),
  store_killed: atNode([0, 2000], (node) => ({
    begin: async () => (await node.isOnDisk()) && node.kill("SIGKILL"),
    heal: node.restart,
  })),
  store_stopped: atNode([1000, 4000], (node) => ({
    begin: () => node.kill("SIGSTOP"),
    heal: () => node.kill("SIGCONT"),
  })),
  store_line_cut: cut("store"),
  store_line_reset: reset("store"),
  store_line_silent: silent("store"),
  store_line_slow: slow("store"),
  message_lost: spoilt("lose"),
  message_repeated: spoilt("repeat"),
  killed_before_telling: killedBeforeTelling,
  write_repeated: writeRepeated,
} as const satisfies Record<string, Choose>;

/** Faults of a store as a whole, which is one server. */
const ON_SINGLE = {
  store_rewound: storeRewound,
  store_emptied: storeEmptied,
  endpoint_moved: endpointMoved,
} as const satisfies Record<string, Choose>;

/** Faults that only a cluster can have. */
const IN_CLUSTER = {
  master_killed: masterKilled,
  failover,
  replica_behind: replicaBehind,
} as const satisfies Record<string, Choose>;

/** Faults of whatever archive, and of the hub that writes it. */
const WITH_ARCHIVE = {
  archiver_killed: archiverKilled,
  threads_killed: threadsKilled,
} as const satisfies Record<string, Choose>;

/** Faults of an archive that is a file. */
const OF_FILE = { archive_locked: archiveLocked } as const satisfies Record<string, Choose>;

/** Faults of an archive in PostgreSQL. */
const OF_POSTGRES = { archive_killed: archiveKilled } as const satisfies Record<string, Choose>;

/** What is particular to a kind of store or archive comes more often. */
const MORE_OFTEN = 2;

const ALL = {
  ...{ ...ANYWHERE, ...ON_SINGLE, ...IN_CLUSTER },
  ...{ ...WITH_ARCHIVE, ...OF_FILE, ...OF_POSTGRES },
} as const;
export type FaultKind = keyof typeof ALL;
export const FAULT_KINDS = Object.keys(ALL) as FaultKind[];

/**
 * Chooses a fault for this store and this archive, and its target.
 *
 * @param only no other kinds than these, if they are given.
 */
export function chooseFault(world: World, random: Random, only: readonly FaultKind[] = FAULT_KINDS): Fault {
  const ofStore = Object.entries(world.store.kind === "cluster" ? IN_CLUSTER : ON_SINGLE);
  const ofArchive = world.archive ? Object.entries(faultsOfArchive(world.archive)) : [];
  const often = Array.from({ length: MORE_OFTEN }, () => [...ofStore, ...ofArchive]).flat();
  const all = [...Object.entries(ANYWHERE), ...often];
  const rows = all.filter(([kind]) => only.includes(kind as FaultKind));
  const [kind, choose] = random.pick(rows);
  return { kind: kind as FaultKind, ...choose(world, random) };
}

function faultsOfArchive({ kind }: RunArchive): Record<string, Choose> {
  return { ...WITH_ARCHIVE, ...(kind === "file" ? OF_FILE : OF_POSTGRES) };
}
