// time limit: 600 s
// about 11 s
/** Webhooks on the command line, beside a hub that delivers. */
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { temporaryFolder } from "../helpers/temporary-folder.ts";
import { isVerified, startReceiver } from "../webhooks/receiver.ts";
import { openWebhookScene } from "../webhooks/webhook-scene.ts";
import { runCommand } from "./run-command.ts";

const command = suite("webhooks on the command line");

const url = `file:${temporaryFolder()}/archive.db`;
let redisUrl = "";
const run = (args: string, environment = {}) => {
  const store = { REDIS_URL: redisUrl, PARTITIONS: "16" };
  const settings = { ARCHIVE_URL: url, WEBHOOK_ALLOW_PRIVATE: "yes", ...store, ...environment };
  return runCommand(["webhooks", ...args.split(" ")], { environment: settings });
};

command("are put, listed, rotated, sent again and deleted", async () => {
  const scene = await openWebhookScene(url);
  redisUrl = scene.hub.redisUrl;
  const receiver = await startReceiver();
  const put = await run(`put ledger ${receiver.url} --types payer.requested voucher.issued`);
  const secret = /^Its secret, .*: (whsec_\S+)$/m.exec(put.out)?.[1];
  assert.is(put.status, 0, put.error);
  await scene.twoEvents();
  const [got] = await receiver.count(1);
  assert.ok(got && isVerified(got, secret));
  const { deliveryId } = await scene.delivery("ledger", ({ state }) => state === "delivered");
  const deliveries = await run("deliveries ledger");
  assert.match(deliveries.out, /^delivery +event +of +version +state +attempts +next or end +why\n/);
  assert.match(
    deliveries.out,
    new RegExp(`^ *${deliveryId} +payer\\.requested +\\S+ +1 +delivered +1 `, "m"),
  );
  const rotated = await run("rotate ledger");
  assert.match(rotated.out, /: whsec_\S+\nThe secret before signs as well until /);
  assert.match((await run(`again ledger ${deliveryId}`)).out, /^payer\.requested of \S+ is sent again/);
  const again = (await receiver.count(2)).at(-1);
  assert.ok(again && isVerified(again, secret));
  const list = await run("list");
  assert.match(list.out, /^ledger +http:\S+ +all +payer\.requested,voucher\.issued$/m);
  assert.not.match(list.out + (await run("list --json")).out, /whsec_/);
  assert.match((await run("delete ledger")).out, /^ledger gets nothing more/);
  assert.is((await run("list")).out, "There is no endpoint.\n");
  await receiver.close();
  await scene.close();
});

command("are refused in a sentence", async () => {
  const refusals = [
    [await run("put bad http://8.8.8.8/", { WEBHOOK_ALLOW_PRIVATE: "" }), /has to begin with https/],
    [await run("put bad https://127.0.0.1/", { WEBHOOK_ALLOW_PRIVATE: "" }), /not a public address/],
    [await run("put BAD https://8.8.8.8/"), /1 to 64 of/],
    [await run("rotate none"), /there is no none/],
    [await run("deliveries none"), /there is no none/],
    [await run("put bad http://8.8.8.8/", { WEBHOOK_ALLOW_PRIVATE: "" }), /unless WEBHOOK_ALLOW_PRIVATE=yes/],
    [await run("again none soon"), /not the id of a delivery/],
    [await run("again none 1"), /there is no 1 of none/],
  ] as const;
  for (const [{ status, error }, why] of refusals) {
    assert.is(status, 1);
    assert.match(error, why);
  }
});

command.run();
