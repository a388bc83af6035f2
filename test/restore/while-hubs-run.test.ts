// about 15 s, mostly waiting
/** A book is restored under hubs that have lost it, and into a cluster: it is served once all of it is there. */
import { setTimeout } from "node:timers/promises";
import type { Redis } from "ioredis";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { audit } from "../../server/audit/audit.ts";
import { connectRedis } from "../../server/redis/connect.ts";
import { restoreBook } from "../../server/restore/restore.ts";
import type { JournalSource, SourceEntry } from "../../server/restore/source.ts";
import { startHub } from "../helpers/hub.ts";
import { startCluster, startRedis } from "../helpers/redis.ts";
import { call, refusedWith } from "../http/client.ts";
import { openScene } from "../hub/scene.ts";
import { startLedger } from "../ledger/start-ledger.ts";
import { fillEventfully } from "./eventful-book.ts";
import { livingSource } from "./living-source.ts";
import { openRestored } from "./open-restored.ts";

const restores = suite("a book restored while hubs run");
const PARTITIONS = 16;
const retentionMs = 3_600_000;

/** What the journals say now, whatever becomes of their store. */
async function keep(client: Redis): Promise<JournalSource> {
  const living = await livingSource(client, PARTITIONS);
  const kept: SourceEntry[][] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const entries: SourceEntry[] = [];
    for await (const entry of living.entriesOf(partition)) entries.push(entry);
    kept.push(entries);
  }
  return {
    ...living,
    entriesOf: async function* (partition) {
      yield* kept[partition] ?? [];
    },
  };
}

restores("is served by a hub that had lost it, without a restart, and not before all is there", async () => {
  const redis = await startRedis({ tcp: true });
  const hub = await startHub({ redisUrl: redis.url, settings: { SWEEP_INTERVAL: "50" } });
  const scene = await openScene(hub);
  const client = redis.client();
  const store = connectRedis(redis.url, { name: "tallystick-restore" });
  const ready = () => call(hub, "GET", "/readyz");
  const until = async (status: number) => {
    for (let tries = 0; (await ready()).status !== status; tries++) {
      assert.ok(tries < 3000, `never ${status}`);
      await setTimeout(20);
    }
  };
  try {
    const { issuanceId } = await scene.reach("verified");
    const source = await keep(client);
    await client.flushall();
    await until(503);
    let halfway: Promise<void> | undefined;
    const looking: JournalSource = {
      ...source,
      entriesOf: async function* (partition) {
        yield* source.entriesOf(partition);
        // After the first half of all partitions the hub looks again, several times.
        if (partition === PARTITIONS / 2)
          halfway = setTimeout(200).then(async () => {
            assert.is(refusedWith(await ready(), 503, "unavailable").detail, "The store has lost the book.");
          });
        await halfway;
      },
    };
    await restoreBook({ store, source: looking, retentionMs });
    await until(200);
    assert.ok(halfway, "it was looked at");
    const accepted = await scene.issuer.accepted("issuance:accept", { issuanceId });
    assert.is(accepted.issuance.state, "issued");
    assert.equal((await audit({ store, ledger: hub.running.ledger })).findings, []);
  } finally {
    scene.close();
    await hub.close();
    store.disconnect();
    await redis.stop();
  }
});

restores("keeps a hub from starting until it has come to its end", async () => {
  const redis = await startRedis({ tcp: true });
  const living = await startLedger();
  const store = connectRedis(redis.url, { name: "tallystick-restore" });
  try {
    const source = await keep(living.redis.client());
    const dying: JournalSource = {
      ...source,
      entriesOf: () => {
        throw new Error("the source has died");
      },
    };
    const died = await restoreBook({ store, source: dying, retentionMs }).catch(
      (error: Error) => error.message,
    );
    assert.is(died, "the source has died");
    const started = await startHub({ redisUrl: redis.url }).catch((error: Error) => error.message);
    assert.match(
      String(started),
      /is being restored, or that has not come to its end: run tallystick restore again/,
    );
  } finally {
    store.disconnect();
    await Promise.all([redis.stop(), living.stop()]);
  }
});

restores("goes into a cluster as well", async () => {
  const [living, cluster] = await Promise.all([startLedger(), startCluster({ masters: 3 })]);
  const store = connectRedis(cluster.url, { name: "tallystick-restore" });
  try {
    await fillEventfully(living);
    const source = await livingSource(living.redis.client(), PARTITIONS);
    await restoreBook({ store, source, retentionMs: living.options.retentionMs });
    const restored = await openRestored({ store }, { ...living.options, isSpread: true });
    assert.equal((await audit(restored)).findings, []);
  } finally {
    store.disconnect();
    await Promise.all([living.stop(), cluster.stop()]);
  }
});

restores.run();
