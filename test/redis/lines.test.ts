/** The commands of one turn go out together, and each is answered in time or fails. */
import { execFileSync } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkServer, connectRedis, masters, type Store } from "../../server/redis/connect.ts";
import { startCluster, startRedis, type TestCluster, type TestRedis } from "../helpers/redis.ts";

/** So long that a busy machine does not keep an answer for it. */
const TIMEOUT_MS = 500;

const open = new Set<Store>();

async function connect(url: string, commandTimeoutMs = TIMEOUT_MS): Promise<Store> {
  const store = connectRedis(url, { name: "test", commandTimeoutMs });
  store.on("error", () => undefined);
  open.add(store);
  await checkServer(store);
  return store;
}

function closeAll(): void {
  for (const store of open) store.disconnect();
  open.clear();
}

/** What came of a command, and how long that took, milliseconds. */
interface End {
  outcome: unknown;
  tookMs: number;
}

async function endOf(answer: Promise<unknown>): Promise<End> {
  const sent = performance.now();
  const outcome = await answer.catch((error: Error) => error.message);
  return { outcome, tookMs: performance.now() - sent };
}

function assertLate({ outcome, tookMs }: End): void {
  assert.is(outcome, "Command timed out");
  // Timers count whole milliseconds.
  assert.ok(tookMs > TIMEOUT_MS - 2, `given up after ${tookMs} ms`);
}

async function readsOf(store: Store): Promise<number> {
  const stats = await store.info("stats");
  return Number(/total_reads_processed:(\d+)/.exec(stats)?.[1]);
}

const lines = suite<{ redis: TestRedis }>("a line to one server");
lines.before.each(async (context) => {
  context.redis = await startRedis();
});
lines.after.each(async ({ redis }) => {
  closeAll();
  await redis.stop();
});

lines("takes the commands of one turn in one write", async ({ redis }) => {
  const store = await connect(redis.url);
  const before = await readsOf(store);
  const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => store.incrby("sum", index)));
  assert.is(answers.at(-1), 4950);
  // One for the hundred, and one for the question itself.
  assert.is((await readsOf(store)) - before, 2);
});

lines("fails each command when its own time is over, in the order they were sent", async ({ redis }) => {
  const store = await connect(redis.url);
  await redis.kill("SIGSTOP");
  const ends: number[] = [];
  const sent: Promise<void>[] = [];
  for (let index = 0; index < 5; index++) {
    const note = (end: End) => {
      assertLate(end);
      ends.push(index);
    };
    sent.push(endOf(store.incr("sum")).then(note));
    await pause(TIMEOUT_MS / 10);
  }
  await Promise.all(sent);
  assert.equal(ends, [0, 1, 2, 3, 4]);
  await redis.kill("SIGCONT");
});

lines("fails what was sent long after the last answer, too", async ({ redis }) => {
  const store = await connect(redis.url);
  for (let time = 0; time < 3; time++) {
    assert.is(await store.incr("sum"), time + 1);
    await pause(1.5 * TIMEOUT_MS);
  }
  await redis.kill("SIGSTOP");
  assertLate(await endOf(store.get("sum")));
  await redis.kill("SIGCONT");
});

lines("gives what is sent after a silence its own time", async ({ redis }) => {
  const store = await connect(redis.url, 4 * TIMEOUT_MS);
  await redis.kill("SIGSTOP");
  const early = endOf(store.get("key"));
  // Late, so that the server has nearly all of the later one's time to go on in.
  await pause(3.6 * TIMEOUT_MS);
  const later = endOf(store.get("key"));
  assertLate(await early);
  await redis.kill("SIGCONT");
  assert.is((await later).outcome, null);
});

lines("keeps nobody waiting who has closed it", ({ redis }) => {
  const code = `
    import { connectRedis } from "./server/redis/connect.ts";
    const store = connectRedis(process.argv[1], { name: "test", commandTimeoutMs: 1_000_000 });
    await store.ping();
    store.disconnect();`;
  const flags = ["--conditions=tallystick-source", "--import", "tsx", "--input-type=module", "--eval", code];
  execFileSync(process.execPath, [...flags, redis.url], { timeout: 30_000 });
});

lines.run();

const clusters = suite<{ cluster: TestCluster }>("lines to a cluster");
clusters.before(async (context) => {
  context.cluster = await startCluster({ masters: 3, replicasPerMaster: 0 });
});
clusters.after.each(closeAll);
clusters.after(({ cluster }) => cluster.stop());

clusters("fail what one silent node has, while the others answer", async ({ cluster }) => {
  const store = await connect(cluster.url);
  const keys = Array.from({ length: 30 }, (_, index) => `ts:{${index}}:key`);
  await Promise.all(keys.map((key) => store.set(key, key)));
  const pid = cluster.pids[0] as number;
  process.kill(pid, "SIGSTOP");
  try {
    const ends = await Promise.all(keys.map((key) => endOf(store.get(key))));
    const late = ends.filter((end, index) => end.outcome !== keys[index]);
    assert.ok(late.length > 0 && late.length < keys.length, `${late.length} of ${keys.length}`);
    for (const end of late) assertLate(end);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

clusters("fail what is sent to one of its servers and not answered", async ({ cluster }) => {
  const store = await connect(cluster.url);
  const servers = masters(store);
  for (const pid of cluster.pids) process.kill(pid, "SIGSTOP");
  try {
    for (const end of await Promise.all(servers.map((server) => endOf(server.ping())))) assertLate(end);
  } finally {
    for (const pid of cluster.pids) process.kill(pid, "SIGCONT");
  }
});

clusters.run();
