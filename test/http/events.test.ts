/** The feed of events over HTTP: all of them, in the order of each subject, for whoever may see them. */
import type { FeedEvent, FeedPage } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { PLACE_NAMES, type Places, placeOf, startPlaces } from "../archive/places.ts";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { accepted, openVoucherScene, type VoucherScene } from "../vouchers/scene.ts";
import { call } from "./client.ts";

const feed = suite("the feed of events");

let places: Places;
let hub: TestHub;
let scene: VoucherScene;
let voucherId: string;
feed.before(async () => {
  places = await startPlaces();
  const url = await placeOf(places, PLACE_NAMES.at(-1) as string).fresh();
  hub = await startHub({ settings: { ARCHIVE_URL: url, SETTLE: "external" } });
  scene = await openVoucherScene(hub);
  voucherId = await scene.issue({ memo: "Steel" });
  await accepted(scene.beneficiary, "voucher:draw", voucherId, { to: scene.to, amount: 40_000 });
  const other = await openVoucherScene(hub);
  await other.issue();
  other.close();
  while ((await all("")).length < 11) await new Promise((resolve) => setTimeout(resolve, 20));
});
feed.after(async () => {
  scene.close();
  await hub.close();
  await places.stop();
});

async function get(query: string, party?: string) {
  const token = await hub.token(party ?? "ops", { operator: party === undefined });
  const answer = await call(hub, "GET", `/v1/events${query}`, { token });
  return { status: answer.status, page: JSON.parse(answer.text) as FeedPage };
}

/** All pages, one after the other. */
async function all(query: string, { party, limit = 100 }: { party?: string; limit?: number } = {}) {
  const events: FeedEvent[] = [];
  for (let after = "0"; ; ) {
    const { status, page } = await get(`?limit=${limit}&after=${after}${query}`, party);
    assert.is(status, 200);
    assert.ok(page.events.length <= limit);
    events.push(...page.events);
    after = page.next;
    if (!page.more) return events;
  }
}

const typesOf = (events: readonly FeedEvent[]) => events.map(({ type }) => type);
const OF_VOUCHER = ["voucher.issued", "drawing.honoured"];
const OF_ISSUANCE = ["payer.requested", "payer.agreed", "issuance.opened", "voucher.issued"];

feed("has all events, each subject's in its order, as CloudEvents", async () => {
  const events = await all("");
  assert.is(events.length, 11);
  assert.is(new Set(events.map(({ id }) => id)).size, 11);
  for (const subject of new Set(events.map((event) => event.subject))) {
    const sequences = events.filter((event) => event.subject === subject).map(({ sequence }) => sequence);
    assert.equal(
      sequences,
      sequences.map((_, index) => String(index + 1).padStart(10, "0")),
    );
  }
  const [issued] = events.filter(({ subject }) => subject === voucherId);
  assert.is(issued?.source, `urn:tallystick:book:${hub.running.book.id}`);
  assert.is(issued?.specversion, "1.0");
  assert.is(new Date(issued?.time ?? "").getTime(), issued?.data.at);
  assert.ok(typesOf(events).lastIndexOf("payer.requested") < typesOf(events).lastIndexOf("voucher.issued"));
});

feed("can be read in pages of any size, and by type", async () => {
  const whole = await all("");
  for (const limit of [1, 2, 10]) assert.equal(await all("", { limit }), whole);
  const types = "&types=voucher.issued,drawing.honoured";
  assert.equal(
    await all(types, { limit: 1 }),
    whole.filter(({ type }) => OF_VOUCHER.includes(type)),
  );
});

feed("ends in a cursor from which it goes on once more has happened", async () => {
  const { page } = await get("?limit=1000");
  assert.is(page.more, false);
  const { page: none } = await get(`?after=${page.next}`);
  assert.equal(none, { events: [], next: page.next, more: false });
  await accepted(scene.beneficiary, "voucher:release", voucherId, { amount: 1 });
  let after = none;
  while (after.events.length === 0) after = (await get(`?after=${page.next}`)).page;
  assert.equal(typesOf(after.events), ["voucher.released"]);
});

feed("shows a party what is its own, in its view, and an operator what it asks for", async () => {
  const { issuer, payer, beneficiary } = scene;
  for (const { party } of [issuer, payer]) {
    const events = await all("", { party });
    assert.equal(typesOf(events).slice(0, 6), [...OF_ISSUANCE, ...OF_VOUCHER]);
    assert.not.match(JSON.stringify(events), /6222020200112233|"settlement"/);
    assert.equal(await all(`&party=${party}`, { party }), events);
    assert.equal(await all(`&party=${party}`), events, "in the party's view");
  }
  const drawn = await all("", { party: beneficiary.party });
  assert.equal(typesOf(drawn).slice(0, 2), OF_VOUCHER);
  assert.not.match(JSON.stringify(drawn), /"account"/);
  assert.equal(await all("", { party: "stranger" }), []);
  assert.is((await get(`?party=${payer.party}`, "stranger")).status, 403);
});

feed("says to operators what is to be paid outside, and not into which account", async () => {
  const [honoured] = await all("&types=drawing.honoured");
  assert.ok(honoured && "settlement" in honoured.data);
  assert.equal(honoured.data.settlement, {
    settlementId: `${voucherId}.2`,
    voucherId,
    drawingId: "2",
    amount: 40_000,
    currency: "CNY",
    state: "open",
    mode: "external",
    attempt: 1,
  });
});

feed("refuses what it can't read", async () => {
  for (const wrong of ["?after=x", "?types=voucher.bored", "?types=", "?limit=0", "?party=X!", "?more=1"])
    assert.is((await get(wrong)).status, 400, wrong);
});

feed.run();
