// about 22 s, mostly waiting
/** A store that is reached over TLS, by a hub as it is run for real: its certificates come from the environment. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeCertificate } from "../helpers/certificate.ts";
import { COMMAND } from "../helpers/command.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { onFreePorts } from "../helpers/redis-process.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const tls = suite("a store over TLS");
let redis: TestRedis;
let url: string;
let certificate: string;
const hubs = new Set<ChildProcess>();

tls.before(async () => {
  const made = await makeCertificate();
  const { key } = made;
  certificate = made.cert;
  redis = await onFreePorts(1, async ([port = 0]) => {
    url = `rediss://127.0.0.1:${port}`;
    const settings = {
      "tls-port": String(port),
      "tls-cert-file": certificate,
      "tls-key-file": key,
      "tls-ca-cert-file": certificate,
      "tls-auth-clients": "no",
    };
    return startRedis({ tcp: true, durable: true, settings });
  });
});
tls.after(async () => {
  for (const hub of hubs) hub.kill("SIGKILL");
  await redis.stop();
});

/** Runs a hub until it listens or ends; answers where, or what it said. */
async function serve(environment: Record<string, string>): Promise<{ listensAt?: string; said: string }> {
  const hub = spawn(process.execPath, [COMMAND, "serve"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, REDIS_URL: url, PORT: "0", DATA_DIR: temporaryFolder(), ...environment },
  });
  hubs.add(hub);
  let said = "";
  const listening = new Promise<string>((resolve) => {
    for (const stream of [hub.stdout, hub.stderr]) {
      stream.on("data", (chunk) => {
        said += chunk;
        const found = /listens at (\S+)/.exec(said)?.[1];
        if (found) resolve(found);
      });
    }
  });
  const listensAt = await Promise.race([listening, once(hub, "close").then(() => undefined)]);
  return { said, ...(listensAt !== undefined && { listensAt }) };
}

tls("is served from when its certificate is trusted, over each of the hub's lines", async () => {
  const { listensAt, said } = await serve({ NODE_EXTRA_CA_CERTS: certificate });
  assert.ok(listensAt, said);
  assert.equal(await (await fetch(`${listensAt}/readyz`)).json(), { status: "ready", durability: "fsynced" });
  const port = url.split(":").at(-1) as string;
  const clients = String(await redis.client().client("LIST")).split("\n");
  const lines = clients.filter((line) => line.includes("name=tallystick-hub"));
  // One for commands, and one that listens to other hubs.
  assert.is(lines.length, 2);
  for (const line of lines) assert.match(line, `laddr=127.0.0.1:${port} `);
});

tls("is refused when its certificate is not trusted, with a line that says so", async () => {
  const { listensAt, said } = await serve({});
  assert.is(listensAt, undefined);
  assert.match(said, /tallystick: the store does not answer: self-signed certificate/);
  assert.match(said, /set NODE_EXTRA_CA_CERTS to the file with the certificate of its authority/);
});

tls("is refused for the same reason where it is said to be a cluster or Sentinels", async () => {
  for (const other of [
    url.replace("rediss:", "rediss+cluster:"),
    `${url.replace("rediss:", "rediss+sentinel:")}/book`,
  ]) {
    const { listensAt, said } = await serve({ REDIS_URL: other });
    assert.is(listensAt, undefined);
    assert.match(
      said,
      /tallystick: the store does not answer: self-signed certificate: set NODE_EXTRA_CA_CERTS/,
    );
  }
});

tls("is refused without TLS in REDIS_URL, with a line that says so", async () => {
  const { listensAt, said } = await serve({ REDIS_URL: url.replace("rediss", "redis") });
  assert.is(listensAt, undefined);
  assert.match(said, `${url.slice("rediss://".length)} speaks TLS: use rediss, not redis`);
});

tls.run();
