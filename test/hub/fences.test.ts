/** The list of fences: by age, in pages, by party; and no party can bury it. */
import type { Fence, FencePage } from "@tallystick/protocol";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { startHub, type TestHub } from "../helpers/hub.ts";
import { connectTerminal, type RawTerminal } from "../helpers/raw-terminal.ts";
import { call, jsonOf, refusedWith } from "../http/client.ts";
import { openScene, type Scene } from "./scene.ts";

const list = suite("the list of fences");

let hub: TestHub;
let scene: Scene;
let operator: string;
const logged: string[] = [];
list.before(async () => {
  hub = await startHub({
    settings: { RATE_LIMIT: "100000", FENCES_PER_PARTY: "5", LOG_LEVEL: "error" },
    onLog: (line) => logged.push(line),
  });
  operator = await hub.token("bank", { operator: true });
});
list.after(() => hub.close());
list.before.each(async () => {
  scene = await openScene(hub);
  logged.length = 0;
});
list.after.each(() => scene.close());

const get = (query: string) => call(hub, "GET", `/v1/fences${query}`, { token: operator });
const page = async (query: string) => jsonOf(await get(query)) as FencePage;
const resume = (id: string) =>
  call(hub, "POST", `/v1/fences/${id}`, { token: operator, body: { decision: "resume" } });

/** Makes issuances of an issuer's, and says of each that more is known of it. */
async function fenceMany(issuer: RawTerminal, payer: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index++) {
    const offer = { payer, amount: 100, currency: "CNY" };
    const { issuanceId } = (await issuer.accepted("payer:request", offer)).issuance;
    await issuer.sync(issuanceId, 9);
    ids.push(issuanceId);
  }
  return ids;
}

/** Somebody else each time, since a party has few of them listed. */
async function fenceOne(issuer: string): Promise<string> {
  const terminal = await connectTerminal(hub, issuer);
  const [id] = await fenceMany(terminal, scene.payer.party, 1);
  terminal.close();
  return id as string;
}

list("is by age, in pages that lead through all of it once", async () => {
  const ids: string[] = [];
  for (let index = 0; index < 7; index++) ids.push(await fenceOne(`pager-${index}`));
  const seen: string[] = [];
  let query = "?limit=3";
  for (;;) {
    const { fences, next } = await page(query);
    assert.ok(fences.length <= 3);
    seen.push(...fences.map(({ issuanceId = "" }) => issuanceId));
    if (next === undefined) break;
    // What is decided meanwhile leaves no gap, though the next page begins after it.
    if (seen.length === 3) await resume(seen[2] as string);
    query = `?limit=3&after=${encodeURIComponent(next)}`;
  }
  assert.equal(seen, ids);
  const all = await page("");
  assert.equal(
    all.fences.map(({ at }) => at),
    all.fences.map(({ at }) => at).sort((a, b) => a - b),
  );
  for (const id of ids) await resume(id);
  assert.equal(await page(""), { fences: [] });
});

list("is filtered by who takes part", async () => {
  const mine = await fenceOne("filter-a");
  const other = await fenceOne("filter-b");
  const of = async (party: string) =>
    (await page(`?party=${party}`)).fences.map(({ issuanceId }) => issuanceId);
  assert.equal(await of("filter-a"), [mine]);
  assert.equal(await of(scene.payer.party), [mine, other]);
  assert.equal(await of("nobody"), []);
  for (const id of [mine, other]) await resume(id);
});

list(
  "has no more of one party than FENCES_PER_PARTY; the others are fenced, and found by their ids",
  async () => {
    const payers = Array.from({ length: 9 }, (_, index) => `quota-payer-${index}`);
    const ids: string[] = [];
    // In whichever partitions they are.
    for (const payer of payers) ids.push(...(await fenceMany(scene.issuer, payer, 1)));
    const { fences } = await page("?limit=1000");
    assert.equal(
      fences.map(({ issuanceId }) => issuanceId),
      ids.slice(0, 5),
    );
    for (const id of ids) {
      assert.is((await scene.issuer.refused("issuance:open", { issuanceId: id })).code, "rolled_back");
      assert.is(
        (jsonOf(await call(hub, "GET", `/v1/fences/${id}`, { token: operator })) as Fence).issuanceId,
        id,
      );
    }
    const lines = logged.map((line) => JSON.parse(line));
    assert.is(lines.filter(({ msg }) => msg.includes("an issuance is fenced")).length, 5);
    assert.is(lines.filter(({ msg }) => msg.includes("FENCES_PER_PARTY")).length, 1);
    const metrics = await hub.running.registry.getSingleMetricAsString("tallystick_issuances_fenced_total");
    assert.match(metrics, /total [1-9]\d*/);
    // Another party's is listed, and each that is decided about makes room for one.
    const another = await fenceOne("not-over-its-quota");
    await resume(ids[0] as string);
    await scene.issuer.sync(ids[8] as string, 9);
    const now = (await page("?limit=1000")).fences.map(({ issuanceId }) => issuanceId);
    assert.equal(new Set(now), new Set([...ids.slice(1, 5), ids[8] as string, another]));
    for (const id of [...ids.slice(1), another]) assert.is((await resume(id)).status, 200);
    assert.equal(await page(""), { fences: [] });
  },
);

list("refuses what it does not know", async () => {
  for (const query of ["?limit=0", "?limit=1001", "?after=nope", "?party=A", "?state=open"])
    refusedWith(await get(query), 400, "invalid_request");
  refusedWith(await call(hub, "GET", "/v1/fences/3-AAAAAAAAAAAAAAAA", { token: operator }), 404, "not_found");
  refusedWith(await call(hub, "GET", "/v1/fences/nope", { token: operator }), 400, "invalid_request");
});

list.run();
