// about 19 s
/** A hub with an archive: history is written beside what it does, wherever the archive is, and also while that is away. */
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Libsql from "libsql";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { defaultArchive, parseArchiveUrl } from "../../server/archive-url.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { startRedis } from "../helpers/redis.ts";
import { openVoucherScene } from "../vouchers/scene.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "./places.ts";

const PATIENCE_MS = 20_000;

const tests = suite("a hub with an archive");

let places: Places;
tests.before(async () => {
  places = await startPlaces();
});
tests.after(() => places.stop());

/** Asks until the archive has it. */
async function archived(hub: TestHub, voucherId: string, version = 1): Promise<void> {
  for (;;) {
    const found = await hub.running.archive.ask("readVoucher", voucherId).catch(() => undefined);
    if (found && found.snapshot.version >= version) return;
    await sleep(20);
  }
}

for (const name of PLACE_NAMES) {
  tests(`writes what happens, and goes on after a restart (${name})`, async () => {
    const hub = await startHub({ settings: { ARCHIVE_URL: await placeOf(places, name).fresh() } });
    const scene = await openVoucherScene(hub);
    await archived(hub, await scene.issue());
    await hub.restart();
    await archived(hub, await (await openVoucherScene(hub)).issue());
    const metrics = await hub.running.registry.metrics();
    assert.match(metrics, /^tallystick_archive_up\{archive="history"\} 1$/m);
    assert.match(metrics, /^tallystick_archive_lag_seconds\{archive="history"\} \d/m);
    assert.match(metrics, /^tallystick_archive_partitions_held_up\{archive="history"\} 0$/m);
    scene.close();
    await hub.close();
  });

  tests(`does not start with another book's archive, and says so (${name})`, async () => {
    const url = await placeOf(places, name).fresh();
    const first = await startHub({ settings: { ARCHIVE_URL: url } });
    const redis = await startRedis();
    await refuses({ redisUrl: redis.url, url }, /is of another book/);
    await redis.stop();
    const { redisUrl } = first;
    await refuses(
      { redisUrl, url: await placeOf(places, name).fresh() },
      /is empty, and the book has an archive already/,
    );
    await first.close();
  });
}

async function refuses({ redisUrl, url }: { redisUrl: string; url: string }, why: RegExp): Promise<void> {
  try {
    const hub = await startHub({ redisUrl, settings: { ARCHIVE_URL: url } });
    await hub.close();
  } catch (error) {
    assert.match((error as Error).message, why);
    return;
  }
  assert.unreachable(`it started with ${url}`);
}

tests("does not start with a file that is damaged, that is something else, or that can't be", async () => {
  const redis = await startRedis();
  const url = await placeOf(places, "SQLite").fresh();
  const path = url.slice("file:".length);
  writeFileSync(path, "what is this? not an archive. ".repeat(1000));
  await refuses({ redisUrl: redis.url, url }, /is damaged/);
  await refuses({ redisUrl: redis.url, url: "file:/nowhere/at/all.db" }, /can't be opened/);
  await redis.stop();
});

tests("stops as it should while another process holds its file", async () => {
  const url = await placeOf(places, "SQLite").fresh();
  const hub = await startHub({ settings: { ARCHIVE_URL: url } });
  const scene = await openVoucherScene(hub);
  await archived(hub, await scene.issue());
  const other = new Libsql(url.slice("file:".length), { timeout: PATIENCE_MS });
  other.exec("BEGIN IMMEDIATE");
  await scene.issue();
  scene.close();
  // A thread that is ended within a call of the database takes the whole process with it.
  await hub.close();
  other.exec("ROLLBACK");
  other.close();
});

if (PLACE_NAMES.includes("PostgreSQL")) {
  tests(
    "serves while its PostgreSQL is away, also from the start, and writes all of it once that is back",
    async () => {
      const { postgres } = places;
      const url = await placeOf(places, "PostgreSQL").fresh();
      const hub = await startHub({ settings: { ARCHIVE_URL: url } });
      const scene = await openVoucherScene(hub);
      await archived(hub, await scene.issue());
      await postgres?.kill();
      const meanwhile = await scene.issue();
      await hub.restart();
      const after = await openVoucherScene(hub);
      const later = await after.issue();
      const metrics = await hub.running.registry.metrics();
      assert.match(metrics, /^tallystick_archive_up\{archive="history"\} 0$/m);
      const refusal = await hub.running.archive.ask("readVoucher", later).catch((error: Error) => error);
      assert.is((refusal as Error).name, "ArchiveAwayError");
      await postgres?.restart();
      await archived(hub, meanwhile);
      await archived(hub, later);
      after.close();
      scene.close();
      await hub.close();
    },
  );
}

tests("is asked for an archive by its URL, and has one beside its own Redis", () => {
  assert.equal(parseArchiveUrl("none"), { kind: "none" });
  assert.equal(parseArchiveUrl("file:/var/lib/a.db"), { kind: "file", path: "/var/lib/a.db" });
  assert.equal(parseArchiveUrl("file:///var/lib/a.db"), { kind: "file", path: "/var/lib/a.db" });
  assert.is(parseArchiveUrl("postgres://u:p@h/d").kind, "postgres");
  for (const wrong of ["", "sqlite:x", "file:", "http://h/d", "postgres:/h"])
    assert.throws(() => parseArchiveUrl(wrong), /must be postgres:/);
  assert.is(defaultArchive({ own: true, dataDir: "/data" }), "file:/data/archive.db");
  assert.is(defaultArchive({ own: false, dataDir: "/data" }), "none");
});

tests.run();
