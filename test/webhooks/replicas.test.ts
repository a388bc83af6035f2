// about 13 s, mostly waiting
/** With MIN_REPLICAS nothing is done to an endpoint before replicas have in the journal who does it. */
import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { runCommand } from "../cli/run-command.ts";
import { startRedis, type TestRedis } from "../helpers/redis.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { openWebhookScene, type WebhookScene } from "./webhook-scene.ts";

const replicas = suite("an operator's act on an endpoint");

const archiveUrl = `file:${temporaryFolder()}/archive.db`;
let master: TestRedis;
let replica: TestRedis;
let scene: WebhookScene;

replicas.before(async () => {
  master = await startRedis({ durable: true, tcp: true, settings: { "repl-diskless-sync-delay": "0" } });
  const [host, port] = master.url.slice("redis://".length).split(":");
  replica = await startRedis({ durable: true, tcp: true, settings: { replicaof: `${host} ${port}` } });
  while (!/state=online/.test(await master.client().info("replication"))) await sleep(20);
  scene = await openWebhookScene(archiveUrl, { redisUrl: master.url, settings: { MIN_REPLICAS: "1" } });
});
replicas.after(async () => {
  await scene.close();
  await replica.stop();
  await master.stop();
});

const ENDPOINT = { url: "http://127.0.0.1:9/" };

/** Runs something while the replica does not answer. */
async function withoutReplica(run: () => Promise<void>): Promise<void> {
  await replica.kill("SIGSTOP");
  try {
    await run();
  } finally {
    await replica.kill("SIGCONT");
  }
}

async function endpoints(): Promise<string[]> {
  const { text } = await scene.ask("GET", "/v1/webhooks");
  return (JSON.parse(text).webhooks as { webhookId: string }[]).map(({ webhookId }) => webhookId);
}

/** How often the replica's journal says that something was done to an endpoint. */
async function noted(event: string): Promise<number> {
  const entries = await replica.client().xrange("ts:{0}:journal", "-", "+");
  return entries.filter(([, fields]) => fields.includes(event)).length;
}

replicas("is not done while they don't have it, and is done once by the same request", async () => {
  const key = { "Idempotency-Key": "put-1" };
  const put = () => scene.ask("PUT", "/v1/webhooks/ledger", ENDPOINT, key);
  await withoutReplica(async () => {
    for (let time = 0; time < 2; time++) assert.is((await put()).status, 503);
    assert.equal(await endpoints(), [], "nothing was done");
  });
  let answer = await put();
  while (answer.status === 503) answer = await put();
  assert.is(answer.status, 200, answer.text);
  assert.equal(await endpoints(), ["ledger"]);
  assert.is(await noted("webhook.put"), 1);
});

replicas("is not done by the command line either", async () => {
  const environment = {
    ...{ REDIS_URL: master.url, PARTITIONS: "16", MIN_REPLICAS: "1", ARCHIVE_URL: archiveUrl },
    WEBHOOK_ALLOW_PRIVATE: "yes",
  };
  const run = (...args: string[]) => runCommand(["webhooks", ...args], { environment });
  await withoutReplica(async () => {
    for (const args of [
      ["delete", "ledger"],
      ["put", "other", ENDPOINT.url],
    ]) {
      const { status, out, error } = await run(...args);
      assert.equal([status, out], [1, ""], args.join(" "));
      assert.match(error, /nothing was done: .*0 of 1 replicas.*Do the same again/s);
    }
    assert.equal(await endpoints(), ["ledger"]);
  });
  const { status, error } = await run("delete", "ledger");
  assert.is(status, 0, error);
  assert.equal(await endpoints(), []);
  assert.ok((await noted("webhook.deleted")) > 0);
});

replicas.run();
