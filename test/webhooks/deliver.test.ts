// about 90 s, mostly waiting
/** Webhooks as a receiver gets them: signed, whole, in the order of each subject, in the view of its party. */
import type { FeedPage, Webhook } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type ArchivePlace, connectDatabase } from "../../server/archive/database.ts";
import { parseArchiveUrl } from "../../server/archive-url.ts";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import { freshId } from "../helpers/raw-terminal.ts";
import { jsonOf, refusedWith } from "../http/client.ts";
import { accepted } from "../vouchers/scene.ts";
import { type Got, isVerified, type Receiver, startReceiver } from "./receiver.ts";
import { inOrder, openWebhookScene, type WebhookScene } from "./webhook-scene.ts";

const webhooks = suite("webhooks");

let places: Places;
webhooks.before(async () => {
  places = await startPlaces();
});
webhooks.after(() => places.stop());

interface Context {
  scene: WebhookScene;
  receiver: Receiver;
  archiveUrl: string;
}

/** All that the archive remembers of operators' writes, as text. */
async function writesIn(archiveUrl: string): Promise<string> {
  const database = connectDatabase(parseArchiveUrl(archiveUrl) as ArchivePlace);
  const rows = await database.selectFrom("webhook_writes").selectAll().execute();
  await database.destroy();
  return JSON.stringify(rows);
}

for (const name of PLACE_NAMES) {
  const test = (title: string, run: (context: Context) => Promise<void>) =>
    webhooks(`${title} (${name})`, async () => {
      const archiveUrl = await placeOf(places, name).fresh();
      const scene = await openWebhookScene(archiveUrl, { settings: { SETTLE: "external" } });
      const receiver = await startReceiver();
      try {
        await run({ scene, receiver, archiveUrl });
      } finally {
        await receiver.close();
        await scene.close();
      }
    });

  test("bring what the feed has, signed, in order, each once", async ({ scene, receiver }) => {
    const { parties } = scene;
    await scene.archived(await scene.twoEvents());
    const { secret } = await scene.put("all", { url: receiver.url });
    const party = parties.beneficiary.party;
    const other = await startReceiver();
    const own = await scene.put("own", {
      url: other.url,
      party,
      types: ["voucher.issued", "drawing.honoured"],
    });
    const voucherId = await parties.issue();
    await accepted(parties.beneficiary, "voucher:draw", voucherId, { to: parties.to, amount: 40_000 });
    await accepted(parties.beneficiary, "voucher:release", voucherId, {});
    const got = await receiver.count(7);
    assert.ok(got.every((one) => isVerified(one, secret)));
    const [first] = got;
    assert.ok(first && !isVerified({ ...first, body: first.body.replace("CNY", "USD") }, secret));
    assert.is(first.headers["webhook-id"], first.event.id);
    assert.is(first.headers["content-type"], "application/cloudevents+json; charset=utf-8");
    inOrder(got.map(({ event }) => event));
    const feed = jsonOf(await scene.ask("GET", "/v1/events")) as FeedPage;
    const byId = (a: { id: string }, b: { id: string }) => a.id.localeCompare(b.id);
    // An endpoint is told of what happens after it was put.
    assert.equal(got.map(({ event }) => event).sort(byId), feed.events.slice(2).sort(byId));
    const honoured = got.find(({ event }) => event.type === "drawing.honoured");
    assert.ok(honoured && "settlement" in honoured.event.data && !/"to":\{"party"/.test(honoured.body));
    const its = await other.count(2);
    assert.ok(its.every((one) => isVerified(one, own.secret) && !isVerified(one, secret)));
    assert.equal(
      its.map(({ event }) => event.type),
      ["voucher.issued", "drawing.honoured"],
    );
    assert.not.match(its.map(({ body }) => body).join(), /"account"|"settlement"/);
    await scene.delivery("all", ({ state, type }) => state === "delivered" && type === "voucher.released");
    await other.close();
  });

  test("are sent again when an operator says so, and not when its request is repeated", async ({
    scene,
    receiver,
  }) => {
    await scene.put("again", { url: receiver.url });
    await scene.twoEvents();
    const event = (await receiver.count(2))[0]?.event;
    const { deliveryId } = await scene.delivery(
      "again",
      ({ state, version }) => state === "delivered" && version === 1,
    );
    const path = `/v1/webhooks/again/deliveries/${deliveryId}/again`;
    const key = { "idempotency-key": "once" };
    const answer = await scene.ask("POST", path, undefined, key);
    assert.equal((jsonOf(answer) as { state: string }).state, "pending");
    assert.equal((await receiver.count(3)).at(-1)?.event, event);
    await scene.delivery("again", (one) => one.deliveryId === deliveryId && one.state === "delivered");
    assert.is((await scene.ask("POST", path, undefined, key)).text, answer.text);
    assert.is((await scene.deliveries("again", "?state=pending")).length, 0);
    const first = jsonOf(await scene.ask("GET", "/v1/webhooks/again/deliveries?limit=1")) as { next: string };
    const rest = await scene.deliveries("again", `?limit=1&after=${first.next}`);
    assert.equal(
      rest.map((one) => one.deliveryId),
      [deliveryId],
    );
    refusedWith(await scene.ask("POST", "/v1/webhooks/again/deliveries/99/again"), 404, "not_found");
    refusedWith(await scene.ask("POST", "/v1/webhooks/none/deliveries/1/again"), 404, "not_found");
  });

  test("are signed with both secrets while an endpoint's is rotated", async ({ scene, receiver }) => {
    const put = () =>
      scene.ask("PUT", "/v1/webhooks/turn", { url: receiver.url }, { "idempotency-key": "put" });
    const made = await put();
    const { secret } = jsonOf(made) as { secret: string };
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.is((await put()).text, made.text, "whose answer was lost is answered the same");
    const again = jsonOf(await scene.ask("PUT", "/v1/webhooks/turn", { url: receiver.url })) as object;
    assert.not.ok("secret" in again);
    const key = { "idempotency-key": "turn" };
    const rotated = await scene.ask("POST", "/v1/webhooks/turn/rotate", undefined, key);
    assert.is((await scene.ask("POST", "/v1/webhooks/turn/rotate", undefined, key)).text, rotated.text);
    const next = jsonOf(rotated) as { secret: string; rotatedUntil: number };
    assert.is.not(next.secret, secret);
    assert.ok(next.rotatedUntil > Date.now() + 23 * 3_600_000);
    await scene.twoEvents();
    const [one] = (await receiver.count(1)) as [Got];
    assert.ok(isVerified(one, secret) && isVerified(one, next.secret));
    const { secret: last } = jsonOf(await scene.ask("POST", "/v1/webhooks/turn/rotate")) as {
      secret: string;
    };
    await receiver.count(2);
    await scene.twoEvents();
    const newest = (await receiver.count(4)).at(-1) as Got;
    assert.ok(isVerified(newest, last) && isVerified(newest, next.secret) && !isVerified(newest, secret));
    refusedWith(await scene.ask("POST", "/v1/webhooks/none/rotate"), 404, "not_found");
  });

  test("are listed without secrets, changed, and deleted with what was on its way", async ({
    scene,
    receiver,
  }) => {
    receiver.answer = (_got, response) => void response.writeHead(500).end();
    const { secret, ...put } = await scene.put("b", { url: receiver.url, types: ["payer.requested"] });
    await scene.put("a", { url: receiver.url, party: "acme" });
    const page = jsonOf(await scene.ask("GET", "/v1/webhooks?limit=1")) as {
      webhooks: object[];
      next: string;
    };
    assert.is(page.next, "a");
    const rest = jsonOf(await scene.ask("GET", "/v1/webhooks?after=a"));
    assert.equal(rest, { webhooks: [put] });
    assert.equal(jsonOf(await scene.ask("GET", "/v1/webhooks/b")), put);
    await scene.twoEvents();
    await receiver.count(1);
    const { reason, status } = await scene.delivery("b", ({ attempts }) => attempts > 0);
    assert.equal([reason, status], ["answered 500", 500]);
    const stands = jsonOf(await scene.ask("GET", "/v1/webhooks/b")) as { failingSince?: number };
    assert.ok(stands.failingSince);
    receiver.answer = (_got, response) => void response.writeHead(200).end();
    const changed = await scene.put("b", { url: receiver.url });
    assert.is(changed.types, undefined);
    assert.is(changed.createdAt, put.createdAt);
    await scene.delivery("b", ({ state }) => state === "delivered");
    assert.equal(jsonOf(await scene.ask("DELETE", "/v1/webhooks/b")), { webhookId: "b", deleted: true });
    assert.equal(jsonOf(await scene.ask("DELETE", "/v1/webhooks/b")), { webhookId: "b", deleted: true });
    for (const path of ["/v1/webhooks/b", "/v1/webhooks/b/deliveries"])
      refusedWith(await scene.ask("GET", path), 404, "not_found");
    const anew = await scene.put("b", { url: receiver.url });
    assert.is.not(anew.secret, secret);
    assert.equal(await scene.deliveries("b"), []);
  });

  test("leave no secret behind when they are deleted, and what was done to them is not done again", async ({
    scene,
    receiver,
    archiveUrl,
  }) => {
    const [put, rotate] = [{ "idempotency-key": freshId() }, { "idempotency-key": freshId() }];
    const endpoint = { url: receiver.url };
    const made = jsonOf(await scene.ask("PUT", "/v1/webhooks/gone", endpoint, put)) as Webhook;
    const rotated = jsonOf(await scene.ask("POST", "/v1/webhooks/gone/rotate", undefined, rotate)) as Webhook;
    const again = jsonOf(await scene.ask("PUT", "/v1/webhooks/gone", endpoint, put));
    assert.equal(again, made, "the same again is answered the same");
    const others = await scene.put("stays", endpoint);
    jsonOf(await scene.ask("DELETE", "/v1/webhooks/gone"));
    const kept = await writesIn(archiveUrl);
    assert.ok(kept.includes(others.secret ?? "none"));
    for (const { secret } of [made, rotated]) assert.not.ok(kept.includes(secret ?? "whsec_"));
    const { secret: _, ...without } = made;
    assert.equal(jsonOf(await scene.ask("PUT", "/v1/webhooks/gone", endpoint, put)), without);
    refusedWith(await scene.ask("GET", "/v1/webhooks/gone"), 404, "not_found");
  });

  test("are sent nothing that waits of types that they no longer want", async ({ scene, receiver }) => {
    receiver.answer = (_got, response) => void response.writeHead(503).end();
    await scene.put("narrow", { url: receiver.url });
    await scene.twoEvents();
    await scene.delivery("narrow", ({ type, attempts }) => type === "payer.requested" && attempts > 0);
    await scene.delivery("narrow", ({ type }) => type === "issuance.cancelled");
    const before = receiver.got.length;
    receiver.answer = (_got, response) => void response.writeHead(204).end();
    await scene.put("narrow", { url: receiver.url, types: ["issuance.cancelled"] });
    await scene.delivery(
      "narrow",
      ({ type, state }) => type === "issuance.cancelled" && state === "delivered",
    );
    const requested = await scene.delivery("narrow", ({ type }) => type === "payer.requested");
    assert.equal([requested.state, requested.reason], ["dropped", "no part of what the endpoint is told"]);
    const late = receiver.got.slice(before).map(({ event }) => event.type);
    // One may have been on its way just then.
    assert.ok(late.filter((type) => type.endsWith("payer.requested")).length <= 1, late.join());
    assert.is(late.filter((type) => type.endsWith("issuance.cancelled")).length, 1);
  });
}

webhooks.run();
