/** Faults of the one server of a store, and of the address that leads to it. */
import { askDirectly } from "../../server/archive/open-existing.ts";
import { HUBS_KEYS } from "../../server/ledger/keys.ts";
import { emptyStore } from "../helpers/rewind.ts";
import type { Choice, World } from "./fault.ts";
import { isKept, readLine } from "./findings.ts";
import { isReady } from "./hub-process.ts";
import { pause, type Random } from "./random.ts";
import { type Records, recordsIn } from "./records.ts";
import { AllRecords } from "./retired-records.ts";
import type { SingleServer } from "./store.ts";

/** What was on its way to the server when its lines were cut has come to it by then, milliseconds. */
const ARRIVED_MS = 50;
/** A hub has followed an address that has moved within this, milliseconds. */
const FOLLOW_WITHIN_MS = 10_000;
const ASK_AGAIN_MS = 50;

/** One that has yet to start would begin a book in an empty store, as it must, and can't follow what it has never known. */
function allListen({ fleet }: World): boolean {
  return fleet.hubs.every(({ process }) => process.listening);
}

function serverOf({ store }: World): SingleServer {
  if (!store.server) throw new Error("it is a fault of a single store");
  return store.server;
}

/** An earlier copy of the data is put in its place, and the server started on it. */
export function storeRewound(world: World, random: Random): Choice {
  const spanMs = random.between(300, 2500);
  const server = serverOf(world);
  return {
    targets: ["node 0"],
    isAlone: true,
    lastsMs: 0,
    begin: async () => {
      if (!(await server.isOnDisk())) return false;
      const { retired: leftBefore } = await readAll(server, world);
      const putBack = await server.current.copyFiles();
      await pause(spanMs);
      server.close();
      await pause(ARRIVED_MS);
      const before = await readAll(server, world);
      await putBack();
      const after = await readAll(server, world);
      // What has left since is lost with all that it was, though the archive has yet to hear of that.
      for (const id of after.retired) {
        if (leftBefore.has(id)) continue;
        after.issuances.delete(id);
        after.vouchers.delete(id);
      }
      const marks = recordsIn(before).flatMap(({ issuanceId, log }) =>
        log.map((line, index) => ({ issuanceId, version: index + 1, digest: readLine(line).digest })),
      );
      const lost = marks.filter((mark) => !isKept(after, mark));
      world.history.rewinds.push({ at: performance.now(), lost });
      server.open();
      return true;
    },
  };
}

/** What the store has, and what has left it. */
async function readAll(
  server: SingleServer,
  { archive }: World,
): Promise<Records & { retired: ReadonlySet<string> }> {
  const database = await archive?.open();
  return new AllRecords({ store: server.client, archive: database && askDirectly(database) }).read();
}

/** The server is emptied under hubs that go on, and gets all of it back. */
export function storeEmptied(world: World, random: Random): Choice {
  const emptyMs = random.between(500, 3000);
  const { client } = serverOf(world);
  const { history, fleet } = world;
  return {
    targets: ["node 0"],
    isAlone: true,
    lastsMs: 0,
    begin: async () => {
      if (!allListen(world)) return false;
      const putBack = await emptyStore(client);
      const from = performance.now();
      const ready: string[] = [];
      const asking = fleet.hubs.map(async ({ process }, index) => {
        if (await isReady(process)) ready.push(`hub ${index}`);
      });
      await Promise.all([pause(emptyMs), ...asking]);
      const until = performance.now();
      const begun = (await client.keys("*")).filter((key) => !HUBS_KEYS.has(key));
      await putBack();
      history.emptied.push({ from, until, begun, ready });
      return true;
    },
  };
}

/** A replica is promoted in good order and the address leads to it; the old lines lead to the demoted master. */
export function endpointMoved(world: World): Choice {
  const server = serverOf(world);
  const { history, fleet } = world;
  let stopOld: (() => Promise<void>) | undefined;
  return {
    targets: ["node 0"],
    isAlone: true,
    lastsMs: 0,
    begin: async () => {
      if (!allListen(world)) return false;
      stopOld = await server.promoteReplica();
      const at = performance.now();
      const following = fleet.hubs.map(async ({ process }, index) => {
        const hub = `hub ${index}`;
        while (performance.now() - at < FOLLOW_WITHIN_MS) {
          if (await isReady(process)) {
            history.moved.push({ at, hub, followedMs: performance.now() - at });
            return;
          }
          await pause(ASK_AGAIN_MS);
        }
        history.moved.push({ at, hub });
      });
      await Promise.all(following);
      return true;
    },
    heal: () => stopOld?.(),
  };
}
