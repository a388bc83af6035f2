import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  type FoundServer,
  findRedisServer,
  findRedisServers,
} from "../../../server/redis/embedded/find-server.ts";
import { parseServerInfo, parseVersionLine, refuseOldServer } from "../../../server/redis/server-info.ts";
import { temporaryFolder } from "../../helpers/temporary-folder.ts";

const REDIS_7 = "Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=ae4d7c971a948f0";
const REDIS_6 = "Redis server v=6.0.16 sha=00000000:0 malloc=jemalloc-5.2.1 bits=64 build=6d95e1af3a2c082a";
const VALKEY_8 = "Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=a8a9a1c5d7f1e2b3";

/** A program of the machine, as far as these tests need it. */
function program(folder: string, name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const says = (line: string) => `echo "${line}"`;

/** Looks in one folder only, so that what else is on the machine makes no difference. */
function find(folder: string, options: { mayInstall?: boolean } = {}) {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  let found: FoundServer | undefined;
  let refusal = "";
  try {
    found = findRedisServer({ log, folders: [folder], ...options });
  } catch (error) {
    refusal = (error as Error).message;
  }
  return { found, refusal, lines };
}

const finding = suite("finding a server");

finding("finds redis-server", () => {
  const folder = temporaryFolder();
  const path = program(folder, "redis-server", says(REDIS_7));
  assert.equal(find(folder).found, { path, flavour: "redis", version: "7.0.15" });
});

finding("finds valkey-server, also beside a Redis that is too old", () => {
  const folder = temporaryFolder();
  const path = program(folder, "valkey-server", says(VALKEY_8));
  assert.equal(find(folder).found, { path, flavour: "valkey", version: "8.1.1" });
  program(folder, "redis-server", says(REDIS_6));
  assert.is(find(folder).found?.path, path);
});

finding("knows a Valkey that goes by the name of redis-server", () => {
  const folder = temporaryFolder();
  program(folder, "redis-server", says(VALKEY_8));
  assert.is(find(folder).found?.flavour, "valkey");
});

finding("finds every server that would do, and one of two names once", () => {
  const folder = temporaryFolder();
  const redis = program(folder, "redis-server", says(REDIS_7));
  const valkey = program(folder, "valkey-server", says(VALKEY_8));
  const old = temporaryFolder();
  program(old, "redis-server", says(REDIS_6));
  const alias = temporaryFolder();
  symlinkSync(valkey, join(alias, "redis-server"));
  const log = () => undefined;
  const paths = (folders: string[]) => findRedisServers({ log, folders }).map(({ path }) => path);
  assert.equal(paths([folder, old]), [redis, valkey]);
  assert.equal(paths([alias, folder]), [join(alias, "redis-server"), redis]);
});

finding("refuses one that is too old, installs nothing in its place, and says where newer ones are", () => {
  const folder = temporaryFolder();
  const path = program(folder, "redis-server", says(REDIS_6));
  program(folder, "apt-get", `echo called > ${folder}/called`);
  const { refusal } = find(folder);
  assert.match(refusal, `${path} is redis 6.0.16, which is too old: Tallystick needs Redis 7.0 or newer`);
  assert.match(refusal, "https://redis.io/downloads");
  assert.not(existsSync(join(folder, "called")));
});

finding("refuses what is no server, or does not start", () => {
  const folder = temporaryFolder();
  program(folder, "redis-server", says("Cassandra 4"));
  assert.match(find(folder).refusal, 'says "Cassandra 4", which is no Redis or Valkey');
  program(folder, "redis-server", "exit 3");
  assert.match(find(folder).refusal, "which is no Redis or Valkey");
});

const THREE_WAYS = ["apt-get install redis-server", "REDIS_URL=redis://host:6379", "docker run"];

finding("tells the three ways when it may not install one", () => {
  const { refusal, lines } = find(temporaryFolder(), { mayInstall: false });
  for (const way of THREE_WAYS) assert.match(refusal, way);
  assert.equal(lines, []);
});

finding("tells the three ways when the machine has no package manager", () => {
  const { refusal } = find(temporaryFolder());
  assert.match(refusal, "none could be installed: apt-get, apk, dnf, or brew is not on this machine");
  for (const way of THREE_WAYS) assert.match(refusal, way);
});

finding.run();

const installing = suite("installing a server");
const asRoot = process.getuid;
const path = process.env.PATH;

installing.before.each(() => {
  process.getuid = () => 0;
});
installing.after.each(() => {
  process.getuid = asRoot as () => number;
  process.env.PATH = path;
});

/** A package manager that writes down how it was called, and brings a server with its n-th install. */
function manager(folder: string, name: string, successfulInstall = 1): () => string[] {
  const calls = join(folder, "calls");
  const server = join(folder, "redis-server");
  program(
    folder,
    name,
    `echo "${name} $* [$DEBIAN_FRONTEND $RUNLEVEL]" >> ${calls}
     case "$*" in *install*|*add*) ;; *) exit 0;; esac
     if [ $(grep -c -e install -e add ${calls}) -lt ${successfulInstall} ]; then
       echo "E: Unable to locate package" >&2; exit 100
     fi
     printf '#!/bin/sh\\necho "${REDIS_7}"\\n' > ${server}; chmod 755 ${server}`,
  );
  return () => (existsSync(calls) ? readFileSync(calls, "utf8").trim().split("\n") : []);
}

installing("asks apt-get to bring it without questions and without starting a service, and says so", () => {
  const folder = temporaryFolder();
  const calls = manager(folder, "apt-get");
  const { found, lines } = find(folder);
  assert.is(found?.path, join(folder, "redis-server"));
  assert.match(
    calls().at(-1) as string,
    /^apt-get install -y -q --no-install-recommends .* redis-server \[noninteractive 1\]$/,
  );
  assert.ok(lines.includes("Installing redis-server with apt-get …"));
});

installing("fetches apt-get's list of packages when the package is not in it", () => {
  const folder = temporaryFolder();
  const calls = manager(folder, "apt-get", 2);
  assert.ok(find(folder).found);
  const verbs = calls().map((call) => call.split(" ")[1]);
  assert.equal(verbs.slice(-3), ["install", "update", "install"]);
});

for (const [name, call] of [
  ["apk", "apk add --no-cache redis"],
  ["dnf", "dnf install -y -q valkey"],
  ["brew", "brew install --quiet redis"],
] as const) {
  installing(`uses ${name} where that is what there is`, () => {
    const folder = temporaryFolder();
    const calls = manager(folder, name);
    assert.ok(find(folder).found);
    assert.match(calls()[0] as string, call);
  });
}

installing("tries the package's other name", () => {
  const folder = temporaryFolder();
  const calls = manager(folder, "dnf", 2);
  assert.ok(find(folder).found);
  assert.match(calls()[1] as string, "dnf install -y -q redis");
});

installing("says why it failed, and the three ways", () => {
  const folder = temporaryFolder();
  manager(folder, "apk", 9);
  const { refusal } = find(folder);
  assert.match(
    refusal,
    'none could be installed: "apk add --no-cache redis" failed: E: Unable to locate package',
  );
  for (const way of THREE_WAYS) assert.match(refusal, way);
});

installing("goes through sudo when that asks for no password", () => {
  const folder = temporaryFolder();
  const calls = manager(folder, "apk");
  program(folder, "sudo", `[ "$1" = -n ] || exit 1; shift; echo "sudo $*" >> ${folder}/calls; exec "$@"`);
  process.getuid = () => 1000;
  process.env.PATH = `${folder}:${path}`;
  assert.ok(find(folder).found);
  assert.ok(calls().some((call) => call.startsWith("sudo env ") && call.includes("add --no-cache redis")));
});

installing("installs nothing when it may not: not root, and sudo asks for a password", () => {
  const folder = temporaryFolder();
  const calls = manager(folder, "apt-get");
  program(folder, "sudo", "exit 1");
  process.getuid = () => 1000;
  process.env.PATH = `${folder}:${path}`;
  const { refusal } = find(folder);
  assert.match(refusal, "apt-get needs root, and sudo asks for a password");
  assert.equal(calls(), []);
});

installing.run();

const versions = suite("versions of a running server");

versions("are read from INFO", () => {
  assert.equal(parseServerInfo("# Server\r\nredis_version:7.4.1\r\nredis_mode:standalone\r\n"), {
    flavour: "redis",
    version: "7.4.1",
  });
  assert.equal(
    parseServerInfo("# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n"),
    { flavour: "valkey", version: "8.1.1" },
  );
});

versions("before 7.0 are refused", () => {
  for (const version of ["2.8.24", "5.0.14", "6.2.14", "6.99.9"]) {
    assert.throws(() => refuseOldServer({ flavour: "redis", version }), `Redis ${version}`);
  }
});

versions("from 7.0 are taken, and each of Valkey", () => {
  for (const version of ["7.0.0", "7.4.1", "8.0.2", "10.1.0"]) {
    refuseOldServer({ flavour: "redis", version });
  }
  refuseOldServer({ flavour: "valkey", version: "7.2.5" });
});

versions("are not read from what is no version", () => {
  for (const line of ["", "Redis", "Redis server v=", "Memcached server v=1.6.0", "redis-cli 7.0.15"]) {
    assert.is(parseVersionLine(line), undefined, line);
  }
});

versions.run();
