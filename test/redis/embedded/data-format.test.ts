/** Data that was written by a newer server than the first one on the machine. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { connectRedis } from "../../../server/redis/connect.ts";
import { startEmbeddedRedis } from "../../../server/redis/embedded/embedded-redis.ts";
import { findRedisServer } from "../../../server/redis/embedded/find-server.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const format = suite("data of a newer server");
const PATH = process.env.PATH ?? "";
format.after.each(() => {
  process.env.PATH = PATH;
});

/** The snapshot that the server's log of commands begins with. */
function base(dataDir: string): string {
  const folder = join(dataDir, "appendonlydir");
  return join(folder, readdirSync(folder).find((file) => file.endsWith(".base.rdb")) as string);
}

/** A data folder with a key, whose snapshot tells another form of data than its server wrote; and the true one. */
async function writtenBy(header: string): Promise<{ dataDir: string; original: string }> {
  const dataDir = join(temporaryFolder(), "data");
  const redis = await startEmbeddedRedis({ dataDir, log: () => undefined });
  const store = connectRedis(redis.url, { name: "test" });
  await store.set("key", "there");
  store.disconnect();
  await redis.stop();
  const bytes = readFileSync(base(dataDir));
  const original = bytes.toString("latin1", 0, 9);
  bytes.write(header, "latin1");
  writeFileSync(base(dataDir), bytes);
  return { dataDir, original };
}

/** A newer server: the machine's own, which is shown the data in the form that it knows. */
function newerServer(dataDir: string, original: string): string {
  const { path } = findRedisServer({ log: () => undefined });
  const folder = join(temporaryFolder(), "newer");
  mkdirSync(folder);
  const program = join(folder, "valkey-server");
  writeFileSync(
    program,
    `#!/bin/sh
if [ "$1" = --version ]; then echo "Valkey server v=9.0.1 sha=00000000:0 malloc=libc bits=64 build=0"; exit; fi
printf ${original} | dd of=${base(dataDir)} conv=notrunc 2>/dev/null
exec ${path} "$@"
`,
  );
  chmodSync(program, 0o755);
  return folder;
}

for (const [header, form] of [
  ["REDIS0099", "RDB version 99"],
  ["VALKEY080", "Valkey's RDB version 80"],
] as const) {
  format(`in ${form} is said to be just that, and left as it is`, async () => {
    const { dataDir } = await writtenBy(header);
    const before = readFileSync(base(dataDir));
    const message = await startEmbeddedRedis({ dataDir, log: () => undefined }).then(
      () => "it started",
      (error: Error) => error.message,
    );
    assert.match(message, `${dataDir} was written by a newer server: its data has ${form}, which `);
    assert.match(message, "Install the server that wrote it, or a newer one");
    assert.match(message, "DATA_DIR");
    assert.equal(readFileSync(base(dataDir)), before);
  });

  format(`in ${form} is served by another server on the machine that can read it`, async () => {
    const { dataDir, original } = await writtenBy(header);
    const lines: string[] = [];
    process.env.PATH = `${newerServer(dataDir, original)}:${PATH}`;
    const redis = await startEmbeddedRedis({ dataDir, log: (line) => lines.push(line) });
    const store = connectRedis(redis.url, { name: "test" });
    assert.is(await store.get("key"), "there");
    store.disconnect();
    await redis.stop();
    assert.is(lines.length, 1);
    assert.match(lines[0] ?? "", `can't read the data in ${dataDir}, which has ${form}`);
  });
}

format("with a command that the server does not know is said to have it", async () => {
  const { dataDir, original } = await writtenBy("REDIS0099");
  const bytes = readFileSync(base(dataDir));
  bytes.write(original, "latin1");
  writeFileSync(base(dataDir), bytes);
  const folder = join(dataDir, "appendonlydir");
  const log = join(folder, readdirSync(folder).find((file) => file.endsWith(".incr.aof")) as string);
  appendFileSync(log, "*2\r\n$9\r\nHNEWERSET\r\n$3\r\nkey\r\n");
  const message = await startEmbeddedRedis({ dataDir, log: () => undefined }).catch(
    (error: Error) => error.message,
  );
  assert.match(String(message), "written by a newer server: its data has the command HNEWERSET, which ");
});

format("does not hide another reason why a server can't start", async () => {
  const { dataDir } = await writtenBy("REDIS0099");
  const settings = { "maxmemory-policy": "whatever" };
  const message = await startEmbeddedRedis({ dataDir, settings, log: () => undefined }).catch(
    (error: Error) => error.message,
  );
  assert.match(String(message), "redis-server ended with 1 while starting");
  assert.not(existsSync(join(dataDir, "redis.sock")));
});

format.run();
